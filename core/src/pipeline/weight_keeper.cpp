#include "pipeline/spawn.hpp"

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <spdlog/spdlog.h>

namespace demur::pipeline {

namespace {

struct weight_keeper_state {
  const char* name = "weight_keeper";
  surroundings_ptr shared;
  std::unique_ptr<store::weights_writer> store;

  result<done> merge() {
    store::recent_states& recent = *shared->recent;
    if (recent.waiting() == 0) return done{};
    auto merged = store->merge(recent.take());
    if (merged) recent.merged();
    return merged;
  }
};
using weight_keeper_pointer = weight_keeper_actor::stateful_pointer<weight_keeper_state>;

weight_keeper_actor::behavior_type weight_keeper(weight_keeper_pointer self, surroundings_ptr shared,
                                                 std::shared_ptr<std::unique_ptr<store::weights_writer>> store) {
  self->state.shared = std::move(shared);
  self->state.store = std::move(*store);
  // Only to spare the next start the work: what is not merged is folded then.
  self->set_exit_handler([self](const caf::exit_msg& asked) {
    if (auto merged = self->state.merge(); !merged) spdlog::warn("weight keeper: {}", merged.problem().detail);
    self->quit(asked.reason);
  });
  return {[self](merge_atom) -> caf::result<void> {
    auto merged = self->state.merge();
    if (merged) return {};
    spdlog::error("weight keeper: {}", merged.problem().detail);
    caf::error failed = caf::make_error(caf::sec::runtime_error, merged.problem().detail);
    self->quit(failed);
    return failed;
  }};
}

}  // namespace

weight_keeper_actor spawn_weight_keeper(const spawner& with, std::unique_ptr<store::weights_writer> store) {
  auto owned = std::make_shared<std::unique_ptr<store::weights_writer>>(std::move(store));
  if (with.threads_of_their_own) return with.system.spawn<caf::detached>(weight_keeper, with.shared, std::move(owned));
  return with.system.spawn(weight_keeper, with.shared, std::move(owned));
}

}  // namespace demur::pipeline
