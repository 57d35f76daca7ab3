#pragma once

#include <demur/reports.hpp>
#include <demur/trainer.hpp>
#include <demur/types.hpp>

#include <mutex>
#include <optional>
#include <string_view>

namespace demur::pipeline {

/// Where everybody can read what the retrain does. Written by the scheduler and the trainer's actor.        [any thread]
class retrain_board {
public:
  retrain_status status() const;

  /// What the store knows of the newest version, before anything runs.
  void remember(const std::optional<model_version>& newest);
  void begin(const model_version& started);
  void advance(id retrain_id, const training_progress& newest);
  /// `outcome`: what became of it, in the words of the live stream. Of another version than the one that runs: ignored.
  void end(id retrain_id, std::string_view outcome, std::string_view detail);

private:
  mutable std::mutex mutex_;
  retrain_status status_;
};

}  // namespace demur::pipeline
