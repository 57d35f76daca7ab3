#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

namespace demur::plugin {

/// When what failed may be tried again: after a delay that doubles with each failure, and after too many of them not for
/// long. Time is told to it. Not thread-safe.
class failure_window {
public:
  using time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds longest_delay{5'000};

  struct policy {
    std::int64_t max_failures = 5;  ///< within `within`; one more is too many
    std::chrono::milliseconds within{60'000};
    std::chrono::milliseconds quarantine{300'000};  ///< 0: for good
    std::chrono::milliseconds first_delay{100};     ///< doubles up to longest_delay
  };

  explicit failure_window(const policy& chosen) : policy_(chosen) {}

  void failed(time at);
  /// After a quarantine it counts from nothing.
  bool is_quarantined() const { return quarantined_; }
  bool may_try(time at) const { return at >= next_; }

private:
  policy policy_;
  std::deque<time> failures_;  ///< those that count; never more than max_failures
  time next_ = time::min();
  bool quarantined_ = false;
};

}  // namespace demur::plugin
