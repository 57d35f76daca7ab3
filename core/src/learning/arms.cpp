#include "learning/arms.hpp"

#include "learning/ease.hpp"
#include "learning/tuning.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

namespace demur::learning {

namespace {

scorer popularity(split_models& models) {
  std::vector<float> likes(models.data.items.size());
  for (std::size_t user = 0; user < models.split.training.rows(); ++user)
    for (const interaction& said : models.split.training.row(user))
      if (said.weight > 0.0F) likes[said.other] += 1.0F;
  return [likes](std::size_t) { return likes; };
}

scorer ease(split_models& models) {
  constexpr float lambda = 300.0F;  // as is usual for data of this size
  auto likes = std::make_shared<const interactions>(likes_of(models.split.training));
  auto weights = std::make_shared<const square_matrix>(fit_ease(*likes, lambda));
  return [likes, weights](std::size_t user) { return ease_scores(*weights, likes->row(user)); };
}

user_history likes_in(const holdout& split, std::size_t user) {
  user_history history = history_of(split, user);
  std::erase_if(history.known, [](const interaction& said) { return said.weight < 0.0F; });
  return history;
}

scorer likes_only(split_models& models) {
  const ranking_model& model = models.likes_only();
  return
      [&model, &split = models.split](std::size_t user) { return factor_scores(model, likes_in(split, user).known); };
}

scorer likes_overlay(split_models& models) {
  const ranking_model& model = models.likes_only();
  return
      [&model, &split = models.split](std::size_t user) { return user_taste(model, likes_in(split, user)).scores(); };
}

scorer dislikes(split_models& models) {
  const ranking_model& model = models.both();
  return [&model, &split = models.split](std::size_t user) { return factor_scores(model, split.training.row(user)); };
}

scorer overlay(split_models& models) {
  const ranking_model& model = models.both();
  return
      [&model, &split = models.split](std::size_t user) { return user_taste(model, history_of(split, user)).scores(); };
}

}  // namespace

split_models::split_models(const numbered_data& data_, const holdout& split_, const evaluation_plan& plan_,
                           std::uint32_t seed)
    : data(data_), split(split_), plan(plan_), seed_(seed) {}

ranking_model split_models::fit(const interactions& training) const {
  ials_options ials;
  ials.factors = static_cast<int>(plan.factors);
  ials.epochs = static_cast<int>(plan.epochs);
  ials.alpha0 = static_cast<float>(plan.alpha0);
  ials.lambda = static_cast<float>(plan.lambda);
  ials.threads = static_cast<int>(plan.threads);
  ials.seed = seed_;
  return (*fit_tuned_model(data.items, data.features, training, ials)).model;
}

const ranking_model& split_models::likes_only() {
  if (!likes_only_) likes_only_ = fit(likes_of(split.training));
  return *likes_only_;
}

const ranking_model& split_models::both() {
  if (!both_) both_ = fit(split.training);
  return *both_;
}

const std::vector<arm>& all_arms() {
  static const std::vector<arm> arms{{"popularity", popularity}, {"ease", ease},
                                     {"likes_only", likes_only}, {"likes_overlay", likes_overlay},
                                     {"dislikes", dislikes},     {"overlay", overlay}};
  return arms;
}

user_history history_of(const holdout& split, std::size_t user) {
  const auto row = split.training.row(user);
  return {{row.begin(), row.end()}, {}};
}

}  // namespace demur::learning
