#include "web/http_session.hpp"

#include "web/live_session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <utility>

namespace demur::web {

namespace {

using namespace std::chrono_literals;

constexpr auto waiting = net::as_tuple(net::use_awaitable);

/// Answers that wait for a slow reader; beyond it no request is read.
constexpr std::size_t high_water = 256 * 1024;
/// How long a client that was cut off may pause, and take in all, until it sees why.
constexpr auto linger_pause = 2s;
constexpr auto linger_time = 15s;
constexpr auto linger_time_at_end = 500ms;

parser_limits limits_of(const settings::server_section& server) {
  parser_limits limits;
  limits.body = static_cast<std::size_t>(server.body_limit_kib) * 1024;
  return limits;
}

response failed_inside() {
  error problem;
  problem.detail = "The server failed to work on this request; nothing was stored.";
  return problem_response(problem);
}

}  // namespace

net::mutable_buffer inbox::space() {
  if (empty()) {
    clear();
    if (wanted_ != size_) data_.reset();
  }
  if (!data_) {
    size_ = wanted_;
    data_ = std::make_unique_for_overwrite<char[]>(size_);
  } else if (end_ == size_ && from_ > 0) {
    std::memmove(data_.get(), data_.get() + from_, end_ - from_);
    end_ -= std::exchange(from_, 0);
  } else if (end_ == size_) {
    auto larger = std::make_unique_for_overwrite<char[]>(size_ * 2);
    std::memcpy(larger.get(), data_.get(), end_);
    data_ = std::move(larger);
    size_ *= 2;
  }
  return {data_.get() + end_, size_ - end_};
}

void inbox::commit(std::size_t size) {
  end_ += size;
  if (end_ == size_)
    wanted_ = most_space;
  else if (size < first_space)
    wanted_ = first_space;
}

http_session::http_session(loop& home, tcp::socket socket, place counted)
    : session(home),
      socket_(std::move(socket)),
      counted_(std::move(counted)),
      parser_(limits_of(home.around.server)),
      out_(socket_),
      pause_(home.context, time_point::max()),
      active_at_(home.now()),
      request_at_(home.now()),
      body_at_(home.now()) {}

void http_session::start() {
  failure ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  net::co_spawn(home_.context, run(), [self = shared_from_this()](const std::exception_ptr& failed) {
    if (failed) self->abort();
  });
}

void http_session::refuse(const response& made) {
  give_up(made);
  start();
}

net::awaitable<void> http_session::run() {
  for (;;) {
    consume();
    flush();
    if (closed_) co_return;
    if (upgrade_ && quiet()) {
      const auto live = std::make_shared<live_session>(home_, std::move(socket_), std::move(counted_), *upgrade_);
      live->start({std::move(upgrade_key_), std::string(in_.bytes())});
      closed_ = true;
      co_return;
    }
    if (upgrade_ || (!stopped_ && !has_room())) {
      paused_ = true;
      co_await pause_.async_wait(waiting);
      paused_ = false;
    } else if (!co_await read_more()) {
      co_return;
    }
  }
}

net::awaitable<bool> http_session::read_more() {
  const auto [why, size] = co_await socket_.async_read_some(in_.space(), waiting);
  if (closed_) co_return false;
  active_at_ = home_.now();
  if (!why) {
    if (parser_.now() == request_parser::state::idle && in_.empty()) request_at_ = active_at_;
    in_.commit(size);
    if (stopped_) in_.clear();
    co_return true;
  }
  read_ended_ = true;
  stopped_ = true;
  if (why != net::error::eof || quiet() || end_at_) close();
  co_return false;
}

bool http_session::has_room() const {
  return window_.size() < static_cast<std::size_t>(home_.around.server.max_pipelined) && out_.pending() < high_water;
}

void http_session::consume() {
  using state = request_parser::state;
  while (!stopped_ && !in_.empty() && has_room()) {
    const state before = parser_.now();
    const std::size_t used = parser_.feed(in_.bytes());
    in_.consume(used);
    switch (parser_.now()) {
      case state::complete:
        dispatch();
        parser_.next();
        announced_ = false;
        request_at_ = home_.now();
        break;
      case state::failed:
        give_up(problem_response(parser_.problem()));
        break;
      case state::body:
        begin_body();
        if (used == 0 && before == state::body) return;
        break;
      default:
        return;  // the rest of the head must come first
    }
  }
}

void http_session::begin_body() {
  if (std::exchange(announced_, true)) return;
  body_at_ = home_.now();
  if (!parser_.expects_continue()) return;
  if (auto refused = refused_by_head(parser_.current())) {
    give_up(*std::move(refused));
  } else if (in_.empty()) {
    response go_on;
    go_on.status = 100;
    put(std::move(go_on), {});
  }
}

void http_session::dispatch() {
  const request& asked = parser_.current();
  framing how;
  how.head_only = asked.method == "HEAD";
  how.keep_alive = parser_.keep_alive();
  how.version = asked.version;
  stopped_ = !how.keep_alive;
  outcome made = routed();
  if (auto* answered = std::get_if<response>(&made))
    put(std::move(*answered), how);
  else if (auto* wanted = std::get_if<command>(&made))
    carry_out(std::move(*wanted), how);
  else
    upgrade(std::get<live_upgrade>(std::move(made)), how);
}

/// What throws is out of memory, most likely; the connection is in order.
outcome http_session::routed() {
  try {
    return route(parser_.current(), home_.around.routes);
  } catch (const std::exception&) {
    return failed_inside();
  }
}

void http_session::carry_out(command wanted, const framing& how) {
  const std::uint64_t tag = window_.open({how, {}});
  std::optional<response> refused;
  try {
    refused = home_.pipeline.send(std::move(wanted), shared_from_this(), tag, home_.now());
  } catch (const std::exception&) {
    refused = failed_inside();
  }
  if (!refused) return;
  window_.find(tag)->made = *std::move(refused);
  window_.close(tag);
}

void http_session::upgrade(live_upgrade wanted, const framing& how) {
  if (home_.around.live_clients.load() >= home_.around.live.max_clients) {
    error problem;
    problem.code = error_code::overloaded;
    problem.allowed = std::to_string(home_.around.live.max_clients) + " live clients";
    problem.detail = "There are too many live clients; try again later.";
    put(problem_response(problem), how);
    return;
  }
  upgrade_key_ = parser_.current().find("Sec-WebSocket-Key").value;
  upgrade_ = std::move(wanted);
  stopped_ = true;
}

void http_session::put(response made, framing how) {
  if (made.close) {
    how.keep_alive = false;
    stopped_ = lingers_ = true;
  }
  if (window_.empty()) {
    how.date = home_.date();
    append_response(out_.tail(), made, how);
  } else {
    window_.close(window_.open({how, std::move(made)}));
  }
}

/// The last answer on this connection, to a request that is not complete.
void http_session::give_up(response made) {
  made.close = true;
  put(std::move(made), {});
}

void http_session::answer(std::uint64_t tag, response made) {
  slot* waited = closed_ ? nullptr : window_.find(tag);
  if (waited == nullptr) return;
  waited->made = std::move(made);
  window_.close(tag);
  home_.mark(shared_from_this());
}

void http_session::flush() {
  if (closed_) return;
  do {
    while (out_.pending() < high_water && take_answer()) {
    }
    if (!out_.empty()) active_at_ = home_.now();
    if (out_.flush(*this)) {
      close();
      return;
    }
  } while (out_.empty() && window_.front() != nullptr);
  if (quiet() && stopped_ && !upgrade_) finish();
  if (paused_ && !closed_ && (upgrade_ ? quiet() : has_room())) pause_.cancel();
}

/// Puts the next answer, if its turn has come, to what leaves.
bool http_session::take_answer() {
  slot* next = window_.front();
  if (next == nullptr) return false;
  next->how.date = home_.date();
  append_response(out_.tail(), next->made, next->how);
  window_.pop();
  return true;
}

void http_session::written(const failure& why) {
  if (why) {
    close();
  } else {
    active_at_ = home_.now();
    flush();
  }
}

/// All is answered and nothing more is taken.
void http_session::finish() {
  if (read_ended_ || !lingers_) {
    close();
  } else if (!end_at_) {
    failure ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    end_at_ = home_.now();
  }
}

void http_session::close() {
  if (std::exchange(closed_, true)) return;
  failure ignored;
  socket_.close(ignored);
  counted_ = {};
  window_.clear();
  pause_.cancel();
}

/// What the client has been too slow with, if anything. Empty: too long with nothing at all.
std::string_view http_session::late(time_point now) const {
  const auto& limits = home_.around.server;
  switch (parser_.now()) {
    case request_parser::state::head:
      if (now - request_at_ > limits.header_timeout) return "The head of the request did not come in time.";
      break;
    case request_parser::state::body:
      if (now - body_at_ > limits.idle_timeout) return "The body of the request did not come in time.";
      break;
    default:
      break;
  }
  return {};
}

void http_session::tick(time_point now) {
  if (closed_) return;
  if (end_at_) {
    const auto lingering = now - *end_at_;
    if (lingering > (home_.draining() ? linger_time_at_end : linger_time) || now - active_at_ > linger_pause) close();
    return;
  }
  if (!stopped_ && !paused_) {
    if (const std::string_view sentence = late(now); !sentence.empty()) {
      give_up(timeout_response(sentence));
      flush();
      return;
    }
  }
  // Who waits for us is not idle; who does not read what we write is.
  const bool idle = window_.empty() && parser_.now() == request_parser::state::idle;
  if ((idle || !out_.empty()) && now - active_at_ > home_.around.server.idle_timeout) close();
}

void http_session::drain() {
  if (closed_ || upgrade_) return;
  lingers_ = lingers_ || !in_.empty() || parser_.now() != request_parser::state::idle;
  stopped_ = true;
  if (!window_.empty()) window_.back().how.keep_alive = false;
  flush();
}

}  // namespace demur::web
