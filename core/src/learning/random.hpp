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

}  // namespace demur::learning
