#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace demur::learning {

struct ranked_item {
  std::uint32_t item = 0;
  float score = 0.0F;

  friend bool operator==(const ranked_item&, const ranked_item&) = default;
};

/// The `n` highest scores, highest first, of equals the lower number first. `hidden`: items that are left out, ascending.
std::vector<ranked_item> top_items(std::span<const float> scores, std::size_t n, std::span<const std::uint32_t> hidden);

}  // namespace demur::learning
