#include "learning/known_taste.hpp"

#include "learning/top_items.hpp"

#include <Eigen/Cholesky>

#include <algorithm>
#include <utility>

namespace demur::learning {

known_taste::known_taste(const ranking_model& model, std::vector<interaction> known)
    : model_(model), known_(std::move(known)) {
  solve();
  std::vector<float> residuals;
  residuals.reserve(known_.size());
  for (const interaction& said : known_)
    residuals.push_back((said.weight > 0.0F ? 1.0F : model.taste.overlay_target) -
                        user_.dot(model.factors_of(said.other)));
  features_ = fit_overlay(model, known_, std::move(residuals));
  if (likes_something()) solve_opinions();
  score();
}

bool known_taste::likes_something() const {
  return std::any_of(known_.begin(), known_.end(), [](const interaction& said) { return said.weight > 0.0F; });
}

void known_taste::solve() {
  const int d = model_.ials.factors;
  // Of one who likes nothing, dislikes alone would rank what nobody watches first: they are folded into the mean user.
  const bool known_to_like = likes_something();
  const std::size_t entries = known_to_like ? known_.size() : 0;
  const row_problem problem{model_.factors.data(),
                            known_.data(),
                            entries,
                            model_.gram.data(),
                            ridge_of(model_.ials, entries, model_.items.size()),
                            model_.ials.dislike_target};
  std::vector<float> scratch(best_kernels().scratch(d));
  user_.resize(d);
  best_kernels().solve(problem, d, scratch.data(), user_.data());
  cholesky_ = Eigen::Map<const square_matrix>(scratch.data(), d, d);
  if (known_to_like) return;

  user_ = model_.mean_user;
  for (const interaction& said : known_) {
    auto made = fold_in(said.other, -said.weight, model_.ials.dislike_target, user_,
                        inverse_times(model_.factors_of(said.other)));
    user_ -= made.step * made.direction;
    folded_.push_back(std::move(made));
  }
}

void known_taste::solve_opinions() {
  const int d = model_.ials.factors;
  const square_matrix nothing = square_matrix::Zero(d, d);
  const row_problem problem{
      model_.factors.data(),      known_.data(), known_.size(), nothing.data(), model_.taste.opinion_ridge,
      model_.taste.opinion_target};
  std::vector<float> scratch(best_kernels().scratch(d));
  factor_vector opinions(d);
  best_kernels().solve(problem, d, scratch.data(), opinions.data());
  user_ += model_.taste.opinion_weight * opinions;
}

rank_one_update known_taste::fold_in(std::uint32_t item, float weight, float target, const factor_vector& user,
                                     factor_vector direction) const {
  rank_one_update made;
  const auto q = model_.factors_of(item);
  const float y = q.dot(user);
  made.shrink = weight / (1.0F + weight * q.dot(direction));
  made.step = made.shrink * (y - std::min(target, y - model_.taste.fresh_margin));
  made.direction = std::move(direction);
  return made;
}

factor_vector known_taste::inverse_times(const factor_vector& vector) const {
  factor_vector solved = vector;
  cholesky_.triangularView<Eigen::Lower>().solveInPlace(solved);
  cholesky_.triangularView<Eigen::Lower>().transpose().solveInPlace(solved);
  for (const rank_one_update& each : folded_) solved -= (each.shrink * each.direction.dot(vector)) * each.direction;
  return solved;
}

const feature_taste* known_taste::taste_of(std::uint32_t feature) const {
  const auto place = std::lower_bound(features_.begin(), features_.end(), feature,
                                      [](const feature_taste& taste, std::uint32_t f) { return taste.feature < f; });
  return place != features_.end() && place->feature == feature ? &*place : nullptr;
}

/// The surest are sought among what the user has not judged, fresh dislikes included: were it without those, one more dislike
/// could lower y_sure, and so raise what an earlier one had lowered.
void known_taste::score() {
  using array = Eigen::Array<float, Eigen::Dynamic, 1>;
  const auto n = static_cast<Eigen::Index>(model_.items.size());
  scores_.resize(model_.items.size());
  best_kernels().scores(model_.factors.data(), model_.items.size(), model_.ials.factors, user_.data(), 1,
                        scores_.data());
  Eigen::Map<array> scores(scores_.data(), n);
  scores += model_.taste.appeal_weight * Eigen::Map<const array>(model_.appeal.data(), n);
  for (const feature_taste& taste : features_) {
    const float part = model_.weight_of(taste.feature) * taste.theta;
    for (const std::uint32_t item : model_.features.with(taste.feature)) scores_[item] += part;
  }

  auto surest = top_items(scores_, static_cast<std::size_t>(model_.taste.neighbour_spared), items_of(known_));
  while (!surest.empty() && surest.back().score <= 1e-30F) surest.pop_back();
  if (!surest.empty()) inverse_sure_ = 1.0F / surest.back().score;
}

std::size_t known_taste::bytes() const {
  return sizeof(*this) + known_.size() * sizeof(interaction) + features_.size() * sizeof(feature_taste) +
         sizeof(float) * (scores_.size() + static_cast<std::size_t>(cholesky_.size() + user_.size()) +
                          folded_.size() * static_cast<std::size_t>(user_.size()));
}

}  // namespace demur::learning
