#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace demur::learning {

/// Below `bound`; the same for the same generator with every compiler, which std::uniform_int_distribution does not promise.
inline std::uint32_t below(std::mt19937& random, std::uint32_t bound) {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(random()) * bound) >> 32U);
}

/// Fisher and Yates.
template <class T>
void shuffle(std::vector<T>& all, std::mt19937& random) {
  for (std::size_t left = all.size(); left > 1; --left)
    std::swap(all[left - 1], all[below(random, static_cast<std::uint32_t>(left))]);
}

/// Draws that are found by what they are for, not by how many came before, so that two courses of events that differ still
/// draw the same for the same: the finaliser of SplitMix64 (Steele, Lea, Flood 2014) over seed, purpose and place.
class draws_by_name {
public:
  explicit draws_by_name(std::uint64_t seed) : seed_(mix(seed + golden)) {}

  /// In [0, 1).
  double unit(std::uint64_t purpose, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0) const {
    std::uint64_t state = seed_;
    for (const std::uint64_t part : {purpose, a, b, c}) state = mix(state + golden + part);
    return static_cast<double>(state >> 11U) * 0x1.0p-53;
  }
  /// In [0, count); count > 0.
  std::uint32_t below(std::uint32_t count, std::uint64_t purpose, std::uint64_t a, std::uint64_t b,
                      std::uint64_t c) const {
    return static_cast<std::uint32_t>(unit(purpose, a, b, c) * count);
  }

private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;

  static std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111eb;
    return value ^ (value >> 31U);
  }

  std::uint64_t seed_;
};

}  // namespace demur::learning
