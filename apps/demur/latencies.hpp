#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace demur::cli {

/// Counts durations so that percentiles are exact to 1.6 %, in fixed memory: 64 steps for each doubling.
class latencies {
public:
  void add(std::chrono::nanoseconds length) {
    const auto us = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(length).count());
    ++buckets_[place(us)];
    ++count_;
    if (us > largest_) largest_ = us;
  }

  std::uint64_t count() const { return count_; }
  std::chrono::microseconds largest() const { return std::chrono::microseconds(largest_); }

  /// The duration that a share (0 to 1) of all did not exceed; 0 of none.
  std::chrono::microseconds percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(std::llround(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size() && count_ > 0; ++i) {
      seen += buckets_[i];
      if (seen >= wanted && seen > 0) return std::chrono::microseconds(middle(i));
    }
    return std::chrono::microseconds(0);
  }

private:
  static constexpr unsigned doublings = 40;

  static std::size_t place(std::uint64_t us) {
    if (us < 128) return us;
    const auto shift = static_cast<unsigned>(std::bit_width(us)) - 7;
    return shift >= doublings ? doublings * 64 + 63 : shift * 64 + (us >> shift);
  }

  static std::uint64_t middle(std::size_t at) {
    if (at < 128) return at;
    const std::size_t shift = at / 64 - 1;
    return ((at - shift * 64) << shift) + (std::uint64_t{1} << shift) / 2;
  }

  std::array<std::uint64_t, (doublings + 2) * 64> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t largest_ = 0;
};

}  // namespace demur::cli
