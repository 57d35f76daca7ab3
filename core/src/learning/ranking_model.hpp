#pragma once

#include "learning/ials.hpp"
#include "learning/item_features.hpp"

#include <demur/types.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace demur::learning {

/// How a person's taste is made of what he said; the same in training, evaluation and serving. docs/learning.md says where
/// each value comes from.
struct taste_options {
  float overlay_weight = 1.0F;   ///< beta: of what the person's features add to a score
  float overlay_shrink = 5.0F;   ///< opinions that a feature needs to count half
  float overlay_target = -1.0F;  ///< of a dislike, for the features
  int overlay_sweeps = 8;
  float appeal_weight = 0.1F;      ///< gamma: of an item's appeal
  float opinion_weight = 2.4F;     ///< kappa: of what the user's opinions say without what he did not speak of
  float opinion_ridge = 200.0F;    ///< > 0
  float opinion_target = -1.25F;   ///< of a dislike among them; 1 of a like. A training chooses it: fit_tuned_model
  float fresh_target = 0.0F;       ///< of a dislike that the model has not learnt from
  float fresh_margin = 0.1F;       ///< its target is at least so far below the score: it never raises what is alike
  float neighbour_weight = 80.0F;  ///< of a fresh dislike, >= 0: times cos^4 the share that it takes of a score
  float neighbour_doubt = 3.0F;    ///< how fast doubt rises below what is spared, >= 0
  int neighbour_spared = 9;        ///< so many of the items that the user is surest to like are not doubted, > 0
  float creator_count = 1.0F;      ///< opinions that a fresh dislike is worth on each director and franchise, >= 0
  float reason_count = 2.0F;       ///< opinions that a stated reason is worth on the feature that it names
};

/// What ranking needs: the items' side only. A user's side is a function of it and of what the user has said so far, made
/// when it is asked for. Immutable once made; what is large lies in `memory`, which may be a mapped file.
struct ranking_model {
  std::span<const id> items;       ///< movie_id, ascending: the numbering of all below
  std::span<const float> factors;  ///< items x d, row-major
  std::span<const float> lengths;  ///< |h_i|
  std::span<const float> appeal;
  std::span<const std::uint32_t> likes;  ///< of each item in training
  square_matrix gram;                    ///< alpha0 * factors' * factors
  factor_vector mean_user;
  item_features features;
  ials_options ials;
  taste_options taste;
  id trained_through = 0;     ///< dislikes up to this one are learnt, later ones are fresh
  double judges_share = 0.0;  ///< of the users, who were not trained on (learning/gate.hpp)
  std::shared_ptr<const void> memory;

  Eigen::Map<const factor_vector> factors_of(std::uint32_t item) const {
    const auto d = static_cast<std::size_t>(ials.factors);
    return {factors.data() + item * d, ials.factors};
  }
  /// beta_f: of what the person makes of a feature, overlay_weight * ln(items / items with it) / ln(items). A feature that
  /// many items share says little of any of them.
  float weight_of(std::uint32_t feature) const;
  /// The number of an item; nothing if the model does not know it.
  std::optional<std::uint32_t> number_of(id movie_id) const;
};

/// The whole of training: factors, appeal, counts. The rest of `options` is kept for serving. Nothing if `go_on` said no.
std::optional<ranking_model> fit_ranking_model(std::vector<id> items, item_features features,
                                               const interactions& by_user, const ials_options& ials,
                                               const taste_options& taste,
                                               const std::function<bool(const epoch_report&)>& go_on = {});

/// Of every item, for a user who said this: the factors' scores alone, without what else is made of his opinions. `known`:
/// ascending by item, one each.
std::vector<float> factor_scores(const ranking_model& model, std::span<const interaction> known);

}  // namespace demur::learning
