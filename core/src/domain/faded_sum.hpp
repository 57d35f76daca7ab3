#pragma once

#include <demur/types.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace demur {

/// How much of something is left after `age`, if half of it goes in `half_life_days`; 0 days: all of it stays. What lies
/// in the future has not begun to fade. In (0, 1].
inline double fading(std::chrono::milliseconds age, double half_life_days) {
  if (half_life_days <= 0.0 || age.count() <= 0) return 1.0;
  constexpr double ms_per_day = 86'400'000.0;
  return std::exp2(-static_cast<double>(age.count()) / (half_life_days * ms_per_day));
}

/// A sum whose terms fade with one half-life, kept as one number and the time it refers to (design, section 3):
/// adding is O(1), reading needs no timer, terms may come in any order.
struct faded_sum {
  double value = 0.0;
  timestamp reference_at{};
  double half_life_days = 0.0;

  double at(timestamp now) const { return value * fading(now - reference_at, half_life_days); }

  /// Adds a term of time `when`. If the half-life changed since, the old terms fade with the old one until `when`.
  void add(double term, timestamp when, double term_half_life_days) {
    if (value == 0.0) {
      *this = {term, when, term_half_life_days};
      return;
    }
    const timestamp newest = std::max(reference_at, when);
    value = at(newest) + term * fading(newest - when, term_half_life_days);
    reference_at = newest;
    half_life_days = term_half_life_days;
  }

  friend bool operator==(const faded_sum&, const faded_sum&) = default;
};

}  // namespace demur
