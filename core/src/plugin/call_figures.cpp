#include "plugin/call_figures.hpp"

#include <algorithm>
#include <cmath>

namespace demur::plugin {

void call_figures::answered(std::size_t dislikes, std::chrono::nanoseconds took) {
  if (dislikes == 0) return;
  const double each = std::max(1.0, static_cast<double>(took.count()) / static_cast<double>(dislikes));
  const auto place = static_cast<std::size_t>(std::log2(each) * static_cast<double>(steps));
  by_time_[std::min(place, buckets - 1)].fetch_add(static_cast<std::int64_t>(dislikes), std::memory_order_relaxed);
  calls_.fetch_add(static_cast<std::int64_t>(dislikes), std::memory_order_relaxed);
}

void call_figures::failed(const std::string& why) {
  failures_.fetch_add(1, std::memory_order_relaxed);
  const std::lock_guard held(lock_);
  last_failure_ = why;
}

std::string call_figures::last_failure() const {
  const std::lock_guard held(lock_);
  return last_failure_;
}

std::optional<double> call_figures::microseconds(double percent) const {
  std::int64_t all = 0;
  for (const auto& count : by_time_) all += count.load(std::memory_order_relaxed);
  if (all == 0) return std::nullopt;
  const auto wanted = static_cast<std::int64_t>(std::ceil(static_cast<double>(all) * percent / 100.0));
  std::int64_t seen = 0;
  std::size_t place = 0;
  for (; place < buckets - 1; ++place) {
    seen += by_time_[place].load(std::memory_order_relaxed);
    if (seen >= wanted) break;
  }
  constexpr double middle = 0.5;
  return std::exp2((static_cast<double>(place) + middle) / static_cast<double>(steps)) / 1'000.0;
}

}  // namespace demur::plugin
