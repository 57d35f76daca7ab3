#include "domain/leak.hpp"

#include "domain/feature.hpp"
#include "domain/user_state.hpp"
#include "domain/weights.hpp"

#include <algorithm>

namespace demur {

namespace {

/// ln of what a feature's weight is multiplied by. Above this an adjustment has as good as faded away.
const double faded_away = log_term(-0.05);

bool is_blamed(const feature_state& feature, const settings& chosen, timestamp now) {
  const auto& naming = chosen.recommendations.naming_reasons;
  double left = 0.0;
  for (const reason_state& part : feature.by_reason)
    if (std::find(naming.begin(), naming.end(), part.reason) != naming.end()) left += log_weight(part, now);
  return left < faded_away;
}

}  // namespace

user_features features_asked_by(const recommendation_set& shown, std::span<const movie> known) {
  user_features asked{shown.user_id, {std::string(tally_feature)}};
  auto& features = asked.features;
  for (const recommended_item& item : shown.items) features.push_back(item_feature(item.movie_id, item.movie_title));
  for (const movie& row : known)
    for (std::string& feature : features_of(row)) features.push_back(std::move(feature));
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());
  return asked;
}

std::optional<set_leak> leak_of(const recommendation_set& shown, const user_state& user, std::span<const movie> known,
                                const settings& chosen, timestamp now) {
  if (newest_dislike_of(user) == 0) return std::nullopt;
  set_leak leak;
  for (const recommended_item& item : shown.items) {
    const feature_state* own = find_state(user, item_feature(item.movie_id, item.movie_title));
    if (own && hidden(*own, chosen.weights.unhide_below, now)) ++leak.disliked_movies;
    const auto row = std::ranges::find(known, item.movie_id, &movie::movie_id);
    if (row == known.end()) continue;
    const auto features = features_of(*row);
    if (std::ranges::any_of(features, [&](const std::string& name) {
          const feature_state* state = find_state(user, name);
          return state && is_blamed(*state, chosen, now);
        }))
      ++leak.blamed_movies;
  }
  return leak;
}

}  // namespace demur
