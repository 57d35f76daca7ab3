#include "learning/user_taste.hpp"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>

namespace demur::learning {

namespace {

constexpr float no_length = 1e-12F;

auto row_of(const ranking_model& model, std::uint32_t item) { return model.factors_of(item); }

/// How near an item is to a disliked one, 0 to 1: the fourth power of the cosine, so that of what is somewhat alike
/// little is taken.
float nearness(float product, float lengths) {
  if (product <= 0.0F || lengths <= no_length) return 0.0F;
  const float cosine = product / lengths;
  return cosine * cosine * cosine * cosine;
}

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
  learnt_scores_.resize(model_.items.size());
  best_kernels().scores(model_.factors.data(), model_.items.size(), model_.ials.factors, learnt_.data(),
                        learnt_scores_.data());
  for (std::uint32_t item = 0; item < learnt_scores_.size(); ++item) learnt_scores_[item] += appeal(item);
  add_features(learnt_scores_);
  auto known = history.known.begin();
  float best = 0.0F;
  for (std::uint32_t item = 0; item < learnt_scores_.size(); ++item) {
    while (known != history.known.end() && known->other < item) ++known;
    if (known == history.known.end() || known->other != item) best = std::max(best, learnt_scores_[item]);
  }
  sure_ = model_.taste.neighbour_spared * best;
}

float user_taste::doubt(std::uint32_t item) const {
  return sure_ > 0.0F ? std::clamp(1.0F - learnt_scores_[item] / sure_, 0.0F, 1.0F) : 1.0F;
}

float user_taste::likeness(std::size_t fresh, std::uint32_t item) const {
  return folded_[fresh].direction.dot(row_of(model_, item));
}

/// `product`: of the two items' factors.
float user_taste::neighbour_part(const folded& said, std::uint32_t item, float product) const {
  const float near = nearness(product, model_.lengths[said.item] * model_.lengths[item]);
  const float share = std::min(1.0F, model_.taste.neighbour_weight * near);
  return -said.neighbour_fade * doubt(item) * share * std::max(0.0F, learnt_scores_[item]);
}

fresh_effect user_taste::effect(std::size_t fresh, std::uint32_t item) const {
  const folded& said = folded_[fresh];
  fresh_effect made;
  made.factors = -said.step * likeness(fresh, item);
  made.neighbour = neighbour_part(said, item, row_of(model_, said.item).dot(row_of(model_, item)));
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

std::vector<float> user_taste::scores() const {
  if (folded_.empty()) return learnt_scores_;
  const std::size_t n = model_.items.size();
  const kernels& with = best_kernels();
  const factor_vector moved = user_ - learnt_;
  std::vector<float> all = learnt_scores_, part(n);
  with.scores(model_.factors.data(), n, model_.ials.factors, moved.data(), part.data());
  for (std::size_t item = 0; item < n; ++item) all[item] += part[item];
  for (const folded& said : folded_) {
    const factor_vector q = row_of(model_, said.item);
    with.scores(model_.factors.data(), n, model_.ials.factors, q.data(), part.data());
    for (std::uint32_t item = 0; item < n; ++item) all[item] += neighbour_part(said, item, part[item]);
    for (const creator_shift& each : said.creators)
      for (const std::uint32_t item : model_.features.with(each.feature))
        all[item] += creator_part(said, each, learnt_scores_[item]);
    if (said.blamed == model_.features.features()) continue;
    for (const std::uint32_t item : model_.features.with(said.blamed))
      all[item] += reason_part(said, learnt_scores_[item]);
  }
  return all;
}

}  // namespace demur::learning
