#pragma once

#include <demur/experiments.hpp>

/// What is stored of experiments.
namespace demur {

/// A row of experiments.
struct experiment_row {
  id experiment_id = 0;  ///< what has a greater id came after it began
  experiment_plan plan;
  experiment_state state = experiment_state::running;
  std::optional<timestamp> decided_at;
  std::string decision;
  std::optional<experiment_action> action;

  friend bool operator==(const experiment_row&, const experiment_row&) = default;
};

/// A row of experiment_looks: what was seen, and made of it, at one time.
struct experiment_look {
  id experiment_id = 0;
  std::int64_t look = 0;  ///< 1, 2, ...
  timestamp looked_at{};
  double p = 1.0;  ///< always valid
  std::int64_t impressions_left_out = 0;
  std::string arms;  ///< their counts, in the words of the learning room
};

/// An experiment as it is from now on, with the look that made it so.
struct experiment_step {
  experiment_row row;
  std::optional<experiment_look> look;
};

/// Where an experiment is in its counting.
struct experiment_place {
  id through_recorded_id = 0;
  id through_dislike_id = 0;
};

}  // namespace demur
