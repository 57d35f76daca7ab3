#include "domain/feature.hpp"
#include "domain/user_state.hpp"
#include "domain/weights.hpp"
#include "pipeline/adjustment_logic.hpp"

#include <algorithm>
#include <utility>

/// Dislikes whose strategy could not be asked when they came.
namespace demur::pipeline {

namespace {

/// So many are put to a strategy that is back at once; those with which its process has ended already, one by one.
constexpr std::int64_t at_once = 64;
/// A dislike with which the process ended so often stays without adjustments.
constexpr std::int64_t most_attempts = 3;

}  // namespace

/// Of the strategies that can be asked now. Nothing came of it: the batch says so.
result<done> adjustment_logic::readjust(case_file& file) {
  readjustment& what = file.readjustment;
  if (what.readjustment_id == 0) return done{};
  for (const auto& [reason, seat] : *seated_) {
    if (seat.live->state() != plugin::strategy_state::serving) continue;
    auto waiting = who_waits(reason);
    if (!waiting) return std::move(waiting).problem();
    if (waiting->empty()) continue;
    if (auto readjusted = readjust(file, *waiting); !readjusted) return readjusted;
  }
  std::ranges::sort(what.adjusted, {}, [](const case_entry& entry) { return entry.row.dislike_id; });
  shared_->adjustments_pending -= static_cast<std::int64_t>(what.adjusted.size() + what.given_up.size());
  if (what.adjusted.empty()) what.readjustment_id = 0;
  return done{};
}

result<std::vector<pending_adjustment>> adjustment_logic::who_waits(const std::string& reason) {
  auto fresh = store_->pending_adjustments(reason, 0, 0, at_once);
  if (!fresh || !fresh->empty()) return fresh;
  return store_->pending_adjustments(reason, 1, most_attempts, 1);
}

result<done> adjustment_logic::readjust(case_file& file, const std::vector<pending_adjustment>& waiting) {
  readjustment& what = file.readjustment;
  std::vector<const dislike*> rows;
  for (const pending_adjustment& one : waiting) rows.push_back(&one.row);
  auto opinions = ask_strategies(rows, *seated_, services_for(file), false);

  std::vector<user_features> touched;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    const dislike& row = waiting[i].row;
    const result<plugin::verdict>& said = opinions[i].live;
    if (!said) {
      const bool again = said.problem().code == error_code::unavailable && waiting[i].attempts + 1 < most_attempts;
      (again ? what.failed : what.given_up).push_back(row.dislike_id);
      tell_failure(row, said.problem());
      continue;
    }
    user_features& of_row = touched.emplace_back(user_features{row.user_id, {}});
    of_row.features.push_back(item_feature(row.movie_id, row.movie_title));
    for (const plugin::adjustment& told : said->adjustments) of_row.features.push_back(told.feature);
  }
  if (auto loaded = load_states(file, std::move(touched)); !loaded) return loaded;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (!opinions[i].live) continue;
    case_entry& entry = what.adjusted.emplace_back();
    entry.row = waiting[i].row;
    entry.readjustment_id = what.readjustment_id;
    entry.model_version_id = serving_->model_version_id;
    entry.strategy = opinions[i].seat->live->name();
    entry.strategy_version = opinions[i].seat->live->version();
    adjust_late(file, entry, *opinions[i].live);
  }
  return done{};
}

/// The dislike is counted, and has its example and its hold on its item; the weights move as if they had with it.
void adjustment_logic::adjust_late(case_file& file, case_entry& entry, const plugin::verdict& said) {
  const plugin::seat* seat = seat_of(entry.row);
  const step work{entry, user_in(file, entry.row.user_id), said, half_life_of(entry.row),
                  version_id(file, *seat->live)};
  if (said.filter_item) filter(work, straight_rise{said.hide_days.value_or(for_ever), 0.0});
  move_weights(work);
  entry.training_factor = said.training_factor;
}

}  // namespace demur::pipeline
