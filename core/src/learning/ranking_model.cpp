#include "learning/ranking_model.hpp"

#include "learning/appeal.hpp"

#include <algorithm>

namespace demur::learning {

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
  ranking_model made;
  made.items = std::move(items);
  made.gram = scaled_gram(learnt.items, ials.alpha0, ials.threads);
  made.factors = std::move(learnt.items);
  const Eigen::VectorXf lengths = made.factors.rowwise().norm();
  made.lengths.assign(lengths.begin(), lengths.end());
  made.mean_user = std::move(learnt.mean_user);
  made.appeal = item_appeal(by_user, features);
  made.features = std::move(features);
  made.likes.assign(made.items.size(), 0);
  for (std::size_t u = 0; u < by_user.rows(); ++u)
    for (const interaction& said : by_user.row(u))
      if (said.weight > 0.0F) ++made.likes[said.other];
  made.ials = ials;
  made.taste = taste;
  return made;
}

}  // namespace demur::learning
