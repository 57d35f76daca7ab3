#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
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

/// What a training's thread and the actor that began it share. The actor may be gone first: then nobody is told.
template <class Outcome>
class training_run {
public:
  explicit training_run(std::function<void(Outcome)> tell) : tell_(std::move(tell)) {}

  std::atomic<bool> cancelled = false;

  /// The thread, at its end. While it tells, nobody gives up: what it tells is there.
  void tell(Outcome outcome) {
    const std::scoped_lock guard(mutex_);
    if (auto listening = std::exchange(tell_, nullptr)) listening(std::move(outcome));
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
};

}  // namespace demur::pipeline
