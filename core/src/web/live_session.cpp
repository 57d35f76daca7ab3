#include "web/live_session.hpp"

#include "domain/json_read.hpp"
#include "web/live_hub.hpp"
#include "web/live_state.hpp"
#include "web/outbox.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace demur::web {

namespace {

using namespace std::chrono_literals;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

constexpr auto waiting = net::as_tuple(net::use_awaitable);

/// What is on its way to a client at most; more waits in its queue, where the oldest can still give way.
constexpr std::size_t high_water = 64 * 1024;
/// The same in the kernel, which would else take megabytes for each client that does not read.
constexpr int kernel_buffer = 128 * 1024;
/// Control frames that a client makes us send and does not read; then it is cut off.
constexpr std::size_t hard_limit = 1024 * 1024;
constexpr auto close_time = 2s;
constexpr auto close_time_at_end = 500ms;
/// A buffer that one large message needed is not kept.
constexpr std::size_t kept_buffer = 8 * 1024;

/// The layer below Beast's WebSocket. It takes whatever is written at once and whole, so that our own data frames, which
/// are made once for all clients, can be put between Beast's control frames; many leave in one system call.
class live_layer {
public:
  using executor_type = tcp::socket::executor_type;
  using next_layer_type = tcp::socket;

  live_layer(tcp::socket socket, session& owner) : socket_(std::move(socket)), owner_(owner), out(socket_) {}

  executor_type get_executor() { return socket_.get_executor(); }
  tcp::socket& next_layer() { return socket_; }
  const tcp::socket& next_layer() const { return socket_; }

  /// Bytes that were read before the WebSocket began.
  void put_back(std::string bytes) { leftover_ = std::move(bytes); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    return net::async_initiate<Token, void(failure, std::size_t)>(
        [this](auto handler, const Buffers& space) {
          if (leftover_.empty()) {
            socket_.async_read_some(space, std::move(handler));
            return;
          }
          const std::size_t size = net::buffer_copy(space, net::buffer(leftover_));
          leftover_.erase(0, size);
          net::post(get_executor(), beast::bind_front_handler(std::move(handler), failure(), size));
        },
        token, into);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    return net::async_initiate<Token, void(failure, std::size_t)>(
        [this](auto handler, const Buffers& bytes) {
          failure why;
          const std::size_t size = net::buffer_size(bytes);
          if (out.pending() > hard_limit) {
            why = net::error::no_buffer_space;
          } else {
            for (auto at = net::buffer_sequence_begin(bytes); at != net::buffer_sequence_end(bytes); ++at) {
              const net::const_buffer part = *at;
              out.tail().append(static_cast<const char*>(part.data()), part.size());
            }
            why = out.flush(owner_);
          }
          net::post(get_executor(), beast::bind_front_handler(std::move(handler), why, why ? 0 : size));
        },
        token, from);
  }

private:
  friend void teardown(beast::role_type role, live_layer& layer, failure& why) {
    websocket::teardown(role, layer.socket_, why);
  }
  template <class Handler>
  friend void async_teardown(beast::role_type role, live_layer& layer, Handler&& handler) {
    websocket::async_teardown(role, layer.socket_, std::forward<Handler>(handler));
  }

  tcp::socket socket_;
  session& owner_;
  std::string leftover_;

public:
  outbox out;
};

}  // namespace

struct live_session::wire {
  wire(tcp::socket socket, session& owner) : stream(std::move(socket), owner) {}
  outbox& out() { return stream.next_layer().out; }
  tcp::socket& socket() { return stream.next_layer().next_layer(); }

  websocket::stream<live_layer, false> stream;
};

live_session::live_session(loop& home, tcp::socket socket, place counted, live_upgrade wanted)
    : session(home),
      counted_(std::move(counted)),
      live_(home.around.live_clients),
      user_id_(std::move(wanted.user_id)),
      queue_(std::move(wanted.filter), static_cast<std::size_t>(home.around.live.queue)),
      wire_(std::make_unique<wire>(std::move(socket), *this)),
      pause_(home.context, time_point::max()),
      since_(home.now()),
      heard_at_(home.now()) {}

live_session::~live_session() = default;

void live_session::start(handshake first) {
  net::co_spawn(home_.context, run(std::move(first)), [self = shared_from_this()](const std::exception_ptr& failed) {
    if (failed) self->abort();
  });
}

net::awaitable<bool> live_session::open(handshake first) {
  auto& stream = wire_->stream;
  failure ignored;
  wire_->socket().set_option(net::socket_base::send_buffer_size(kernel_buffer), ignored);
  stream.next_layer().put_back(std::move(first.leftover));
  stream.read_message_max(static_cast<std::size_t>(home_.around.server.dislike_limit_kib) * 1024);
  stream.control_callback([this](websocket::frame_type, beast::string_view) { heard_at_ = home_.now(); });

  // The routes have checked it; what follows from it is all that Beast needs.
  using field = beast::http::field;
  beast::http::request<beast::http::empty_body> asked(beast::http::verb::get, "/api/live", 11);
  asked.set(field::host, "demur");
  asked.set(field::connection, "upgrade");
  asked.set(field::upgrade, "websocket");
  asked.set(field::sec_websocket_key, first.key);
  asked.set(field::sec_websocket_version, "13");
  const auto [why] = co_await stream.async_accept(asked, waiting);
  co_return !why;
}

net::awaitable<void> live_session::run(handshake first) {
  if (!co_await open(std::move(first))) close();
  if (closed_) co_return;
  joined_ = true;
  home_.hub->join(home_, std::static_pointer_cast<live_session>(shared_from_this()));
  if (home_.draining()) drain();

  beast::flat_buffer message;
  while (!closed_ && !end_at_) {
    if (!has_room()) {
      paused_ = true;
      co_await pause_.async_wait(waiting);
      paused_ = false;
      continue;
    }
    const auto [why, size] = co_await wire_->stream.async_read(message, waiting);
    if (why) break;
    heard_at_ = home_.now();
    if (wire_->stream.got_binary()) {
      end(websocket::close_code::unknown_data);
      break;
    }
    if (!draining_) receive({static_cast<const char*>(message.cdata().data()), size});
    message.clear();
    if (message.capacity() > kept_buffer) message.shrink_to_fit();
    flush();
  }
  if (!end_at_) close();
}

void live_session::receive(std::string_view message) {
  auto read = read_live_request(message, {user_id_, home_.around.routes.now(), home_.around.routes.dislike_limit});
  const std::uint64_t tag = window_.open({std::move(read.id), {}});
  std::optional<response> refused;
  if (read.dislike) {
    ask::submit wanted;
    wanted.user_id = read.dislike->user_id;
    wanted.idempotency_key = std::move(read.idempotency_key);
    wanted.body_digest = std::move(read.body_digest);
    wanted.rows.push_back(std::move(read.dislike));
    refused = home_.pipeline.send(command(std::move(wanted)), shared_from_this(), tag, home_.now());
  } else {
    refused = problem_response(read.dislike.problem());
  }
  if (!refused) return;
  window_.find(tag)->made = *std::move(refused);
  window_.close(tag);
}

void live_session::begin(const live_batch& welcome) {
  if (closed_) return;
  begun_ = true;
  home_.add_live(*this);
  take(welcome);
  flush();
}

void live_session::take(const live_batch& batch) {
  if (batch.snapshot) queue_.restart(batch.snapshot);
  if (batch.lost.missed > 0) queue_.lose(batch.lost);
  for (const live_item& item : batch.items) {
    // A batch may be larger than the queue; who keeps up loses nothing by it.
    if (queue_.full()) flush();
    queue_.push(item);
  }
}

void live_session::answer(std::uint64_t tag, response made) {
  slot* waited = closed_ ? nullptr : window_.find(tag);
  if (waited == nullptr) return;
  waited->made = std::move(made);
  window_.close(tag);
  home_.mark(shared_from_this());
}

bool live_session::has_room() const {
  return window_.size() < static_cast<std::size_t>(home_.around.server.max_pipelined);
}

void live_session::flush() {
  if (closed_ || !wire_->stream.is_open()) return;
  outbox& out = wire_->out();
  bool more = true;
  do {
    while (out.pending() < high_water && more) more = take_message(out.tail());
    if (out.flush(*this)) {
      close();
      return;
    }
  } while (out.empty() && more);
  if (paused_ && has_room()) pause_.cancel();
  if (draining_ && window_.empty() && out.empty()) end(websocket::close_code::going_away);
}

/// Appends what is to be sent next: answers, then the stream.
bool live_session::take_message(std::string& to) {
  if (const slot* next = window_.front()) {
    to += *text_frame(live_answer(next->id, next->made));
    window_.pop();
    return true;
  }
  const payload event = queue_.pop(home_.around.routes.now());
  if (event) to += *event;
  return event != nullptr;
}

void live_session::written(const failure& why) {
  if (why)
    close();
  else
    flush();
}

void live_session::tick(time_point now) {
  if (closed_) return;
  if (end_at_) {
    if (now - *end_at_ > (draining_ ? close_time_at_end : close_time)) close();
    return;
  }
  const auto& limits = home_.around.server;
  const auto silent = now - heard_at_;
  if (silent > limits.idle_timeout || (!joined_ && now - since_ > limits.header_timeout)) {
    close();
  } else if (joined_ && !begun_ && now - since_ > limits.request_timeout) {
    // The pipeline has nothing to show.
    end(websocket::close_code::try_again_later);
  } else if (joined_ && !pinged_ && silent > limits.idle_timeout / 2) {
    pinged_ = true;
    wire_->stream.async_ping({}, [self = shared_from_this(), this](const failure&) { pinged_ = false; });
  }
}

void live_session::drain() {
  draining_ = true;
  flush();
}

/// Says good-bye and waits for the client's, but not for long.
void live_session::end(std::uint16_t code) {
  if (end_at_ || closed_) return;
  end_at_ = home_.now();
  wire_->stream.async_close(websocket::close_reason(static_cast<websocket::close_code>(code)),
                            [self = shared_from_this(), this](const failure&) { close(); });
}

void live_session::close() {
  if (std::exchange(closed_, true)) return;
  if (begun_) home_.remove_live(*this);
  if (joined_) home_.hub->leave();
  failure ignored;
  wire_->socket().close(ignored);
  counted_ = {};
  live_ = {};
  window_.clear();
  pause_.cancel();
}

}  // namespace demur::web
