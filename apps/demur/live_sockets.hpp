#pragma once

#include "url.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace demur::cli {

/// WebSocket connections to one server, opened again when they break. Not thread-safe; all functions of `live_work` are
/// called from the thread of `run`.
struct live_plan {
  server_url server;
  std::string target = "/api/live";
  std::string user_id;  ///< of the upgrade; empty: none
  std::size_t connections = 1;
  /// How long to try when no server answers any more; none: for ever.
  std::optional<std::chrono::milliseconds> patience;
};

struct live_work {
  std::function<void(std::size_t lane)> opened;
  std::function<void(std::size_t lane, std::string_view message)> message;
  /// A connection broke or did not come about; it is tried again.
  std::function<void(std::size_t lane, const std::string& why)> down;
  /// Ten times a second.
  std::function<void()> tick;
  /// The program is asked to stop; call `finish` in time. Without it the connections are closed at once.
  std::function<void()> stop;
};

struct live_end {
  bool stopped = false;  ///< the program was asked to stop
  std::string why;       ///< no server any more: the last reason; empty otherwise
};

class live_sockets {
public:
  live_sockets(live_plan plan, live_work work);
  live_sockets(const live_sockets&) = delete;
  live_sockets& operator=(const live_sockets&) = delete;
  ~live_sockets();

  /// Sends a text message, after those before it. Forgotten if the connection breaks first.
  void send(std::size_t lane, std::string text);

  /// Closes the connections; `run` returns.
  void finish();

  /// Until `finish`, a stop signal, or no server for `patience`. Throws `failure`: refused if the server declines the
  /// upgrade, with its problem.
  live_end run();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace demur::cli
