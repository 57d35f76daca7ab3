#include "live_sockets.hpp"

#include "answers.hpp"
#include "failure.hpp"
#include "stop.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <deque>
#include <vector>

namespace demur::cli {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = net::ip::tcp;
using steady = std::chrono::steady_clock;
using boost::system::error_code;

constexpr std::chrono::milliseconds tick_interval{100};
constexpr std::chrono::seconds reconnect_delay{1};
constexpr std::chrono::seconds close_patience{1};
constexpr std::size_t message_limit = 64 * 1024 * 1024;

/// What the sockets share.
struct shared_state {
  live_plan plan;
  live_work work;
  net::io_context io{1};
  net::steady_timer clock{io};
  live_end end;
  std::string why;
  std::optional<steady::time_point> down_since;
  std::optional<steady::time_point> finish_at;
  std::size_t open = 0;
};

class live_lane {
public:
  live_lane(shared_state& all, std::size_t number) : all_(all), number_(number), timer_(all.io), resolver_(all.io) {}

  void connect() {
    stream_.emplace(all_.io);
    input_.clear();
    output_.clear();
    resolver_.async_resolve(all_.plan.server.host, all_.plan.server.port, [this](error_code error, auto addresses) {
      if (error) return broken(error);
      net::async_connect(stream_->next_layer(), addresses, [this](error_code failed, const auto&) {
        if (failed) return broken(failed);
        handshake();
      });
    });
  }

  void send(std::string text) {
    if (!open_ || closing_) return;
    output_.push_back(std::move(text));
    if (output_.size() == 1) write();
  }

  void close() {
    closing_ = true;
    timer_.cancel();
    if (!open_) return;
    stream_->async_close(websocket::close_code::normal, [this](error_code) { drop(); });
  }

private:
  void handshake() {
    error_code ignored;
    stream_->next_layer().set_option(tcp::no_delay(true), ignored);
    stream_->read_message_max(message_limit);
    stream_->set_option(websocket::stream_base::timeout{std::chrono::seconds(10), std::chrono::seconds(60), true});
    stream_->set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      if (!all_.plan.user_id.empty()) request.set("X-User-ID", all_.plan.user_id);
    }));
    stream_->async_handshake(answer_, all_.plan.server.authority(), all_.plan.server.base + all_.plan.target,
                             [this](error_code error) {
                               if (error == websocket::error::upgrade_declined) return declined();
                               if (error) return broken(error);
                               open_ = true;
                               ++all_.open;
                               all_.down_since.reset();
                               if (all_.work.opened) all_.work.opened(number_);
                               read();
                             });
  }

  /// The server is there and says no. 503 may pass, anything else will not.
  void declined() {
    http_answer answer;
    answer.status = static_cast<int>(answer_.result_int());
    answer.body = answer_.body();
    if (answer.status != 503) throw failure(exit_code::refused, problem_text(answer));
    broken(net::error::connection_refused);
  }

  void read() {
    reading_ = true;
    stream_->async_read(input_, [this](error_code error, std::size_t) {
      reading_ = false;
      if (error || !open_) return broken(error);
      const auto bytes = input_.data();
      if (all_.work.message) all_.work.message(number_, {static_cast<const char*>(bytes.data()), bytes.size()});
      input_.clear();
      read();
    });
  }

  void write() {
    writing_ = true;
    stream_->async_write(net::buffer(output_.front()), [this](error_code error, std::size_t) {
      writing_ = false;
      if (error || !open_) return broken(error);
      output_.pop_front();
      if (!output_.empty()) write();
    });
  }

  void drop() {
    if (open_) --all_.open;
    open_ = false;
  }

  /// Both the read and the write end when a connection does; the last of them goes on.
  void broken(error_code error) {
    if (error && error != net::error::operation_aborted)
      why_ = error == websocket::error::closed ? "the server closed the connection" : error.message();
    drop();
    error_code ignored;
    if (stream_) beast::get_lowest_layer(*stream_).close(ignored);
    if (reading_ || writing_ || closing_) return;
    all_.why = why_;
    if (!all_.down_since) all_.down_since = steady::now();
    if (all_.work.down) all_.work.down(number_, why_);
    timer_.expires_after(reconnect_delay);
    timer_.async_wait([this](error_code aborted) {
      if (!aborted && !closing_) connect();
    });
  }

  shared_state& all_;
  std::size_t number_;
  net::steady_timer timer_;
  tcp::resolver resolver_;
  std::optional<websocket::stream<tcp::socket>> stream_;
  websocket::response_type answer_;
  beast::flat_buffer input_;
  std::deque<std::string> output_;
  std::string why_;
  bool open_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool closing_ = false;
};

}  // namespace

struct live_sockets::parts : shared_state {
  std::deque<live_lane> lanes;

  void finish() {
    if (finish_at) return;
    finish_at = steady::now() + close_patience;
    for (live_lane& each : lanes) each.close();
  }

  void tick() {
    clock.expires_after(tick_interval);
    clock.async_wait([this](error_code error) {
      if (error) return;
      const auto now = steady::now();
      if (work.tick) work.tick();
      if (stop_requested() && !end.stopped) {
        end.stopped = true;
        work.stop ? work.stop() : finish();
      }
      if (finish_at && (now >= *finish_at || open == 0)) return io.stop();
      if (!finish_at && plan.patience && down_since && now - *down_since >= *plan.patience) {
        end.why = why;
        return io.stop();
      }
      tick();
    });
  }
};

live_sockets::live_sockets(live_plan plan, live_work work) : parts_(std::make_unique<parts>()) {
  parts_->plan = std::move(plan);
  parts_->work = std::move(work);
  for (std::size_t i = 0; i < parts_->plan.connections; ++i) parts_->lanes.emplace_back(*parts_, i);
}
live_sockets::~live_sockets() = default;

void live_sockets::send(std::size_t lane, std::string text) { parts_->lanes[lane].send(std::move(text)); }

void live_sockets::finish() { parts_->finish(); }

live_end live_sockets::run() {
  for (live_lane& each : parts_->lanes) each.connect();
  parts_->tick();
  parts_->io.run();
  return parts_->end;
}

}  // namespace demur::cli
