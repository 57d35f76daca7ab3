#pragma once

#include "learning/arm_moments.hpp"

#include <demur/experiments.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// When an experiment is decided, and what is told of it. Pure.
namespace demur::learning {

/// Control, candidate.
using both_arms = std::array<arm_moments, 2>;

/// Whether the next look is due: a hundred impressions came since the last one, or a hundredth of what there was,
/// whichever is more. Looks may come as often as one likes; this only bounds how many are written down.
bool look_is_due(const both_arms& arms, std::int64_t impressions_at_last_look);

/// What one look comes to.
struct verdict {
  double p = 1.0;  ///< always valid
  experiment_state state = experiment_state::running;
  std::string decision;  ///< in words, of the state
};

/// The rules, once each arm has min_impressions and 30 users:
/// - lost: more dislikes per impression than the control (p <= alpha), or so many fewer likes that the whole always-valid
///   interval lies below -max_like_drop of the control's rate;
/// - won: fewer dislikes (p <= alpha), and the estimate of the likes not below that limit;
/// - inconclusive: none of these when each arm has max_impressions.
/// `p`: of the look before, 1 before the first.
verdict judge(const experiment_plan& plan, const both_arms& arms, double p);

/// Fills in the arms and what their comparison says.
void describe(const both_arms& arms, experiment_report& into);

std::int64_t impressions_of(const both_arms& arms);

/// The arms as text, and back; false if it is none that `write_arms` wrote.
std::string write_arms(const both_arms& arms);
bool read_arms(std::string_view text, both_arms& into);

}  // namespace demur::learning
