#pragma once

#include "domain/case_file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace demur::plugin {

/// One adjustment of a user's weight.
struct adjustment {
  std::string feature;                   ///< `genre:Horror`
  double magnitude = 0.0;                ///< in [-1, 1); with a rise in [-1, 0]
  std::optional<double> half_life_days;  ///< nothing: the strategy's; 0: never fades
  std::optional<straight_rise> rise;     ///< how it fades instead

  friend bool operator==(const adjustment&, const adjustment&) = default;
};

/// What a strategy says to one dislike.
struct verdict {
  std::vector<adjustment> adjustments{};  ///< in the strategy's order, each feature once
  bool filter_item = false;
  std::optional<double> hide_days{};  ///< of filter_item; nothing: for ever
  double training_factor = 1.0;       ///< 0 to 1

  friend bool operator==(const verdict&, const verdict&) = default;
};

}  // namespace demur::plugin
