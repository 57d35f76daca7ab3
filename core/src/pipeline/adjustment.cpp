#include "domain/by_text.hpp"
#include "domain/clock.hpp"
#include "domain/feature.hpp"
#include "domain/user_state.hpp"
#include "domain/weights.hpp"
#include "pipeline/spawn.hpp"

#include <caf/sec.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

namespace demur::pipeline {

namespace {

/// What one batch needs: the strategies' verdicts, and which states they and the counts touch.
struct plan {
  std::vector<plugin::verdict> verdicts;  ///< one per entry
  std::vector<user_features> touched;     ///< sorted by user
};

class adjustment_logic {
public:
  const char* name = "adjustment";

  void begin(surroundings_ptr shared, id newest_id) {
    shared_ = std::move(shared);
    ids_.emplace(shared_->chosen.node.id, newest_id);
    burst_half_life_days_ = burst_half_life_days(shared_->chosen.patterns);
  }

  plan consider(const case_file& file, timestamp now) {
    plan todo;
    todo.verdicts.reserve(file.entries.size());
    todo.touched.reserve(file.entries.size());
    for (const case_entry& entry : file.entries) {
      const plugin::verdict& said = todo.verdicts.emplace_back(ask_strategy(entry.row, now));
      user_features& of_entry = todo.touched.emplace_back(user_features{entry.row.user_id, features_touched_by(entry)});
      for (const auto& adjusted : said.adjustments) of_entry.features.push_back(adjusted.feature);
    }
    join_users(todo.touched);
    return todo;
  }

  /// All states are there: count the dislikes and move the weights.
  void adjust(const plan& todo, case_file& file, timestamp now) {
    const auto serving = shared_->serving.get();
    for (std::size_t i = 0; i < file.entries.size(); ++i) {
      case_entry& entry = file.entries[i];
      step work{*serving, entry, user_of(file, entry.row.user_id), todo.verdicts[i], now, 0.0};
      work.half_life_days =
          shared_->strategies.find(entry.row.reason)->half_life_days(shared_->chosen.weights.half_life_days);
      entry.model_version_id = serving->model_version_id;
      count(work);
      move_weights(work);
      train_as_told(work);
      tell_user_so_far(work);
    }
  }

  /// The next batch is adjusted while this one is being committed.
  void expect(std::vector<user_state> changed) { shared_->recent->expect(std::move(changed)); }

private:
  struct step {
    const model& serving;
    case_entry& entry;
    user_state& user;
    const plugin::verdict& said;
    timestamp now;
    double half_life_days;
  };

  /// One element a user, its features sorted and distinct.
  static void join_users(std::vector<user_features>& touched) {
    std::ranges::stable_sort(touched, {}, &user_features::user_id);
    std::size_t users = 0;
    for (std::size_t i = 0; i < touched.size(); ++i) {
      if (users > 0 && touched[users - 1].user_id == touched[i].user_id) {
        auto& features = touched[users - 1].features;
        std::ranges::move(touched[i].features, std::back_inserter(features));
      } else {
        if (users != i) touched[users] = std::move(touched[i]);
        ++users;
      }
    }
    touched.resize(users);
    for (user_features& user : touched) {
      std::ranges::sort(user.features);
      const auto repeated = std::ranges::unique(user.features);
      user.features.erase(repeated.begin(), repeated.end());
    }
  }

  static user_state& user_of(case_file& file, std::string_view user_id) {
    return *std::ranges::lower_bound(file.users, user_id, {},
                                     [](const user_state& user) -> std::string_view { return user.user_id; });
  }

  /// A dislike whose strategy fails stands, with its training example; only the adjustments are missing.
  plugin::verdict ask_strategy(const dislike& row, timestamp now) {
    plugin::strategy& asked = *shared_->strategies.find(row.reason);
    auto said = asked.adjust(row);
    if (said) return *std::move(said);
    tell_failure(row, asked.failures(), said.problem(), now);
    return {};
  }

  /// Once a minute for each strategy: one that always fails must not fill the disk with its complaints.
  void tell_failure(const dislike& row, std::uint64_t failures, const error& why, timestamp now) {
    constexpr std::chrono::minutes quiet{1};
    timestamp& told_at = told_at_.try_emplace(row.reason, now - quiet).first->second;
    if (now >= told_at && now < told_at + quiet) return;
    told_at = now;
    spdlog::warn("dislike {}: no adjustments for {}: {} (failure {} of this strategy)", row.dislike_id, row.reason,
                 why.detail, failures);
  }

  void count(const step& work) {
    constexpr double never = 0.0;
    dislike& row = work.entry.row;
    row.previous_dislike_id = newest_dislike_of(work.user);
    row.half_life_days = work.said.filter_item ? never : work.half_life_days;
    count_dislike(work.user, row, burst_half_life_days_);
    const std::string item = item_feature(row.movie_id, row.movie_title);
    work.entry.filtered =
        hidden(*find_state(work.user, item), shared_->chosen.weights.unhide_below, work.now).has_value();
    if (work.said.filter_item) add_impact(work, std::string(filter_impact), item, never);
  }

  void move_weights(const step& work) {
    const double floor = shared_->chosen.weights.floor;
    for (const plugin::adjustment& told : work.said.adjustments) {
      const double shared = shared_log_weight(work.serving, told.feature);
      recorded_impact& moved =
          add_impact(work, std::string(family_of(told.feature)) + "_weight", told.feature, work.half_life_days);
      moved.row.adjustment_magnitude = told.magnitude;
      feature_state& state = state_of(work.user, told.feature);
      moved.row.weight_before = weight(log_weight(state, work.now), shared, floor);
      move_weight(work.user, work.entry.row, moved);
      moved.row.weight_after = weight(log_weight(state, work.now), shared, floor);
    }
  }

  recorded_impact& add_impact(const step& work, std::string type, const std::string& feature, double half_life_days) {
    recorded_impact& added = work.entry.impacts.emplace_back();
    added.half_life_days = half_life_days;
    added.row.impact_id = ids_->next(work.now);
    added.row.dislike_id = work.entry.row.dislike_id;
    added.row.model_version_id = work.serving.model_version_id;
    added.row.impact_type = std::move(type);
    added.row.feature_affected = feature;
    added.row.applied_at = work.now;
    return added;
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
    for (const reason_state& part : find_state(work.user, tally_feature)->by_reason) {
      user.dislikes += part.dislikes;
      user.burst += part.sum.at(row.created_at);
      if (part.reason == row.reason) user.features.push_back({feature_name("reason", row.reason), part.dislikes});
    }
    for (std::string& feature : features_of(row.genres, row.cast, row.franchise)) {
      std::int64_t dislikes = 0;
      for (const reason_state& part : find_state(work.user, feature)->by_reason) dislikes += part.dislikes;
      user.features.push_back({std::move(feature), dislikes});
    }
  }

  surroundings_ptr shared_;
  std::optional<id_generator> ids_;
  double burst_half_life_days_ = 0.0;
  by_text<timestamp> told_at_;  ///< by reason
};

struct adjustment_state : adjustment_logic {
  std::unique_ptr<store::reader> store;
  pattern_actor patterns;
};
using adjustment_pointer = adjustment_actor::stateful_pointer<adjustment_state>;

/// A store that cannot be read ends the adjustment, and so the pipeline.
caf::result<batch_ptr> adjust(adjustment_pointer self, batch_ptr passing) {
  auto& state = self->state;
  const plan todo = state.consider(passing->file, passing->now);
  auto loaded = state.store->states(todo.touched);
  if (!loaded) {
    spdlog::error("adjustment: {}", loaded.problem().detail);
    caf::error failed = caf::make_error(caf::sec::runtime_error, loaded.problem().detail);
    self->quit(failed);
    return failed;
  }
  passing->file.users = *std::move(loaded);
  state.adjust(todo, passing->file, passing->now);
  state.expect(std::move(passing->file.users));
  return self->delegate(state.patterns, std::move(passing));
}

adjustment_actor::behavior_type adjustment(adjustment_pointer self, surroundings_ptr shared,
                                           std::shared_ptr<std::unique_ptr<store::reader>> store, id newest_id,
                                           pattern_actor patterns) {
  self->state.begin(std::move(shared), newest_id);
  self->state.store = std::move(*store);
  self->state.patterns = std::move(patterns);
  return {[self](batch_ptr& passing) { return adjust(self, std::move(passing)); }};
}

}  // namespace

adjustment_actor spawn_adjustment(const spawner& with, std::unique_ptr<store::reader> store, id newest_id,
                                  pattern_actor patterns) {
  auto owned = std::make_shared<std::unique_ptr<store::reader>>(std::move(store));
  if (with.threads_of_their_own)
    return with.system.spawn<caf::detached>(adjustment, with.shared, std::move(owned), newest_id, std::move(patterns));
  return with.system.spawn(adjustment, with.shared, std::move(owned), newest_id, std::move(patterns));
}

}  // namespace demur::pipeline
