#include "domain/faded_sum.hpp"
#include "domain/feature.hpp"
#include "domain/json_read.hpp"
#include "domain/user_state.hpp"
#include "domain/weights.hpp"
#include "pipeline/known_user.hpp"
#include "pipeline/query_worker.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace demur::pipeline {

namespace {

constexpr std::int64_t most_dislikes = 100;
constexpr double inaudible = 0.01;

/// What an adjustment adds to its feature's log-weight at `now`.
double log_part(const recorded_impact& moved, timestamp now) {
  if (moved.rise)
    return log_weight(rising_weight{moved.row.applied_at, moved.row.adjustment_magnitude, *moved.rise}, now);
  return log_term(moved.row.adjustment_magnitude) * fading(now - moved.row.applied_at, moved.half_life_days);
}

/// From when on that is next to nothing.
std::optional<timestamp> faded_at(const recorded_impact& moved) {
  const auto after = [&](double days) {
    return moved.row.applied_at + std::chrono::milliseconds(std::llround(days * 86'400'000.0));
  };
  if (moved.rise) {
    if (moved.rise->hold_days == for_ever) return std::nullopt;
    return after(moved.rise->hold_days + moved.rise->rise_days);
  }
  if (moved.half_life_days <= 0.0) return std::nullopt;
  return after(moved.half_life_days *
               std::max(0.0, std::log2(std::abs(log_term(moved.row.adjustment_magnitude)) / inaudible)));
}

/// The item's features with what moves them for the user.
class multiplication_explained {
public:
  multiplication_explained(const movie& item, const user_state& user, const model& serving, double floor, timestamp now)
      : floor_(floor), now_(now) {
    for (const std::string& name : features_of(item)) {
      const auto state = std::find_if(user.features.begin(), user.features.end(),
                                      [&](const feature_state& one) { return one.feature == name; });
      const double own = state == user.features.end() ? 0.0 : log_weight(*state, now);
      const double shared = shared_log_weight(serving, name);
      logs_.push_back({own, shared});
      features_.push_back({name, weight(own, shared, floor), weight(0.0, shared, floor), {}});
    }
  }

  double multiplier() const {
    std::vector<double> weights;
    for (const feature_in_multiplier& one : features_) weights.push_back(one.weight);
    return product(weights);
  }

  void add(const dislike& of, const recorded_impact& moved, const strategy_version* by) {
    for (std::size_t at = 0; at < features_.size(); ++at) {
      if (features_[at].feature != moved.row.feature_affected) continue;
      const double part = log_part(moved, now_);
      std::vector<double> weights;
      for (const feature_in_multiplier& one : features_) weights.push_back(one.weight);
      weights[at] = weight(logs_[at].own - part, logs_[at].shared, floor_);
      features_[at].adjustments.push_back({of.dislike_id, of.reason, by ? by->name : "", by ? by->version : "",
                                           moved.row.adjustment_magnitude, std::exp(part), moved.row.applied_at,
                                           faded_at(moved), product(weights)});
    }
  }

  std::vector<feature_in_multiplier> take() { return std::move(features_); }

private:
  struct logs {
    double own = 0.0;
    double shared = 0.0;
  };

  /// Over the families, of the means of their weights.
  double product(const std::vector<double>& weights) const {
    std::map<std::string_view, std::pair<double, int>> families;
    for (std::size_t at = 0; at < weights.size(); ++at) {
      auto& [sum, count] = families[family_of(features_[at].feature)];
      sum += weights[at];
      ++count;
    }
    double all = 1.0;
    for (const auto& [name, family] : families) all *= family.first / family.second;
    return all;
  }

  double floor_;
  timestamp now_;
  std::vector<logs> logs_;
  std::vector<feature_in_multiplier> features_;
};

/// The user's newest dislikes; false: there are more.
result<std::pair<std::vector<dislike>, bool>> dislikes_of(store::reader& store, const std::string& user_id) {
  auto page = store.history(user_id, most_dislikes, 0);
  if (!page) return std::move(page).problem();
  const bool all = !page->next_cursor;
  return std::pair(std::move(page->dislikes), all);
}

void name_dislikes(const std::vector<dislike>& rows, std::vector<dislike_in_score>& told) {
  std::map<id, const dislike*> by_id;
  for (const dislike& row : rows) by_id.emplace(row.dislike_id, &row);
  for (dislike_in_score& one : told) {
    const auto found = by_id.find(one.dislike_id);
    if (found == by_id.end()) continue;
    const dislike& row = *found->second;
    one.reason = row.reason;
    one.movie_id = row.movie_id;
    one.movie_title = row.movie_title;
    one.created_at = row.created_at;
  }
}

std::optional<filtered_candidate> hidden_now(const user_state& user, const movie& item, double unhide_below,
                                             timestamp now) {
  const std::string feature = item_feature(item.movie_id, item.movie_title);
  for (const feature_state& state : user.features) {
    if (state.feature != feature) continue;
    if (const auto why = hidden(state, unhide_below, now))
      return filtered_candidate{item.movie_id, item.movie_title, why->reason, why->dislike_id, why->until};
  }
  return std::nullopt;
}

}  // namespace

result<explanation> query_worker::explain(store::reader& store, const std::string& user_id, id movie_id) {
  if (auto checked = check_user_id(user_id); !checked) return std::move(checked).problem();
  const timestamp now = shared->clock();
  if (auto loaded = movies_.load(store, shared->catalogue_generation, {movie_id}); !loaded)
    return std::move(loaded).problem();
  movie item;
  item.movie_id = movie_id;
  if (const movie* row = movies_.find(movie_id)) item = *row;
  const auto user = read_user(store, user_id);
  if (!user) return user.problem();
  auto said = dislikes_of(store, user_id);
  if (!said) return std::move(said).problem();
  const auto& [rows, all] = *said;

  const auto serving = shared->serving.get();
  explanation told;
  told.user_id = user_id;
  told.movie_id = movie_id;
  told.movie_title = item.movie_title;
  told.model_version_id = serving->model_version_id;
  told.complete = all;
  told.hidden = hidden_now(*user, item, shared->chosen.weights.unhide_below, now);
  if (serving->ranking && learning::knows(*serving->ranking, movie_id)) {
    const auto known = read_known_user(store, shared->chosen, user_id, newest_dislike_of(*user),
                                       learning::trained_through(*serving->ranking), now);
    if (!known) return known.problem();
    told.model = learning::explain_score(*serving->ranking, known->speaker(shared->tastes), movie_id,
                                         rows.empty() ? 0 : rows.back().dislike_id);
    name_dislikes(rows, told.model->dislikes);
  }

  auto versions = store.strategy_versions();
  if (!versions) return std::move(versions).problem();
  multiplication_explained multiplied(item, *user, *serving, shared->chosen.weights.floor, now);
  for (const dislike& row : rows) {
    const auto impacts = store.impacts(row.dislike_id);
    if (!impacts) return impacts.problem();
    for (const recorded_impact& moved : *impacts) {
      if (moved.row.impact_type == filter_impact) continue;
      const auto by = std::find_if(versions->begin(), versions->end(), [&](const strategy_version& one) {
        return one.strategy_version_id == moved.strategy_version_id;
      });
      multiplied.add(row, moved, by == versions->end() ? nullptr : &*by);
    }
  }
  told.multiplier = multiplied.multiplier();
  told.features = multiplied.take();
  return told;
}

}  // namespace demur::pipeline
