#pragma once

#include <demur/error.hpp>
#include <demur/settings.hpp>
#include <demur/types.hpp>

#include <cstdint>
#include <memory>

namespace caf {
class actor_system;
}
namespace demur {
struct pipeline_handles;
}

namespace demur::web {

/// The HTTP and WebSocket front: binds, serves from threads of its own, drains. Every function may be called from any
/// thread.
class front {
public:
  /// Binds `server.listen` (ADDR:PORT, [ADDR]:PORT, or a name that resolves) and serves. `system` and the actors behind
  /// the doors must outlive the front; should one end before, what it was asked is answered 503.
  static result<std::unique_ptr<front>> start(caf::actor_system& system, const pipeline_handles& doors,
                                              const settings& chosen, clock_source clock);
  ~front();
  front(const front&) = delete;
  front& operator=(const front&) = delete;

  std::uint16_t port() const;

  /// Takes no new connection or request, answers what was accepted, closes. Returns whether all was answered in
  /// `server.drain_timeout`. A second call returns the same.
  bool stop();

private:
  struct parts;
  explicit front(std::unique_ptr<parts> made);
  std::unique_ptr<parts> parts_;
};

}  // namespace demur::web
