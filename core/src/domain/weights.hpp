#pragma once

#include "domain/case_file.hpp"

#include <demur/settings.hpp>
#include <demur/trainer.hpp>
#include <demur/types.hpp>

#include <string_view>

/// The weight formula (design, section 3). Pure.
namespace demur {

/// ln(1 + m), what an adjustment of magnitude m adds to a log-weight. m in [-1, 1); -1 itself reads as nearly all.
double log_term(double magnitude);

/// ln of 1 + m while the rise holds, then of what is left of m on the straight line to 1.
double log_weight(const rising_weight& rise, timestamp now);

/// What one reason adds to it: its faded sum and its rise.
double log_weight(const reason_state& part, timestamp now);

/// The personal log-weight of a feature at `now`, of all reasons.
double log_weight(const feature_state& state, timestamp now);

/// ln of the shared weight; 0 for a feature that the model does not know.
double shared_log_weight(const model& shared, std::string_view feature);

/// max(floor, exp(personal + shared)).
double weight(double personal_log_weight, double shared_log_weight, double floor);

/// Importance of a dislike in training at `age`: multiplier * 2^(-age / half-life). The strategy's factor comes on top.
double example_weight(const settings::weights_section& chosen, std::chrono::milliseconds age);

/// The reason's part of a state, added if it is not there; the order by reason is kept.
reason_state& state_of(feature_state& state, std::string_view reason);

/// Until when a disliked item stays hidden; nothing: for ever. `state` is that of the item.
struct hiding {
  std::string reason;
  id dislike_id = 0;
  std::optional<timestamp> until;
};
/// Why the item is hidden at `now`, if it is: the reason that hides it longest. A dislike hides its item while
/// 2^(-age / half-life) >= unhide_below; a reason whose strategy said how long, so long.
std::optional<hiding> hidden(const feature_state& item, double unhide_below, timestamp now);

}  // namespace demur
