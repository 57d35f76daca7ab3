#include "learning/ranking_model.hpp"

#include "learning/appeal.hpp"
#include "learning/kernels.hpp"

#include <algorithm>
#include <cmath>

namespace demur::learning {

namespace {

struct trained_memory {
  std::vector<id> items;
  factor_matrix factors;
  std::vector<float> lengths;
  std::vector<float> appeal;
  std::vector<std::uint32_t> likes;
};

std::vector<std::uint32_t> likes_by_item(const interactions& by_user) {
  std::vector<std::uint32_t> likes(by_user.columns());
  for (std::size_t u = 0; u < by_user.rows(); ++u)
    for (const interaction& said : by_user.row(u))
      if (said.weight > 0.0F) ++likes[said.other];
  return likes;
}

}  // namespace

float ranking_model::weight_of(std::uint32_t feature) const {
  const auto all = static_cast<float>(items.size());
  if (items.size() < 2) return taste.overlay_weight;
  return taste.overlay_weight * std::log(all / static_cast<float>(features.with(feature).size())) / std::log(all);
}

std::optional<std::uint32_t> ranking_model::number_of(id movie_id) const {
  const auto place = std::lower_bound(items.begin(), items.end(), movie_id);
  if (place == items.end() || *place != movie_id) return std::nullopt;
  return static_cast<std::uint32_t>(place - items.begin());
}

std::optional<ranking_model> fit_ranking_model(std::vector<id> items, item_features features,
                                               const interactions& by_user, const ials_options& ials,
                                               const taste_options& taste,
                                               const std::function<bool(const epoch_report&)>& go_on) {
  ials_outcome learnt = fit_ials(by_user, ials, go_on);
  if (learnt.cancelled) return std::nullopt;
  auto memory = std::make_shared<trained_memory>();
  memory->items = std::move(items);
  memory->factors = std::move(learnt.items);
  const Eigen::VectorXf lengths = memory->factors.rowwise().norm();
  memory->lengths.assign(lengths.begin(), lengths.end());
  memory->appeal = item_appeal(by_user, features);
  memory->likes = likes_by_item(by_user);

  ranking_model made;
  made.items = memory->items;
  made.factors = {memory->factors.data(), static_cast<std::size_t>(memory->factors.size())};
  made.lengths = memory->lengths;
  made.appeal = memory->appeal;
  made.likes = memory->likes;
  made.gram = scaled_gram(memory->factors, ials.alpha0, ials.threads);
  made.mean_user = std::move(learnt.mean_user);
  made.features = std::move(features);
  made.memory = std::move(memory);
  made.ials = ials;
  made.taste = taste;
  return made;
}

std::vector<float> factor_scores(const ranking_model& model, std::span<const interaction> known) {
  const ials_options& ials = model.ials;
  std::vector<float> scratch(best_kernels().scratch(ials.factors)), scores(model.items.size());
  factor_vector user(ials.factors);
  const row_problem problem{model.factors.data(),
                            known.data(),
                            known.size(),
                            model.gram.data(),
                            ridge_of(ials, known.size(), model.items.size()),
                            ials.dislike_target};
  best_kernels().solve(problem, ials.factors, scratch.data(), user.data());
  best_kernels().scores(model.factors.data(), model.items.size(), ials.factors, user.data(), 1, scores.data());
  return scores;
}

}  // namespace demur::learning
