#pragma once

#include "web/command.hpp"
#include "web/live_queue.hpp"
#include "web/loop.hpp"
#include "web/ordered_window.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace demur::web {

/// What is left of the HTTP request that became a WebSocket.
struct handshake {
  std::string key;       ///< Sec-WebSocket-Key
  std::string leftover;  ///< what the client sent after it
};

/// A live client: sees the stream as far as it keeps up, and may send dislikes, which are answered in order.
class live_session final : public session {
public:
  live_session(loop& home, tcp::socket socket, place counted, live_upgrade wanted);
  ~live_session() override;

  void start(handshake first);

  /// The stream begins for this client.
  void begin(const live_batch& welcome);
  /// News, and the newest metrics when their time has come; `flush` sends them.
  void take(const live_batch& batch);
  void offer_metrics(const payload& newest) { queue_.offer_metrics(newest); }

  void answer(std::uint64_t tag, response made) override;
  void flush() override;
  void tick(time_point now) override;
  void drain() override;
  void abort() override { close(); }
  void written(const failure& why) override;

private:
  struct wire;
  struct slot {
    std::string id;  ///< JSON
    response made;
  };

  net::awaitable<void> run(handshake first);
  net::awaitable<bool> open(handshake first);
  void receive(std::string_view message);
  bool take_message(std::string& to);
  bool has_room() const;
  void end(std::uint16_t code);
  void close();

  place counted_;
  place live_;
  std::string user_id_;
  live_queue queue_;
  std::unique_ptr<wire> wire_;
  ordered_window<slot> window_;
  net::steady_timer pause_;  ///< as a condition, see http_session
  bool paused_ = false;

  bool joined_ = false;  ///< the hub knows us
  bool begun_ = false;   ///< the loop delivers to us
  bool draining_ = false;
  bool closed_ = false;
  bool pinged_ = false;
  time_point since_;                  ///< connected
  time_point heard_at_;               ///< the client sent something
  std::optional<time_point> end_at_;  ///< our close frame left
};

}  // namespace demur::web
