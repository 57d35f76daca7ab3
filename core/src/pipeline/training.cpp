#include "pipeline/training.hpp"

#include <sched.h>

#include <algorithm>
#include <sys/resource.h>
#include <unistd.h>

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

void stand_back(std::int64_t nice) {
  if (nice == 0) return;
  // On Linux both are a thread's own, and what it starts inherits them. Refused, it only runs as the others do.
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_BATCH, &none);
  const auto self = static_cast<id_t>(::gettid());
  constexpr std::int64_t furthest = 19;
  const auto level = std::min(furthest, ::getpriority(PRIO_PROCESS, self) + nice);
  ::setpriority(PRIO_PROCESS, self, static_cast<int>(level));
}

}  // namespace demur::pipeline
