#pragma once

#include "domain/case_file.hpp"

#include <demur/settings.hpp>

#include <string>
#include <string_view>
#include <vector>

/// What a dislike does to what is kept of its user. There is one definition of it: the pipeline applies it to dislikes as
/// they come, a start to those that the store's weights lag behind. Pure.
namespace demur {

/// The state of a feature; null if the user has none.
const feature_state* find_state(const user_state& user, std::string_view feature);
/// The same, added if it is not there; the order by feature is kept.
feature_state& state_of(user_state& user, std::string_view feature);

/// The user's dislike before the next one; 0: none yet.
id newest_dislike_of(const user_state& user);

/// With which a user's tally fades, so that it shows bursts.
double burst_half_life_days(const settings::patterns_section& rules);

/// The features whose states `fold` looks at or changes, unsorted.
std::vector<std::string> features_touched_by(const case_entry& entry);

/// The dislike counts: for its user, its item (which it hides), its item's features.
void count_dislike(user_state& user, const dislike& row, double burst_half_life_days);
/// An adjustment moves its feature's weight. A `filter` moves none; with a rise, that says how long its item is hidden.
void move_weight(user_state& user, const dislike& row, const recorded_impact& moved);
/// Both, for a dislike as it was recorded; the second alone for what came later.
void fold(user_state& user, const case_entry& entry, double burst_half_life_days);

}  // namespace demur
