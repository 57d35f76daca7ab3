#pragma once

#include <demur/actors.hpp>
#include <demur/runtime.hpp>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace demur::pipeline {
struct surroundings;
}

namespace demur {

/// Carries out a function in an actor, so that an answer can be awaited without a thread that blocks.
using asking = std::function<void(caf::event_based_actor*)>;
using asking_ptr = std::shared_ptr<const asking>;

/// One worker for all actors that do not block: a batch keeps one of them busy at a time, and handing it from thread to
/// thread costs more than the little that two batches could do side by side. Actors that block have threads of their own.
struct system_config : caf::actor_system_config {
  system_config() {
    set("scheduler.policy", caf::atom("sharing"));  // stealing would have the worker poll while it is idle
    set("scheduler.max-threads", 1U);
  }
};

/// A pipeline with what its actors share.
struct composed {
  pipeline_handles doors;
  std::shared_ptr<pipeline::surroundings> shared;
};
/// The one function that composes everything; spawn_pipeline for those who keep only the doors.
result<composed> compose(caf::actor_system& system, const settings& chosen, runtime_parts parts);

struct runtime::parts {
  settings chosen;
  clock_source clock;
  std::shared_ptr<pipeline::surroundings> shared;  // outlives the actors
  system_config config;
  caf::actor_system system{config};
  pipeline_handles handles;
  caf::actor asker;
  std::mutex stopping;
  std::optional<bool> stopped;  ///< what `stop` returned
  bool actors_ended = false;
};

}  // namespace demur

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::asking_ptr)
