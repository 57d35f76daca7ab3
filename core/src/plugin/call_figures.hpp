#pragma once

#include <demur/types.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace demur::plugin {

/// How a strategy has done since it was loaded.                                                           [any thread]
class call_figures {
public:
  /// `dislikes` were answered in `took`, all of them.
  void answered(std::size_t dislikes, std::chrono::nanoseconds took);
  /// One dislike was not answered, or not as plugin.h allows.
  void failed(const std::string& why);
  /// A batch took longer than it may, and was waited for.
  void late() { late_.fetch_add(1, std::memory_order_relaxed); }

  std::int64_t calls() const { return calls_.load(std::memory_order_relaxed); }
  std::int64_t failures() const { return failures_.load(std::memory_order_relaxed); }
  std::int64_t late_batches() const { return late_.load(std::memory_order_relaxed); }
  std::string last_failure() const;
  /// Time of a dislike of which so many in a hundred are quicker, to about a tenth; nothing if none was answered.
  /// `percent`: 0 to 100.
  std::optional<double> microseconds(double percent) const;

private:
  /// Eight steps to each doubling of nanoseconds.
  static constexpr std::size_t steps = 8;
  static constexpr std::size_t buckets = 40 * steps;

  std::atomic<std::int64_t> calls_ = 0;
  std::atomic<std::int64_t> failures_ = 0;
  std::atomic<std::int64_t> late_ = 0;
  std::array<std::atomic<std::int64_t>, buckets> by_time_{};
  mutable std::mutex lock_;
  std::string last_failure_;
};

}  // namespace demur::plugin
