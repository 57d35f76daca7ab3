#include "learning/user_taste.hpp"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>

namespace demur::learning {

namespace {

using array = Eigen::Array<float, Eigen::Dynamic, 1>;

auto row_of(const ranking_model& model, std::uint32_t item) { return model.factors_of(item); }

bool likes_something(const user_history& history) {
  return std::any_of(history.known.begin(), history.known.end(),
                     [](const interaction& said) { return said.weight > 0.0F; });
}

}  // namespace

user_taste::user_taste(const ranking_model& model, const user_history& history) : model_(model) {
  solve(history);
  std::vector<float> residuals;
  for (const interaction& said : history.known)
    residuals.push_back((said.weight > 0.0F ? 1.0F : model.taste.overlay_target) -
                        learnt_.dot(row_of(model, said.other)));
  features_ = fit_overlay(model, history.known, std::move(residuals));
  user_ = learnt_;
  score_learnt(history);
  for (const fresh_dislike& said : history.fresh) fold(said);
}

void user_taste::solve(const user_history& history) {
  const int d = model_.ials.factors;
  // Of one who likes nothing, dislikes alone would rank what nobody watches first: they are folded into the mean user.
  const bool known_to_like = likes_something(history);
  const std::size_t entries = known_to_like ? history.known.size() : 0;
  const row_problem problem{model_.factors.data(),
                            history.known.data(),
                            entries,
                            model_.gram.data(),
                            ridge_of(model_.ials, entries, model_.items.size()),
                            model_.ials.dislike_target};
  std::vector<float> scratch(best_kernels().scratch(d));
  learnt_.resize(d);
  best_kernels().solve(problem, d, scratch.data(), learnt_.data());
  cholesky_ = Eigen::Map<const square_matrix>(scratch.data(), d, d);
  if (known_to_like) return;

  user_ = model_.mean_user;
  for (const interaction& said : history.known) {
    folded made;
    step(said.other, -said.weight, model_.ials.dislike_target, made);
    known_.push_back(std::move(made));
  }
  learnt_ = user_;
}

void user_taste::step(std::uint32_t item, float weight, float target, folded& made) {
  made.item = item;
  const factor_vector q = row_of(model_, item);
  made.direction = inverse_times(q);
  const float s = q.dot(made.direction);
  const float y = q.dot(user_);
  const float t = std::min(target, y - model_.taste.fresh_margin);
  made.shrink = weight / (1.0F + weight * s);
  made.step = made.shrink * (y - t);
  user_ -= made.step * made.direction;
}

void user_taste::fold(const fresh_dislike& said) {
  folded made;
  step(said.item, said.weight, model_.taste.fresh_target, made);
  made.neighbour_fade = said.neighbour_fade;
  blame(said, made);
  blame_creators(said, made);
  folded_.push_back(std::move(made));
}

void user_taste::blame(const fresh_dislike& said, folded& made) const {
  made.blamed = static_cast<std::uint32_t>(model_.features.features());
  made.cap = said.cap;
  float least = 0.0F;
  for (const std::uint32_t feature : said.blamed) {
    const feature_taste* taste = taste_of(feature);
    const float theta = taste ? taste->theta : 0.0F;
    if (made.blamed != model_.features.features() && theta >= least) continue;
    least = theta;
    made.blamed = feature;
    // As if so many opinions more had left a residual of -1 on this feature alone.
    const float n = model_.taste.reason_count;
    const float opinions = taste ? taste->opinions : 0.0F;
    made.shift = std::min(0.0F, -n * (1.0F + theta) / (model_.taste.overlay_shrink + opinions + n));
  }
}

/// No stated reason is needed: of what somebody dislikes, the next one by the same director or of the same franchise is
/// what he least wants to be shown, and the factors know little of who made what.
void user_taste::blame_creators(const fresh_dislike& said, folded& made) const {
  const float n = model_.taste.creator_count * said.neighbour_fade;
  for (const std::uint32_t feature : model_.features.of(said.item)) {
    if (!names_a_creator(model_.features.name(feature))) continue;
    const feature_taste* taste = taste_of(feature);
    float theta = taste ? taste->theta : 0.0F;
    float opinions = taste ? taste->opinions : 0.0F;
    for (const folded& earlier : folded_)
      for (const creator_shift& left : earlier.creators)
        if (left.feature == feature) {
          theta += left.shift;
          opinions += left.opinions;
        }
    made.creators.push_back(
        {feature, n, std::min(0.0F, -n * (1.0F + theta) / (model_.taste.overlay_shrink + opinions + n))});
  }
}

/// What the stated reason takes from an item with the blamed feature.
float user_taste::reason_part(const folded& said, float learnt) const {
  return std::max(model_.taste.overlay_weight * said.shift, -said.cap * std::max(0.0F, learnt));
}

/// What a creator takes from an item of his; if the reason blames him too, what goes beyond the reason's part.
float user_taste::creator_part(const folded& said, const creator_shift& of, float learnt) const {
  const float whole = model_.taste.overlay_weight * of.shift;
  return of.feature == said.blamed ? std::min(0.0F, whole - reason_part(said, learnt)) : whole;
}

/// A^-1 of what was folded in so far: each dislike took shrink * direction * direction' from the inverse.
factor_vector user_taste::inverse_times(const factor_vector& vector) const {
  factor_vector solved = vector;
  cholesky_.triangularView<Eigen::Lower>().solveInPlace(solved);
  cholesky_.triangularView<Eigen::Lower>().transpose().solveInPlace(solved);
  for (const auto* part : {&known_, &folded_})
    for (const folded& each : *part) solved -= (each.shrink * each.direction.dot(vector)) * each.direction;
  return solved;
}

const feature_taste* user_taste::taste_of(std::uint32_t feature) const {
  const auto place = std::lower_bound(features_.begin(), features_.end(), feature,
                                      [](const feature_taste& taste, std::uint32_t f) { return taste.feature < f; });
  return place != features_.end() && place->feature == feature ? &*place : nullptr;
}

float user_taste::factors(std::uint32_t item) const { return user_.dot(row_of(model_, item)); }

float user_taste::appeal(std::uint32_t item) const { return model_.taste.appeal_weight * model_.appeal[item]; }

/// The best is sought among what the user has not judged, fresh dislikes included: were it without those, one more dislike
/// could lower it, and so raise what an earlier one had lowered.
void user_taste::score_learnt(const user_history& history) {
  const auto n = static_cast<Eigen::Index>(model_.items.size());
  learnt_scores_.resize(model_.items.size());
  best_kernels().scores(model_.factors.data(), model_.items.size(), model_.ials.factors, learnt_.data(), 1,
                        learnt_scores_.data());
  Eigen::Map<array> scores(learnt_scores_.data(), n);
  scores += model_.taste.appeal_weight * Eigen::Map<const array>(model_.appeal.data(), n);
  add_features(learnt_scores_);
  Eigen::Index next = 0;
  float best = 0.0F;
  const auto look = [&](Eigen::Index until) {
    if (until > next) best = std::max(best, scores.segment(next, until - next).maxCoeff());
    next = until + 1;
  };
  for (const interaction& judged : history.known) look(static_cast<Eigen::Index>(judged.other));
  look(n);
  if (const float sure = model_.taste.neighbour_spared * best; sure > 1e-30F) inverse_sure_ = 1.0F / sure;
}

float user_taste::likeness(std::size_t fresh, std::uint32_t item) const {
  return folded_[fresh].direction.dot(row_of(model_, item));
}

float user_taste::neighbour_part(const folded& said, std::uint32_t item) const {
  const float product = row_of(model_, said.item).dot(row_of(model_, item));
  float lowered = 0.0F;
  best_kernels().lower_neighbours({&learnt_scores_[item], &product, &model_.lengths[item], model_.lengths[said.item],
                                   said.neighbour_fade, model_.taste.neighbour_weight, inverse_sure_},
                                  1, &lowered);
  return lowered;
}

fresh_effect user_taste::effect(std::size_t fresh, std::uint32_t item) const {
  const folded& said = folded_[fresh];
  fresh_effect made;
  made.factors = -said.step * likeness(fresh, item);
  made.neighbour = neighbour_part(said, item);
  const auto own = model_.features.of(item);
  const auto has = [own](std::uint32_t feature) { return std::binary_search(own.begin(), own.end(), feature); };
  if (has(said.blamed)) made.reason = reason_part(said, learnt_scores_[item]);
  for (const creator_shift& each : said.creators)
    if (has(each.feature)) made.creator += creator_part(said, each, learnt_scores_[item]);
  return made;
}

float user_taste::score(std::uint32_t item) const {
  float sum = learnt_scores_[item];
  for (std::size_t k = 0; k < folded_.size(); ++k) sum += effect(k, item).sum();
  return sum;
}

void user_taste::add_features(std::vector<float>& scores) const {
  for (const feature_taste& taste : features_)
    for (const std::uint32_t item : model_.features.with(taste.feature))
      scores[item] += model_.taste.overlay_weight * taste.theta;
}

/// `products`: of the disliked item's factors with all others'.
void user_taste::add_effect(const folded& said, const float* products, std::vector<float>& scores) const {
  best_kernels().lower_neighbours({learnt_scores_.data(), products, model_.lengths.data(), model_.lengths[said.item],
                                   said.neighbour_fade, model_.taste.neighbour_weight, inverse_sure_},
                                  scores.size(), scores.data());
  for (const creator_shift& each : said.creators)
    for (const std::uint32_t item : model_.features.with(each.feature))
      scores[item] += creator_part(said, each, learnt_scores_[item]);
  if (said.blamed == model_.features.features()) return;
  for (const std::uint32_t item : model_.features.with(said.blamed))
    scores[item] += reason_part(said, learnt_scores_[item]);
}

std::vector<float> user_taste::scores() const {
  if (folded_.empty()) return learnt_scores_;
  const std::size_t n = model_.items.size();
  // The way that the user was moved, then the disliked items; some at a time, or many dislikes would take much memory.
  constexpr std::size_t at_a_time = 8;
  factor_matrix vectors(folded_.size() + 1, model_.ials.factors);
  vectors.row(0) = user_ - learnt_;
  for (std::size_t k = 0; k < folded_.size(); ++k) vectors.row(k + 1) = row_of(model_, folded_[k].item);
  const auto number = static_cast<std::size_t>(vectors.rows());
  std::vector<float> all = learnt_scores_, products(std::min(at_a_time, number) * n);
  for (std::size_t first = 0; first < number; first += at_a_time) {
    const std::size_t taken = std::min(at_a_time, number - first);
    best_kernels().scores(model_.factors.data(), n, model_.ials.factors,
                          vectors.row(static_cast<Eigen::Index>(first)).data(), taken, products.data());
    for (std::size_t k = first; k < first + taken; ++k) {
      const float* const own = &products[(k - first) * n];
      const auto size = static_cast<Eigen::Index>(n);
      if (k == 0)
        Eigen::Map<array>(all.data(), size) += Eigen::Map<const array>(own, size);
      else
        add_effect(folded_[k - 1], own, all);
    }
  }
  return all;
}

}  // namespace demur::learning
