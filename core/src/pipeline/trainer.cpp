#include "learning/model_file.hpp"
#include "pipeline/model_folder.hpp"
#include "pipeline/spawn.hpp"

#include <spdlog/spdlog.h>

#include <exception>

namespace demur::pipeline {

result<done> prune_models(const surroundings& shared, store::reader& store) {
  auto versions = store.models();
  if (!versions) return std::move(versions).problem();
  std::set<id> kept;
  for (const model_version& version : *versions) {
    if (version.state != model_state::live && version.state != model_state::retired) continue;
    if (static_cast<std::int64_t>(kept.size()) > shared.chosen.retrain.kept_versions) break;
    kept.insert(version.model_version_id);
  }
  learning::remove_other_models(shared.model_folder, kept);
  return done{};
}

namespace {

class stored_claim final : public claim_reader {
public:
  stored_claim(store::reader& store, const store::claim_range& range) : store_(store), range_(range) {}
  result<done> each_adjustment(const std::function<void(const claimed_adjustment&)>& visit) const override {
    return store_.each_adjustment(range_, visit);
  }

private:
  store::reader& store_;
  store::claim_range range_;
};

result<training_outcome> train(surroundings& shared, const claim_answer& taken) {
  shared.training_cancelled = false;
  auto store = store::reader::open(shared.chosen);
  if (!store) return std::move(store).problem();
  if (auto pruned = prune_models(shared, **store); !pruned) return std::move(pruned).problem();
  const stored_claim claim(**store, taken.range);
  training_task task;
  task.model_version_id = taken.version.model_version_id;
  task.now = taken.version.created_at;
  task.parent = shared.serving.get();
  task.claim = &claim;
  task.retrain = shared.chosen.retrain;
  task.defective_items = taken.defective_items;
  task.cancelled = &shared.training_cancelled;
  auto outcome = shared.trainer->train(task);
  if (!outcome) return outcome;
  if (auto saved = learning::save_model(shared.model_folder, outcome->trained); !saved)
    return std::move(saved).problem();
  return outcome;
}

/// A trainer of someone else's may throw although it must not.
result<training_outcome> train_safely(surroundings& shared, const claim_answer& taken) {
  try {
    return train(shared, taken);
  } catch (const std::exception& thrown) {
    return error{error_code::internal, std::string("The trainer threw: ") + thrown.what(), {}, {}, {}};
  }
}

trainer_actor::behavior_type run_trainer(trainer_actor::pointer, surroundings_ptr shared) {
  return {[shared](train_atom, const claim_answer& taken) {
    return std::make_shared<const result<training_outcome>>(train_safely(*shared, taken));
  }};
}

}  // namespace

trainer_actor spawn_trainer(const spawner& with) {
  if (with.threads_of_their_own) return with.system.spawn<caf::detached>(run_trainer, with.shared);
  return with.system.spawn(run_trainer, with.shared);
}

}  // namespace demur::pipeline
