#pragma once

#include "pipeline/actors.hpp"
#include "pipeline/experiment_counts.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace demur::pipeline {

/// An experiment that runs.
struct running_experiment {
  experiment_row row;
  experiment_counts counts;
  std::int64_t looks = 0;
  double p = 1.0;
  std::int64_t impressions_at_last_look = 0;
};
experiment_report report_of(const running_experiment& one);

/// What the experiments actor knows, and what it makes of it; writes nothing.
class experiment_logic {
public:
  const char* name = "experiments";
  surroundings_ptr shared;
  std::unique_ptr<store::reader> store;
  std::vector<running_experiment> running;
  std::vector<experiment_row> unanswered;  ///< decided, and what was asked of the versions has not been answered
  bool loaded = false;

  /// What runs, as the store has it. Once.
  result<done> load();
  /// Counts what was committed since the last time.
  result<done> catch_up();
  running_experiment& add(experiment_row row, const std::optional<experiment_look>& look);
  /// Null: it does not run.
  running_experiment* find(id experiment_id);

  /// The newest hundred.
  result<std::vector<experiment_report>> list();
  result<experiment_report> report(const experiment_row& row);
  /// The plan, or why it cannot begin now.
  result<experiment_plan> admitted(const experiment_plan& wanted);
  /// A look at this experiment, and what it makes of it. `stopped_because`: it ends with it.
  experiment_step look_at(const running_experiment& one, std::optional<std::string> stopped_because) const;

private:
  std::optional<experiment_action> action_of(const experiment_row& row) const;
  result<done> catch_up(running_experiment& one, const rated_users::noted& rated);
  result<done> count_likes(experiment_counts& counts, const std::string& user_id);
};

}  // namespace demur::pipeline
