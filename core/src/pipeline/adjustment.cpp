#include "domain/clock.hpp"
#include "domain/feature.hpp"
#include "domain/weights.hpp"
#include "pipeline/spawn.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace demur::pipeline {

namespace {

constexpr double seconds_per_day = 86'400.0;

/// What one batch needs: the strategies' verdicts, and which states they and the counts touch.
struct plan {
  std::vector<plugin::verdict> verdicts;           ///< one per entry
  std::vector<std::vector<std::string>> features;  ///< of each entry's item: genre:..., cast:..., franchise:...
  std::vector<std::string> items;                  ///< movie:12 of each entry
  std::shared_ptr<std::vector<feature_key>> touched =
      std::make_shared<std::vector<feature_key>>();  ///< sorted, distinct
};

class adjustment_logic {
public:
  const char* name = "adjustment";

  void begin(surroundings_ptr shared, id newest_id) {
    shared_ = std::move(shared);
    ids_.emplace(shared_->chosen.node.id, newest_id);
  }

  plan consider(const case_file& file) const {
    plan todo;
    auto& touched = *todo.touched;
    for (const case_entry& entry : file.entries) {
      const dislike& row = entry.row;
      const plugin::verdict& said = todo.verdicts.emplace_back(ask_strategy(row));
      const auto& features = todo.features.emplace_back(features_of(row.genres, row.cast, row.franchise));
      const auto& item = todo.items.emplace_back(item_feature(row.movie_id, row.movie_title));
      touched.push_back({row.user_id, std::string(tally_feature)});
      touched.push_back({row.user_id, item});
      for (const auto& feature : features) touched.push_back({row.user_id, feature});
      for (const auto& adjusted : said.adjustments) touched.push_back({row.user_id, adjusted.feature});
    }
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    return todo;
  }

  /// All states are there: count the dislikes and move the weights.
  void adjust(const plan& todo, case_file& file, timestamp now) {
    const auto serving = shared_->serving.get();
    for (std::size_t i = 0; i < file.entries.size(); ++i) {
      step work{*serving, file, file.entries[i], todo.verdicts[i], todo.features[i], todo.items[i], now, 0.0};
      work.half_life_days =
          shared_->strategies.find(work.entry.row.reason)->half_life_days(shared_->chosen.weights.half_life_days);
      work.entry.model_version_id = serving->model_version_id;
      count_for_user(work);
      hide_item(work);
      count_features(work);
      move_weights(work);
      train_as_told(work);
      tell_user_so_far(work);
    }
  }

private:
  struct step {
    const model& serving;
    case_file& file;
    case_entry& entry;
    const plugin::verdict& said;
    const std::vector<std::string>& features;
    const std::string& item;
    timestamp now;
    double half_life_days;

    feature_state& state(std::string_view feature) const {
      const std::string_view user = entry.row.user_id;
      return *std::lower_bound(file.features.begin(), file.features.end(), feature,
                               [user](const feature_state& have, std::string_view wanted) {
                                 const int by_user = std::string_view(have.user_id).compare(user);
                                 return by_user < 0 || (by_user == 0 && have.feature < wanted);
                               });
    }
    reason_state& part(std::string_view feature) const { return state_of(state(feature), entry.row.reason); }
  };

  plugin::verdict ask_strategy(const dislike& row) const {
    auto said = shared_->strategies.find(row.reason)->adjust(row);
    if (said) return *std::move(said);
    // The dislike and its training example stand; only this reason's adjustments are missing.
    spdlog::warn("dislike {}: no adjustments for {}: {}", row.dislike_id, row.reason, said.problem().detail);
    return {};
  }

  void count_for_user(const step& work) const {
    dislike& row = work.entry.row;
    feature_state& tally = work.state(tally_feature);
    for (const reason_state& part : tally.by_reason)
      row.previous_dislike_id = std::max(row.previous_dislike_id, part.last_dislike_id);
    reason_state& part = state_of(tally, row.reason);
    ++part.dislikes;
    part.last_dislike_id = row.dislike_id;
    part.sum.add(1.0, row.created_at,
                 static_cast<double>(shared_->chosen.patterns.burst_half_life.count()) / seconds_per_day);
  }

  void hide_item(const step& work) {
    const dislike& row = work.entry.row;
    reason_state& part = work.part(work.item);
    ++part.dislikes;
    part.last_dislike_id = row.dislike_id;
    constexpr double never = 0.0;
    part.sum.add(-1.0, row.created_at, work.said.filter_item ? never : work.half_life_days);
    work.entry.filtered = hidden(work.state(work.item), shared_->chosen.weights.unhide_below, work.now).has_value();
    if (!work.said.filter_item) return;
    impact& flag = add_impact(work, "filter", work.item);
    flag.adjustment_magnitude = 0.0;
  }

  static void count_features(const step& work) {
    for (const std::string& feature : work.features) {
      reason_state& part = work.part(feature);
      ++part.dislikes;
    }
  }

  void move_weights(const step& work) {
    for (const plugin::adjustment& told : work.said.adjustments) {
      feature_state& state = work.state(told.feature);
      const double shared = shared_log_weight(work.serving, told.feature);
      const double floor = shared_->chosen.weights.floor;
      impact& moved = add_impact(work, std::string(family_of(told.feature)) + "_weight", told.feature);
      moved.adjustment_magnitude = told.magnitude;
      moved.weight_before = weight(log_weight(state, work.now), shared, floor);
      reason_state& part = state_of(state, work.entry.row.reason);
      part.sum.add(log_term(told.magnitude), work.entry.row.created_at, work.half_life_days);
      moved.weight_after = weight(log_weight(state, work.now), shared, floor);
    }
  }

  impact& add_impact(const step& work, std::string type, const std::string& feature) {
    recorded_impact& added = work.entry.impacts.emplace_back();
    added.half_life_days = type == "filter" ? 0.0 : work.half_life_days;
    added.row.impact_id = ids_->next(work.now);
    added.row.dislike_id = work.entry.row.dislike_id;
    added.row.model_version_id = work.serving.model_version_id;
    added.row.impact_type = std::move(type);
    added.row.feature_affected = feature;
    added.row.applied_at = work.now;
    return added.row;
  }

  static void train_as_told(const step& work) {
    if (work.said.training_factor <= 0.0)
      work.entry.example.reset();
    else
      work.entry.example->weight *= work.said.training_factor;
  }

  static void tell_user_so_far(const step& work) {
    user_so_far& user = work.entry.user;
    const dislike& row = work.entry.row;
    const feature_state& tally = work.state(tally_feature);
    for (const reason_state& part : tally.by_reason) {
      user.dislikes += part.dislikes;
      user.burst += part.sum.at(row.created_at);
      if (part.reason == row.reason) user.features.push_back({feature_name("reason", row.reason), part.dislikes});
    }
    for (const std::string& feature : work.features) {
      std::int64_t dislikes = 0;
      for (const reason_state& part : work.state(feature).by_reason) dislikes += part.dislikes;
      user.features.push_back({feature, dislikes});
    }
  }

  surroundings_ptr shared_;
  std::optional<id_generator> ids_;
};

struct adjustment_state : adjustment_logic {
  pattern_actor patterns;
  journal_actor journal;
};
using adjustment_pointer = adjustment_actor::stateful_pointer<adjustment_state>;

adjustment_actor::behavior_type adjustment(adjustment_pointer self, surroundings_ptr shared, id newest_id,
                                           pattern_actor patterns, journal_actor journal) {
  self->state.begin(std::move(shared), newest_id);
  self->state.patterns = std::move(patterns);
  self->state.journal = std::move(journal);
  return {[self](batch_ptr& passing) {
    auto owed = self->make_response_promise<batch_ptr>();
    auto todo = std::make_shared<const plan>(self->state.consider(passing->file));
    self->request(self->state.journal, caf::infinite, features_atom::value,
                  std::shared_ptr<const std::vector<feature_key>>(todo->touched))
        .then([self, todo, passing, owed](const std::shared_ptr<std::vector<feature_state>>& loaded) mutable {
          passing->file.features = std::move(*loaded);
          self->state.adjust(*todo, passing->file, passing->now);
          owed.delegate(self->state.patterns, std::move(passing));
        });
    return owed;
  }};
}

}  // namespace

adjustment_actor spawn_adjustment(const spawner& with, id newest_id, pattern_actor patterns, journal_actor journal) {
  return with.system.spawn(adjustment, with.shared, newest_id, std::move(patterns), std::move(journal));
}

}  // namespace demur::pipeline
