#include "domain/user_state.hpp"

#include "domain/feature.hpp"
#include "domain/weights.hpp"

#include <algorithm>
#include <tuple>

namespace demur {

namespace {

/// The first state that does not come before this feature.
template <class States>
auto place_of(States& states, std::string_view feature) {
  return std::lower_bound(
      states.begin(), states.end(), feature,
      [](const feature_state& state, std::string_view wanted) { return state.feature.compare(wanted) < 0; });
}

/// Of two with one time the stronger is the newer: the order in which they came must not matter.
bool is_older(const rising_weight& one, const rising_weight& other) {
  const auto order = [](const rising_weight& of) {
    const bool stays = of.along.hold_days == for_ever;
    return std::tuple(of.begins_at, -of.magnitude, stays, of.along.hold_days, of.along.rise_days);
  };
  return order(one) < order(other);
}

reason_state& counted(user_state& user, std::string_view feature, const std::string& reason) {
  reason_state& part = state_of(state_of(user, feature), reason);
  ++part.dislikes;
  return part;
}

}  // namespace

const feature_state* find_state(const user_state& user, std::string_view feature) {
  const auto place = place_of(user.features, feature);
  return place != user.features.end() && place->feature == feature ? &*place : nullptr;
}

feature_state& state_of(user_state& user, std::string_view feature) {
  const auto place = place_of(user.features, feature);
  if (place != user.features.end() && place->feature == feature) return *place;
  return *user.features.insert(place, feature_state{std::string(feature), {}});
}

id newest_dislike_of(const user_state& user) {
  id newest = 0;
  if (const feature_state* tally = find_state(user, tally_feature))
    for (const reason_state& part : tally->by_reason) newest = std::max(newest, part.last_dislike_id);
  return newest;
}

double burst_half_life_days(const settings::patterns_section& rules) {
  constexpr double seconds_per_day = 86'400.0;
  return static_cast<double>(rules.burst_half_life.count()) / seconds_per_day;
}

std::vector<std::string> features_touched_by(const case_entry& entry) {
  const dislike& row = entry.row;
  auto touched = features_of(row.genres, row.cast, row.franchise);
  touched.emplace_back(tally_feature);
  touched.push_back(item_feature(row.movie_id, row.movie_title));
  for (const recorded_impact& moved : entry.impacts) touched.push_back(moved.row.feature_affected);
  return touched;
}

void count_dislike(user_state& user, const dislike& row, double burst_half_life_days) {
  reason_state& tally = counted(user, tally_feature, row.reason);
  tally.last_dislike_id = row.dislike_id;
  tally.sum.add(1.0, row.created_at, burst_half_life_days);

  reason_state& item = counted(user, item_feature(row.movie_id, row.movie_title), row.reason);
  item.last_dislike_id = row.dislike_id;
  item.sum.add(-1.0, row.created_at, row.half_life_days);

  for (const std::string& feature : features_of(row.genres, row.cast, row.franchise))
    counted(user, feature, row.reason);
}

void move_weight(user_state& user, const dislike& row, const recorded_impact& moved) {
  if (moved.row.impact_type == filter_impact && !moved.rise) return;
  reason_state& part = state_of(state_of(user, moved.row.feature_affected), row.reason);
  if (moved.rise) {
    const rising_weight next{row.created_at, moved.row.adjustment_magnitude, *moved.rise};
    if (!part.rise || is_older(*part.rise, next)) part.rise = next;
    return;
  }
  part.sum.add(log_term(moved.row.adjustment_magnitude), row.created_at, moved.half_life_days);
}

void fold(user_state& user, const case_entry& entry, double burst_half_life_days) {
  if (entry.readjustment_id == 0) count_dislike(user, entry.row, burst_half_life_days);
  for (const recorded_impact& moved : entry.impacts) move_weight(user, entry.row, moved);
}

}  // namespace demur
