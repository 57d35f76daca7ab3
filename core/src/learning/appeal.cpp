#include "learning/appeal.hpp"

#include <cmath>

namespace demur::learning {

namespace {

struct received {
  std::vector<float> items;
  std::vector<float> users;
  std::vector<float> expected;  ///< of each item by its features
  std::vector<float> effects;   ///< of each feature
};

float opinion(const interaction& said) { return said.weight > 0.0F ? 1.0F : -1.0F; }

float mean_opinion(const interactions& by_user) {
  double sum = 0.0;
  for (std::size_t u = 0; u < by_user.rows(); ++u)
    for (const interaction& said : by_user.row(u)) sum += static_cast<double>(opinion(said));
  return by_user.size() == 0 ? 0.0F : static_cast<float>(sum / static_cast<double>(by_user.size()));
}

/// One side's effects with the other side's fixed; shrunk towards `centre`.
void fit_side(const interactions& rows, const std::vector<float>& other, float mean, float shrink,
              const std::vector<float>& centre, std::vector<float>& effects) {
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    float sum = shrink * centre[i];
    float weight = shrink;
    for (const interaction& said : rows.row(i)) {
      const float trust = std::abs(said.weight);
      sum += trust * (opinion(said) - mean - other[said.other]);
      weight += trust;
    }
    effects[i] = sum / weight;
  }
}

/// What items with a feature have in common, one feature after the other on what the others leave.
void fit_features(const interactions& by_item, const item_features& features, const appeal_options& options,
                  received& state) {
  for (std::uint32_t f = 0; f < features.features(); ++f) {
    float sum = 0.0F;
    float weight = options.feature_shrink;
    for (const std::uint32_t item : features.with(f)) {
      const auto known = static_cast<float>(by_item.row(item).size());
      const float trust = known / (known + options.item_shrink);
      sum += trust * (state.items[item] - state.expected[item] + state.effects[f]);
      weight += trust;
    }
    const float effect = sum / weight;
    for (const std::uint32_t item : features.with(f)) state.expected[item] += effect - state.effects[f];
    state.effects[f] = effect;
  }
}

}  // namespace

std::vector<float> item_appeal(const interactions& by_user, const item_features& features,
                               const appeal_options& options) {
  const interactions by_item = by_user.transposed();
  const float mean = mean_opinion(by_user);
  received state{std::vector<float>(by_item.rows()), std::vector<float>(by_user.rows()),
                 std::vector<float>(by_item.rows()), std::vector<float>(features.features())};
  const std::vector<float> nothing(by_user.rows());
  for (int sweep = 0; sweep < options.sweeps; ++sweep) {
    fit_features(by_item, features, options, state);
    fit_side(by_item, state.users, mean, options.item_shrink, state.expected, state.items);
    fit_side(by_user, state.items, mean, options.user_shrink, nothing, state.users);
  }
  return std::move(state.items);
}

}  // namespace demur::learning
