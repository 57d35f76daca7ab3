#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace demur::cli {

/// Random numbers that are the same with every compiler and library, which those of <random>'s distributions are not:
/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
class seeded {
public:
  /// One seed has as many independent streams as one likes: one for each user, say.
  explicit seeded(std::uint64_t seed, std::uint64_t stream = 0) : state_(mix(seed) ^ mix(~stream)) {}

  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15); }
  /// In [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// In [0, count); count > 0.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(unit() * static_cast<double>(count)); }
  bool chance(double probability) { return unit() < probability; }

  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

  /// Different places, at most `wanted`, in the order in which they were drawn.
  std::vector<std::size_t> places(std::size_t count, std::size_t wanted) {
    std::vector<std::size_t> all(count);
    for (std::size_t i = 0; i < count; ++i) all[i] = i;
    if (wanted > count) wanted = count;
    for (std::size_t i = 0; i < wanted; ++i) {
      const std::size_t other = i + below(count - i);
      const std::size_t drawn = all[other];
      all[other] = all[i];
      all[i] = drawn;
    }
    all.resize(wanted);
    return all;
  }

private:
  static std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
  }

  std::uint64_t state_;
};

}  // namespace demur::cli
