#pragma once

#include "learning/interactions.hpp"
#include "learning/item_features.hpp"

#include <vector>

namespace demur::learning {

struct appeal_options {
  float item_shrink = 4.0F;     ///< opinions of an item that weigh as much as what its features let expect
  float user_shrink = 4.0F;     ///< opinions of a user that weigh as much as the mean user's mildness
  float feature_shrink = 5.0F;  ///< the same for a feature, counted in items
  int sweeps = 12;
};

/// How an item is received by those who say anything of it, 0 on average: the part of like (+1) or dislike (-1) that is
/// neither the general mood nor the user's mildness, by ridge regression
///   +-1 ~ mu + user + item,   item ~ N(sum of its features' effects, .)
/// solved by coordinate descent. iALS sees who meets an item; this sees what they make of it. One number an item,
/// in about [-1, 1].
std::vector<float> item_appeal(const interactions& by_user, const item_features& features,
                               const appeal_options& options = {});

}  // namespace demur::learning
