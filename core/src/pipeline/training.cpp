#include "pipeline/training.hpp"

namespace demur::pipeline {

bool training_place::take(const std::atomic<bool>& cancelled) {
  std::unique_lock guard(mutex_);
  changed_.wait(guard, [&] { return !taken_ || cancelled; });
  if (cancelled) return false;
  taken_ = true;
  return true;
}

void training_place::leave() {
  const std::scoped_lock guard(mutex_);
  taken_ = false;
  changed_.notify_all();
}

void training_place::wake() {
  const std::scoped_lock guard(mutex_);
  changed_.notify_all();
}

bool training_place::wait_until_free(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock guard(mutex_);
  return changed_.wait_until(guard, deadline, [this] { return !taken_; });
}

}  // namespace demur::pipeline
