#pragma once

#include <demur/actors.hpp>
#include <demur/runtime.hpp>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>

#include <functional>
#include <memory>

namespace demur {

/// Carries out a function in an actor, so that an answer can be awaited without a thread that blocks.
using asking = std::function<void(caf::event_based_actor*)>;
using asking_ptr = std::shared_ptr<const asking>;

struct runtime::parts {
  settings chosen;
  clock_source clock;
  caf::actor_system_config config;
  caf::actor_system system{config};
  pipeline_handles handles;
  caf::actor asker;
  bool stopped = false;
};

}  // namespace demur

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::asking_ptr)
