#pragma once

#include "learning/ranking_model.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace demur::learning {

/// What a person makes of a feature: theta of docs/learning.md.
struct feature_taste {
  std::uint32_t feature = 0;
  float theta = 0.0F;
  float opinions = 0.0F;  ///< sum of the weights it was learned from

  friend bool operator==(const feature_taste&, const feature_taste&) = default;
};

/// Ridge regression of what the factors leave unexplained (`residuals`, one for each of `said`) on the features of the
/// items, with an intercept, by backfitting: theta_f = sum c (r + theta_f) / (shrink + sum c). Ascending by feature.
std::vector<feature_taste> fit_overlay(const ranking_model& model, std::span<const interaction> said,
                                       std::vector<float> residuals);

}  // namespace demur::learning
