#pragma once

#include "web/command.hpp"
#include "web/live_state.hpp"
#include "web/message.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace caf {
class actor_system;
}
namespace demur {
struct pipeline_handles;
}

/// The one unit that knows both sides: a loop's thread here, actors there. Nobody waits for anybody: questions go out as
/// messages, answers gather in a mailbox until the loop takes them.
namespace demur::web {

/// The actors' side, so that the rest of the room can pass it on without knowing CAF.
struct far_side {
  caf::actor_system* system = nullptr;
  std::shared_ptr<const pipeline_handles> doors;
};
far_side far_side_of(caf::actor_system& system, const pipeline_handles& doors);
std::function<std::vector<std::string>()> reasons_of(const far_side& far);

/// What the pipeline and the queries have been asked and have not answered, of all loops together.
struct in_flight {
  std::int64_t limit = 0;
  std::atomic<std::int64_t> written{0};  ///< rows
  std::atomic<std::int64_t> read{0};     ///< questions
};

/// Belongs to one thread, which calls everything but the constructor and the destructor.
class bridge {
public:
  using clock = std::chrono::steady_clock;

  /// `wake` is called from any thread when there is something to `poll`.
  bridge(const far_side& far, std::chrono::milliseconds timeout, in_flight& bound, std::function<void()> wake);
  ~bridge();
  bridge(const bridge&) = delete;
  bridge& operator=(const bridge&) = delete;

  /// Sends it with the next `poll`; `sink` gets the answer with this tag during a later `poll` or `expire`. A command
  /// that would be too much is refused at once and never sent.
  std::optional<response> send(command&& wanted, std::shared_ptr<answer_sink> sink, std::uint64_t tag,
                               clock::time_point now);

  /// Passes on what was sent since the last poll, and hands out what was answered.
  void poll();

  /// Answers in place of those who did not in time. The rows no longer count as in flight: the pipeline's own queue has
  /// a bound too.
  void expire(clock::time_point now);

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// A listener of the live stream, as long as it lives. Belongs to one thread, for which what comes waits. At most
/// `capacity` events do (one commit, however large, always fits): then the oldest give way, and a piece of news says which.
/// Of the metrics only the newest wait.
class live_source {
public:
  live_source(const far_side& far, std::size_t capacity, std::function<void()> wake);
  ~live_source();
  live_source(const live_source&) = delete;
  live_source& operator=(const live_source&) = delete;

  /// What has come since the last call.
  std::vector<live_news> take();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace demur::web
