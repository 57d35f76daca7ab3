#pragma once

#include "pipeline/actors.hpp"
#include "pipeline/metrics_state.hpp"
#include "pipeline/pattern_state.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace demur::pipeline {

/// The journal's: one that writes, and one that reads the users' states as they are committed.
struct journal_sessions {
  std::unique_ptr<store::writer> store;
  std::unique_ptr<store::reader> states;
};

/// All that the actors must know when they begin.
struct loaded_state {
  journal_sessions journal;
  std::unique_ptr<store::weights_writer> weights;
  std::unique_ptr<store::reader> states;  ///< the adjustment's: with what is coming
  std::vector<strategy_version> strategies;
  std::int64_t adjustments_pending = 0;
  id newest_id = 0;
  id through_recorded_id = 0;  ///< the recommendation set that the pattern counts include last
  metrics_state metrics;
  pattern_state patterns;
  std::vector<pattern> known_of_all;
  std::optional<retrain_cause> due;
  std::optional<timestamp> last_retrain_at;   ///< when the newest version was begun, whatever became of it
  std::optional<model_version> last_retrain;  ///< that version
};

/// Opens the store and folds it: the newest snapshots and what came after them, the users' states likewise. The same store
/// always gives the same state.
result<loaded_state> load(const surroundings& shared);

/// The model that was live when the store was last written, or the empty model 0.
result<std::shared_ptr<const model>> load_live_model(const settings& chosen, const std::filesystem::path& folder);

/// By reason, the plugin that was promoted. The first to open the store makes its tables.
result<std::map<std::string, std::string>> load_promoted(const settings& chosen);

}  // namespace demur::pipeline
