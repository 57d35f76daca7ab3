#pragma once

#include "learning/interactions.hpp"

#include <cstdint>
#include <vector>

namespace demur::learning {

/// What was said, split in what is trained on and what is held out: of each user a fifth of the likes and a fifth of the
/// dislikes, rounded down, where there are at least 5 of them.
struct holdout {
  interactions training;                             ///< rows ascending by item
  std::vector<std::vector<std::uint32_t>> likes;     ///< by user, ascending
  std::vector<std::vector<std::uint32_t>> dislikes;  ///< by user, ascending
};

/// `all`: by user, one entry an item.
holdout hold_out(const interactions& all, std::uint32_t seed);

/// The same without the dislikes.
interactions likes_of(const interactions& all);

}  // namespace demur::learning
