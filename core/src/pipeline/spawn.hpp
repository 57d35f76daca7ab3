#pragma once

#include "pipeline/actors.hpp"
#include "pipeline/load.hpp"
#include "pipeline/metrics_state.hpp"
#include "pipeline/pattern_state.hpp"

#include <caf/actor_system.hpp>
#include <caf/delegated.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <memory>
#include <vector>

/// How each actor comes to life: to everyone else an actor is one of these functions. Downstream first.
namespace demur::pipeline {

/// `threads_of_their_own`: actors that block (journal, weight keeper, adjustment, readers) get one; `trains_apart`: the
/// trainer does. Tests with a deterministic scheduler say no.
struct spawner {
  caf::actor_system& system;
  surroundings_ptr shared;
  bool threads_of_their_own = true;
  bool trains_apart = true;
};

metrics_actor spawn_metrics(const spawner& with, metrics_state state);
weight_keeper_actor spawn_weight_keeper(const spawner& with, std::unique_ptr<store::weights_writer> store);
journal_actor spawn_journal(const spawner& with, journal_sessions begin, id newest_id, weight_keeper_actor keeper,
                            metrics_actor metrics, answers_actor answers);
/// `due`: a retrain is due from the start.
pattern_actor spawn_pattern_analysis(const spawner& with, pattern_state state, std::vector<pattern> known_of_all,
                                     id newest_id, id through_recorded_id, bool due, journal_actor journal,
                                     metrics_actor metrics);
trainer_actor spawn_trainer(const spawner& with, metrics_actor metrics);
/// `last_retrain_at`: the cool-down goes on over a restart.
scheduler_actor spawn_scheduler(const spawner& with, id newest_id, std::optional<timestamp> last_retrain_at,
                                trainer_actor trainer, pattern_actor patterns, journal_actor journal,
                                metrics_actor metrics);
experiments_actor spawn_experiments(const spawner& with, journal_actor journal, metrics_actor metrics,
                                    scheduler_actor scheduler);
/// What the adjustment owns from the start.
struct adjustment_begin {
  std::unique_ptr<store::reader> store;
  std::vector<strategy_version> known;
};
adjustment_actor spawn_adjustment(const spawner& with, adjustment_begin begin, id newest_id, pattern_actor patterns);
weighting_actor spawn_weighting(const spawner& with, adjustment_actor adjustment);
ingestion_actor spawn_ingestion(const spawner& with, id newest_id, weighting_actor weighting, journal_actor journal,
                                scheduler_actor scheduler, answers_actor answers);
plugin_keeper_actor spawn_plugin_keeper(const spawner& with);
/// The door: spawns all of the above, and again when one of them dies.
pipeline_actor spawn_door(const spawner& with, loaded_state begin);
/// `pipeline` is asked for what the readers cannot know.
queries_actor spawn_queries(const spawner& with, pipeline_actor pipeline);

}  // namespace demur::pipeline
