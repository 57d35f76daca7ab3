#include "pipeline/completion.hpp"
#include "pipeline/spawn.hpp"

namespace demur::pipeline {

namespace {

struct weighting_state {
  surroundings_ptr shared;
  adjustment_actor adjustment;
  const char* name = "weighting";

  void weigh(batch& file) const {
    for (case_entry& entry : file.file.entries)
      entry.example = make_example(entry.row, shared->chosen.weights, file.now);
  }
};

weighting_actor::behavior_type weighting(weighting_actor::stateful_pointer<weighting_state> self,
                                         surroundings_ptr shared, adjustment_actor adjustment) {
  self->state.shared = std::move(shared);
  self->state.adjustment = std::move(adjustment);
  return {[self](batch_ptr& passing) {
    self->state.weigh(*passing);
    return self->delegate(self->state.adjustment, std::move(passing));
  }};
}

}  // namespace

weighting_actor spawn_weighting(const spawner& with, adjustment_actor adjustment) {
  return with.system.spawn(weighting, with.shared, std::move(adjustment));
}

}  // namespace demur::pipeline
