#pragma once

#include <demur/trainer.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace demur::pipeline {

/// The one place at the trainer. A training keeps it until the trainer comes back, whatever became of the actors that
/// began it: a trainer that does not look at `cancelled` would otherwise be asked by two threads after a restart.
class training_place {
public:
  /// Waits for the place; false if it was cancelled meanwhile.                                          [any thread]
  bool take(const std::atomic<bool>& cancelled);
  void leave();
  /// Makes those who wait for the place look at `cancelled`.
  void wake();
  /// Waits until nobody has it; false if it did not come to that in time.                               [any thread]
  bool wait_until_free(std::chrono::steady_clock::time_point deadline);

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool taken_ = false;
};

/// Lets the calling thread, and what it starts, have the processor only when others do not want it, by so many steps
/// of nice(1); 0: as it is.
void stand_back(std::int64_t nice);

/// What a training's thread and the actor that began it share. The actor may be gone first: then nobody is told.
template <class Outcome>
class training_run {
public:
  /// `wake`: there is progress to be taken. Not called again before `newest_progress` has given nothing.
  training_run(std::function<void(Outcome)> tell, std::function<void()> wake)
      : tell_(std::move(tell)), wake_(std::move(wake)) {}

  std::atomic<bool> cancelled = false;

  /// The thread, at its end. While it tells, nobody gives up: what it tells is there.
  void tell(Outcome outcome) {
    const std::scoped_lock guard(mutex_);
    if (auto listening = std::exchange(tell_, nullptr)) listening(std::move(outcome));
  }
  /// The thread, as often as it likes: the newest takes the place of what nobody has taken.
  void report(const training_progress& newest) {
    const std::scoped_lock guard(mutex_);
    if (!tell_) return;
    progress_ = newest;
    if (!std::exchange(awake_, true)) wake_();
  }
  /// The actor.
  std::optional<training_progress> newest_progress() {
    const std::scoped_lock guard(mutex_);
    auto newest = std::exchange(progress_, std::nullopt);
    awake_ = newest.has_value();
    return newest;
  }
  /// The actor. From now on the thread works for nobody.
  void give_up() {
    cancelled = true;
    const std::scoped_lock guard(mutex_);
    tell_ = nullptr;
  }

private:
  std::mutex mutex_;
  std::function<void(Outcome)> tell_;
  std::function<void()> wake_;
  std::optional<training_progress> progress_;
  bool awake_ = false;
};

}  // namespace demur::pipeline
