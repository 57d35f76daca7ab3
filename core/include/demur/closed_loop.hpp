#pragma once

#include <demur/error.hpp>
#include <demur/evaluation.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

/// What does learning from dislikes do to those who live with the recommender? Measured in a made-up world whose users'
/// tastes are known: what they are shown is what the model learnt from what they said of what they were shown.
namespace demur {

/// What may be compared. In each arm a disliked item is not shown to that user again, so that no gain is a filter's.
///   `without`: nothing else comes of a dislike; the same model learns from likes alone
///   `late`: dislikes count from the next training on
///   `with`: they are folded in at once too, with their reasons
struct closed_loop_plan {
  std::vector<std::string> arms{"without", "late", "with"};
  std::int64_t users = 300;
  std::int64_t items = 600;
  std::int64_t days = 30;
  std::int64_t shown = 10;         ///< items a day to each user; at most a twentieth of the items
  std::int64_t history = 20;       ///< items that each user met, by their popularity, before the first day
  std::int64_t retrain_every = 7;  ///< days
  double exploration = 0.05;       ///< share of the places that are left to chance
  double loathing = 1.0;           ///< how strong dislike of a genre, a person, a series is; 0: there is none
  std::int64_t worlds = 5;
  std::uint64_t seed = 1;  ///< of the first world; the others have the next ones
  std::int64_t factors = 32;
  std::int64_t threads = 0;  ///< 0: all cores
};

/// Of one arm. Of what was shown, `dislikes` and `likes`: shares of which this was said; `utility`: what its user truly
/// makes of it, said or not. Of the day's lists, `coverage`: share of the items that anybody was shown, `gini`: how
/// unevenly (0: all items as often), `diversity`: mean distance of two items of a list, 1 - the Jaccard index of their
/// genres. Without entries if nothing was shown.
using closed_loop_figures = std::map<std::string, double>;

struct closed_loop_arm {
  std::string name;
  std::vector<std::vector<closed_loop_figures>> by_day;  ///< of each world, of each day
  std::vector<closed_loop_figures> by_world;             ///< means over the days
  closed_loop_figures mean;
  std::map<std::string, paired_difference> difference;  ///< to `without`, by world; empty for it, or if it is not there
};

struct closed_loop_report {
  std::vector<closed_loop_arm> arms;
};

/// Each arm lives through the same worlds, in which the same user says the same of the same item on the same day. The same
/// numbers for the same plan on the same processor, whatever the number of threads. `progress` is told how many of all
/// the days are over, by several threads, one at a time. Errors: `bad_value` names the field of the plan.
result<closed_loop_report> run_closed_loop(const closed_loop_plan& plan,
                                           const std::function<void(std::int64_t, std::int64_t)>& progress = {});

}  // namespace demur
