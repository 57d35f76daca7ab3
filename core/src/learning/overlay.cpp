#include "learning/overlay.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace demur::learning {

namespace {

using occurrence = std::pair<std::uint32_t, std::uint32_t>;  ///< feature, index of the opinion

/// By feature, then by opinion: sorted by counting, as there may be thousands and each answer needs them.
std::vector<occurrence> occurrences_in(const ranking_model& model, std::span<const interaction> said) {
  std::vector<std::uint32_t> next(model.features.features() + 1);
  for (const interaction& one : said)
    for (const std::uint32_t feature : model.features.of(one.other)) ++next[feature + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<occurrence> found(next.back());
  for (std::uint32_t k = 0; k < said.size(); ++k)
    for (const std::uint32_t feature : model.features.of(said[k].other)) found[next[feature]++] = {feature, k};
  return found;
}

float mean_of(std::span<const interaction> said, const std::vector<float>& residuals) {
  float sum = 0.0F, weight = 0.0F;
  for (std::size_t k = 0; k < said.size(); ++k) {
    sum += std::abs(said[k].weight) * residuals[k];
    weight += std::abs(said[k].weight);
  }
  return weight > 0.0F ? sum / weight : 0.0F;
}

}  // namespace

std::vector<feature_taste> fit_overlay(const ranking_model& model, std::span<const interaction> said,
                                       std::vector<float> residuals) {
  const auto occurrences = occurrences_in(model, said);
  std::vector<feature_taste> tastes;
  for (const auto& [feature, k] : occurrences) {
    if (tastes.empty() || tastes.back().feature != feature) tastes.push_back({feature, 0.0F, 0.0F});
    tastes.back().opinions += std::abs(said[k].weight);
  }
  for (int sweep = 0; sweep < model.taste.overlay_sweeps; ++sweep) {
    const float intercept = mean_of(said, residuals);
    for (float& residual : residuals) residual -= intercept;
    auto first = occurrences.begin();
    for (feature_taste& taste : tastes) {
      const auto last =
          std::find_if(first, occurrences.end(), [&](const occurrence& other) { return other.first != taste.feature; });
      float sum = 0.0F;
      for (auto at = first; at != last; ++at)
        sum += std::abs(said[at->second].weight) * (residuals[at->second] + taste.theta);
      const float theta = sum / (model.taste.overlay_shrink + taste.opinions);
      for (auto at = first; at != last; ++at) residuals[at->second] -= theta - taste.theta;
      taste.theta = theta;
      first = last;
    }
  }
  return tastes;
}

}  // namespace demur::learning
