#include "pipeline/known_user.hpp"

#include "domain/feature.hpp"
#include "domain/weights.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace demur::pipeline {

namespace {

/// A feature that was adjusted more than once (by a readjustment) counts once.
result<learning::blamed_features> blamed_by(store::reader& store, id dislike_id) {
  const auto impacts = store.impacts(dislike_id);
  if (!impacts) return impacts.problem();
  learning::blamed_features made;
  for (const recorded_impact& moved : *impacts) {
    if (moved.row.impact_type == filter_impact || moved.row.adjustment_magnitude >= 0.0) continue;
    made.names.push_back(moved.row.feature_affected);
    made.cap = std::max(made.cap, static_cast<float>(-moved.row.adjustment_magnitude));
  }
  std::sort(made.names.begin(), made.names.end());
  made.names.erase(std::unique(made.names.begin(), made.names.end()), made.names.end());
  return made;
}

/// Those that may be fresh.
std::vector<training_opinion> newest_of(std::vector<training_opinion> said) {
  const auto newer = [](const training_opinion& a, const training_opinion& b) { return a.dislike_id > b.dislike_id; };
  const auto most = std::min(said.size(), learning::most_fresh);
  std::partial_sort(said.begin(), said.begin() + static_cast<std::ptrdiff_t>(most), said.end(), newer);
  said.resize(most);
  return said;
}

}  // namespace

result<user_state> with_titled_movies(user_state user, const title_lookup& titled) {
  std::vector<feature_state> named;
  for (const feature_state& feature : user.features) {
    const auto title = title_of(feature.feature);
    if (!title) continue;
    const auto movie_id = titled(std::string(*title));
    if (!movie_id) return movie_id.problem();
    if (!*movie_id) continue;
    named.push_back(feature);
    named.back().feature = item_feature(*movie_id, {});
  }
  if (named.empty()) return user;
  const auto by_feature = [](const feature_state& a, const feature_state& b) { return a.feature < b.feature; };
  std::sort(named.begin(), named.end(), by_feature);
  std::vector<feature_state> all = std::move(user.features);
  const auto own = static_cast<std::ptrdiff_t>(all.size());
  all.insert(all.end(), std::move_iterator(named.begin()), std::move_iterator(named.end()));
  std::inplace_merge(all.begin(), all.begin() + own, all.end(), by_feature);
  user.features.clear();
  for (feature_state& one : all) {
    const bool another = user.features.empty() || user.features.back().feature != one.feature;
    if (another) {
      user.features.push_back(std::move(one));
    } else {
      auto& parts = user.features.back().by_reason;
      parts.insert(parts.end(), one.by_reason.begin(), one.by_reason.end());
    }
  }
  return user;
}

result<known_user> read_known_user(store::reader& store, const settings& chosen, const std::string& user_id,
                                   id newest_dislike_id, id trained_through, timestamp now) {
  auto said = store.opinions(user_id, newest_dislike_id, chosen.weights.dislike_weight_multiplier);
  if (!said) return std::move(said).problem();
  known_user known;
  known.said = *std::move(said);
  known.as = {std::chrono::floor<std::chrono::hours>(now), chosen.weights.example_half_life_days,
              chosen.recommendations.neighbour_half_life_days};
  const auto& naming = chosen.recommendations.naming_reasons;
  for (const training_opinion& one : newest_of(known.said)) {
    if (one.dislike_id <= trained_through) continue;
    if (std::find(naming.begin(), naming.end(), one.reason) == naming.end()) continue;
    auto blamed = blamed_by(store, one.dislike_id);
    if (!blamed) return std::move(blamed).problem();
    known.blamed.emplace(one.dislike_id, *std::move(blamed));
  }
  return known;
}

result<const learning::ranking_model*> ranking_of(const model& serving) {
  if (serving.ranking) return serving.ranking.get();
  const std::string number = std::to_string(serving.model_version_id);
  return error{
      error_code::conflict,
      "The model version " + number +
          " does not rank: nobody had liked anything when it was trained, or another trainer than ials made it.",
      "model_version_id", number, "a version that the trainer ials made of ratings (POST /api/ratings)"};
}

result<std::vector<id>> not_to_recommend(store::reader& store, const settings& chosen, const user_state& state,
                                         std::vector<id> exclude, timestamp now) {
  const auto rated = store.rated_movies(state.user_id);
  if (!rated) return rated.problem();
  exclude.insert(exclude.end(), rated->begin(), rated->end());
  for (const feature_state& feature : state.features)
    if (const auto movie_id = movie_of(feature.feature))
      if (hidden(feature, chosen.weights.unhide_below, now)) exclude.push_back(*movie_id);
  std::sort(exclude.begin(), exclude.end());
  exclude.erase(std::unique(exclude.begin(), exclude.end()), exclude.end());
  return exclude;
}

}  // namespace demur::pipeline
