#include "http_pipes.hpp"

#include "answers.hpp"
#include "failure.hpp"
#include "http_client.hpp"
#include "stop.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace demur::cli {

namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using steady = std::chrono::steady_clock;
using boost::system::error_code;

constexpr std::chrono::milliseconds tick_interval{100};
constexpr std::chrono::milliseconds reconnect_delay{200};
/// How long a stop waits for the answers to what was sent.
constexpr std::chrono::seconds stop_patience{5};

/// What the lanes share.
struct pipes {
  pipes(const pipe_plan& chosen, const pipe_work& to_do) : plan(chosen), work(to_do) {}

  const pipe_plan& plan;
  const pipe_work& work;
  net::io_context io{1};
  net::steady_timer clock{io};
  tcp::resolver::results_type addresses;
  pipe_end end;
  std::size_t busy_lanes = 0;
  bool gone = false;                             ///< no server any more
  std::optional<steady::time_point> down_since;  ///< a break after the last answer
  std::optional<steady::time_point> busy_since;  ///< a 503 after the last other answer
  std::optional<steady::time_point> stop_at;     ///< asked to stop: not later than then
};

/// One connection and what is on its way on it.
class lane {
public:
  lane(pipes& all, std::size_t number) : all_(all), number_(number), socket_(all.io), timer_(all.io) {}

  void connect() {
    socket_ = tcp::socket(all_.io);
    reader_ = answer_reader();
    net::async_connect(socket_, all_.addresses, [this](error_code error, const auto&) {
      if (error) return broken(error.message());
      error_code ignored;
      socket_.set_option(tcp::no_delay(true), ignored);
      connected_ = true;
      waiting_ = false;
      read();
      fill();
    });
  }

  /// Takes nothing new; the answers to what was sent are still waited for.
  void stop() {
    ended_ = true;
    again_.clear();
    settle();
  }

  /// Nobody answers any more: what has no answer is lost.
  void give_up() {
    for (auto& item : sent_) again_.push_back(std::move(item.request));
    for (const auto& request : again_) all_.work.lost(number_, request);
  }

  void check_timeout() {
    if (!connected_ || sent_.empty() || steady::now() - heard_ < all_.plan.answer_timeout) return;
    close();  // the pending read ends with an error and goes on from there
  }

private:
  struct on_its_way {
    http_request request;
    steady::time_point since;
    bool second_turn = false;
  };

  static std::string reason(error_code error) {
    return !error || error == net::error::operation_aborted ? std::string() : error.message();
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

  /// The next to be sent. While there are second turns, one at a time, and nothing new.
  bool take(on_its_way& next) {
    if (retrying_ && again_.empty() && sent_.empty()) retrying_ = false;
    if (sent_.size() >= (retrying_ ? 1 : all_.plan.pipeline)) return false;
    if (retrying_) {
      if (again_.empty()) return false;
      next.request = std::move(again_.front());
      next.second_turn = true;
      again_.pop_front();
      ++all_.end.again;
      return true;
    }
    if (ended_) return false;
    ended_ = !all_.work.next(number_, next.request);
    return !ended_;
  }

  /// Sends as much as may be on its way.
  void fill() {
    if (!connected_ || waiting_) return;
    const auto now = steady::now();
    for (on_its_way next{{}, now}; take(next); next = {{}, now}) {
      append_request(output_, next.request, all_.plan.server);
      if (sent_.empty()) heard_ = now;
      sent_.push_back(std::move(next));
    }
    write();
    settle();
  }

  void write() {
    if (writing_ || output_.empty()) return;
    writing_ = true;
    on_the_wire_.swap(output_);
    output_.clear();
    net::async_write(socket_, net::buffer(on_the_wire_), [this](error_code error, std::size_t) {
      writing_ = false;
      if (error || !connected_) return broken(reason(error));
      write();
    });
  }

  void read() {
    reading_ = true;
    socket_.async_read_some(net::buffer(input_), [this](error_code error, std::size_t length) {
      reading_ = false;
      if (error || !connected_) return broken(reason(error));
      std::vector<http_answer> answers;
      const bool readable = reader_.take({input_.data(), length}, answers);
      for (const http_answer& answer : answers) {
        if (sent_.empty())
          return broken("an answer to no request: " + std::to_string(answer.status) + " " + answer.body);
        answered(answer);
        if (!answer.keep_alive) return broken("the server closed the connection");
      }
      if (!readable) return broken("the answer is not HTTP");
      read();
      fill();
    });
  }

  void answered(const http_answer& answer) {
    on_its_way done = std::move(sent_.front());
    sent_.pop_front();
    heard_ = steady::now();
    all_.down_since.reset();
    if (all_.plan.again && answer.status == 503 && !all_.stop_at) {
      if (!all_.busy_since) all_.busy_since = heard_;
      all_.end.why = problem_line(answer);
      second_turn(std::move(done));
      pause(answer.retry_after.value_or(std::chrono::seconds(1)));
    } else {
      all_.busy_since.reset();
      all_.work.answered(number_, done.request, answer, heard_ - done.since);
    }
  }

  /// One that had its second turn already was the first of all; the others come in the order in which they were sent.
  void second_turn(on_its_way&& item) {
    retrying_ = true;
    again_.insert(item.second_turn ? again_.begin() : again_.end(), std::move(item.request));
  }

  void pause(std::chrono::milliseconds length) {
    waiting_ = true;
    timer_.expires_after(length);
    timer_.async_wait([this](error_code error) {
      if (error) return;
      waiting_ = false;
      fill();
    });
  }

  /// Read and write both end when a connection does; the last of them goes on.
  void broken(const std::string& why) {
    if (settled_) return;
    connected_ = false;
    close();
    if (!why.empty()) all_.end.why = why;
    if (reading_ || writing_) return;
    ++all_.end.breaks;
    if (!all_.down_since) all_.down_since = steady::now();
    output_.clear();
    for (auto& item : sent_) {
      if (all_.plan.again && !all_.stop_at) {
        second_turn(std::move(item));
      } else {
        all_.work.lost(number_, item.request);
      }
    }
    sent_.clear();
    settle();
    if (settled_) return;
    timer_.expires_after(reconnect_delay);
    timer_.async_wait([this](error_code error) {
      if (!error && !settled_) connect();
    });
  }

  /// Nothing to send and nothing to wait for: this lane is done.
  void settle() {
    if (settled_ || !ended_ || !sent_.empty() || !again_.empty()) return;
    settled_ = true;
    close();
    timer_.cancel();
    if (--all_.busy_lanes == 0) all_.io.stop();
  }

  pipes& all_;
  std::size_t number_;
  tcp::socket socket_;
  net::steady_timer timer_;
  answer_reader reader_;
  std::array<char, 64 * 1024> input_;
  std::string output_;
  std::string on_the_wire_;
  std::deque<on_its_way> sent_;
  std::deque<http_request> again_;
  steady::time_point heard_ = steady::now();  ///< the last answer, or the first request since
  bool connected_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool waiting_ = false;   ///< Retry-After
  bool retrying_ = false;  ///< second turns first
  bool ended_ = false;     ///< there is nothing new
  bool settled_ = false;
};

/// The addresses of the server, after one connection to see that it is there.
tcp::resolver::results_type find_server(pipes& all) {
  error_code error;
  tcp::resolver resolver(all.io);
  auto addresses = resolver.resolve(all.plan.server.host, all.plan.server.port, error);
  tcp::socket probe(all.io);
  if (!error) net::connect(probe, addresses, error);
  if (error) throw failure(exit_code::unreachable, unreachable_text(all.plan.server, error.message()));
  return addresses;
}

void tick(pipes& all, std::deque<lane>& lanes) {
  all.clock.expires_after(tick_interval);
  all.clock.async_wait([&all, &lanes](error_code error) {
    if (error) return;
    const auto now = steady::now();
    if (all.work.tick) all.work.tick();
    if (stop_requested() && !all.stop_at) {
      all.stop_at = now + stop_patience;
      for (lane& each : lanes) each.stop();
    }
    all.end.busy = all.busy_since && now - *all.busy_since >= all.plan.busy_patience;
    all.gone = all.down_since && now - *all.down_since >= all.plan.patience;
    if (all.end.busy || all.gone || (all.stop_at && now >= *all.stop_at)) return all.io.stop();
    for (lane& each : lanes) each.check_timeout();
    tick(all, lanes);
  });
}

}  // namespace

pipe_end run_pipes(const pipe_plan& plan, const pipe_work& work) {
  pipes all(plan, work);
  all.addresses = find_server(all);
  std::deque<lane> lanes;
  for (std::size_t i = 0; i < plan.connections; ++i) lanes.emplace_back(all, i);
  all.busy_lanes = lanes.size();
  for (lane& each : lanes) each.connect();
  tick(all, lanes);
  all.io.run();

  all.end.finished = all.busy_lanes == 0 && !all.stop_at;
  all.end.stopped = all.stop_at.has_value();
  if (!all.gone && !all.end.busy) all.end.why.clear();
  if (all.busy_lanes > 0)
    for (lane& each : lanes) each.give_up();
  return all.end;
}

}  // namespace demur::cli
