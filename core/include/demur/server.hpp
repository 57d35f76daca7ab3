#pragma once

#include <demur/error.hpp>
#include <demur/runtime.hpp>
#include <demur/settings.hpp>

#include <cstdint>
#include <memory>

namespace demur {

/// The HTTP and WebSocket front of a runtime (library demur::web).
class server {
public:
  /// Binds `server.listen` and serves from threads of its own. The runtime must outlive the server.
  static result<std::unique_ptr<server>> start(runtime& served, const settings& chosen);

  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server();

  /// The port that is bound; tells which one if `listen` asked for port 0.
  std::uint16_t port() const;

  /// Takes no new connection or request, answers what was accepted, closes. Returns whether all was answered in
  /// `server.drain_timeout`. Call it before runtime::stop.
  bool stop();

private:
  struct parts;
  explicit server(std::unique_ptr<parts> parts);
  std::unique_ptr<parts> parts_;
};

}  // namespace demur
