#include "pipeline/adjustment_logic.hpp"
#include "pipeline/spawn.hpp"

#include <caf/sec.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace demur::pipeline {

namespace {

struct adjustment_state : adjustment_logic {
  pattern_actor patterns;
};
using adjustment_pointer = adjustment_actor::stateful_pointer<adjustment_state>;

/// A store that cannot be read ends the adjustment, and so the pipeline.
caf::result<batch_ptr> adjust(adjustment_pointer self, batch_ptr passing) {
  if (auto adjusted = self->state.adjust(passing->file, passing->now); !adjusted) {
    spdlog::error("adjustment: {}", adjusted.problem().detail);
    caf::error failed = caf::make_error(caf::sec::runtime_error, adjusted.problem().detail);
    self->quit(failed);
    return failed;
  }
  return self->delegate(self->state.patterns, std::move(passing));
}

caf::result<preview_answer_ptr> preview_one(adjustment_pointer self, preview_ptr tried) {
  if (auto adjusted = self->state.preview(*tried); !adjusted)
    return std::make_shared<const reply<preview_answer>>(reply<preview_answer>{std::move(adjusted).problem(), {}});
  return self->delegate(self->state.patterns, preview_atom::value, std::move(tried));
}

adjustment_actor::behavior_type adjustment(adjustment_pointer self, surroundings_ptr shared,
                                           std::shared_ptr<adjustment_begin> begin, id newest_id,
                                           pattern_actor patterns) {
  self->state.begin(std::move(shared), std::move(begin->store), newest_id, begin->known);
  self->state.patterns = std::move(patterns);
  return {
      [self](batch_ptr& passing) { return adjust(self, std::move(passing)); },
      [self](preview_atom, preview_ptr& tried) { return preview_one(self, std::move(tried)); },
  };
}

}  // namespace

adjustment_actor spawn_adjustment(const spawner& with, adjustment_begin begin, id newest_id, pattern_actor patterns) {
  auto owned = std::make_shared<adjustment_begin>(std::move(begin));
  if (with.threads_of_their_own)
    return with.system.spawn<caf::detached>(adjustment, with.shared, std::move(owned), newest_id, std::move(patterns));
  return with.system.spawn(adjustment, with.shared, std::move(owned), newest_id, std::move(patterns));
}

}  // namespace demur::pipeline
