#include "learning/model_file.hpp"
#include "pipeline/model_folder.hpp"
#include "pipeline/spawn.hpp"

#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include <atomic>
#include <exception>
#include <system_error>
#include <thread>

namespace demur::pipeline {

result<done> prune_models(const surroundings& shared, store::reader& store) {
  auto versions = store.models();
  if (!versions) return std::move(versions).problem();
  std::set<id> kept;
  std::int64_t room = shared.chosen.retrain.kept_versions;
  for (const model_version& version : *versions) {
    const bool without_file = version.state == model_state::training || version.state == model_state::failed;
    if (without_file || (version.state != model_state::live && --room < 0)) continue;
    kept.insert(version.model_version_id);
  }
  auto experiments = store.open_experiments();
  if (!experiments) return std::move(experiments).problem();
  for (const experiment_row& running : *experiments)
    for (const experiment_arm& arm : running.plan.arms)
      if (arm.model_version_id) kept.insert(*arm.model_version_id);
  learning::remove_other_models(shared.model_folder, kept);
  return done{};
}

namespace {

error cancelled() { return {error_code::conflict, "The retrain was cancelled.", {}, {}, {}}; }

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

class stored_training_set final : public training_set {
public:
  stored_training_set(store::reader& store, id through, double rating_weight, const std::atomic<bool>& given_up)
      : store_(store), through_(through), rating_weight_(rating_weight), given_up_(given_up) {}

  result<done> each_opinion(const std::function<void(const training_opinion&)>& visit) const override {
    auto read = store_.each_opinion(through_, rating_weight_, [&](const training_opinion& one) {
      if (given_up_.load(std::memory_order_relaxed)) return false;
      visit(one);
      return true;
    });
    if (read && given_up_) return cancelled();
    return read;
  }
  result<bool> has_likes() const override {
    if (given_up_) return cancelled();
    return store_.has_likes();
  }
  result<done> each_movie(const std::function<void(const movie&)>& visit) const override {
    if (given_up_) return cancelled();
    return store_.each_movie(visit);
  }

private:
  store::reader& store_;
  id through_;
  double rating_weight_;
  const std::atomic<bool>& given_up_;
};

using run = training_run<trained_ptr>;

result<training_outcome> train(surroundings& shared, const claim_answer& taken, run& told) {
  auto store = store::reader::open(shared.chosen);
  if (!store) return std::move(store).problem();
  if (auto pruned = prune_models(shared, **store); !pruned) return std::move(pruned).problem();
  const stored_claim claim(**store, taken.range);
  const stored_training_set data(**store, taken.range.through, shared.chosen.weights.dislike_weight_multiplier,
                                 told.cancelled);
  training_task task;
  task.model_version_id = taken.version.model_version_id;
  task.now = taken.version.created_at;
  task.parent = shared.serving.get();
  task.claim = &claim;
  task.claimed_examples = taken.range.examples;
  task.data = &data;
  task.retrain = shared.chosen.retrain;
  task.defective_items = taken.defective_items;
  task.artefact_file = learning::artefact_path(shared.model_folder, task.model_version_id).string();
  task.cancelled = &told.cancelled;
  task.log = [version = task.model_version_id](std::string_view line) {
    spdlog::info("retrain {}: {}", version, line);
  };
  task.progress = [&told](const training_progress& newest) { told.report(newest); };
  auto outcome = shared.trainer->train(task);
  if (!outcome) return outcome;
  if (told.cancelled) return cancelled();
  if (auto saved = learning::save_model(shared.model_folder, outcome->trained); !saved)
    return std::move(saved).problem();
  if (outcome->trained.ranking) {
    // What serves is what a start would find.
    auto mapped = learning::load_model(shared.model_folder, task.model_version_id);
    if (!mapped) return std::move(mapped).problem();
    outcome->trained.ranking = (*mapped)->ranking;
  }
  return outcome;
}

/// A trainer of someone else's may throw although it must not.
trained_ptr train_safely(surroundings& shared, const claim_answer& taken, run& told) {
  const auto failed = [](std::string why) {
    return std::make_shared<const result<training_outcome>>(error{error_code::internal, std::move(why), {}, {}, {}});
  };
  try {
    return std::make_shared<const result<training_outcome>>(train(shared, taken, told));
  } catch (const std::exception& thrown) {
    return failed(std::string("The trainer threw: ") + thrown.what());
  } catch (...) {
    return failed("The trainer threw something that is no std::exception.");
  }
}

/// The whole life of a training's thread. It knows no actor but through `told`, so it may outlive them all.
void train_apart(const surroundings_ptr& shared, const claim_answer& taken, const std::shared_ptr<run>& told) {
  if (!shared->training.take(told->cancelled)) return;
  stand_back(shared->chosen.retrain.nice);
  told->tell(train_safely(*shared, taken, *told));
  shared->training.leave();
}

using inner_trainer_actor = trainer_actor::extend<
    /// There is progress to be told, or there was a moment ago.
    caf::reacts_to<progress_atom, std::uint64_t>,
    /// The thread of the training of this number is done.
    caf::reacts_to<ended_atom, std::uint64_t, trained_ptr>>;

/// Between two that are told.
constexpr std::chrono::milliseconds progress_interval{250};

struct trainer_state {
  const char* name = "trainer";
  surroundings_ptr shared;
  metrics_actor metrics;
  std::uint64_t number = 0;  ///< of the newest training
  model_version version;     ///< that it makes
  std::shared_ptr<run> running;
  caf::typed_response_promise<trained_ptr> owed;

  ~trainer_state() { give_up(); }
  void give_up() {
    if (!running) return;
    running->give_up();
    running.reset();
    shared->training.wake();
  }
};
using trainer_pointer = inner_trainer_actor::stateful_pointer<trainer_state>;

/// Returns whether there was any.
bool tell_progress(trainer_pointer self, run& told) {
  auto& state = self->state;
  const auto newest = told.newest_progress();
  if (!newest) return false;
  state.shared->retraining.advance(state.version.model_version_id, *newest);
  self->send(state.metrics, news_atom::value,
             retrain_news_ptr(std::make_shared<retrain_news>(retrain_news{"progress", state.version, {}, newest})));
  return true;
}

/// A thread that nobody joins: it cannot be made to end, and whoever stops must not wait for it for ever.
void begin_thread(trainer_pointer self, const claim_answer& taken) {
  auto& state = self->state;
  const auto number = state.number;
  const auto listening = caf::actor_cast<inner_trainer_actor>(caf::strong_actor_ptr(self->ctrl()));
  state.running = std::make_shared<run>(
      [listening, number](trained_ptr trained) {
        caf::anon_send(listening, ended_atom::value, number, std::move(trained));
      },
      [listening, number] { caf::anon_send(listening, progress_atom::value, number); });
  try {
    std::thread([shared = state.shared, taken, told = state.running] { train_apart(shared, taken, told); }).detach();
  } catch (const std::system_error& refused) {
    state.running->tell(std::make_shared<const result<training_outcome>>(error{
        error_code::unavailable, std::string("There is no thread for the trainer: ") + refused.what(), {}, {}, {}}));
  }
}

loaded_ptr load_safely(const surroundings& shared, id model_version_id) {
  try {
    return std::make_shared<const result<std::shared_ptr<const model>>>(
        learning::load_model(shared.model_folder, model_version_id));
  } catch (const std::exception& thrown) {
    return std::make_shared<const result<std::shared_ptr<const model>>>(
        error{error_code::internal, std::string("The model cannot be read: ") + thrown.what(), {}, {}, {}});
  }
}

using loader_actor = caf::typed_actor<caf::replies_to<load_atom, id>::with<loaded_ptr>>;

/// Reads one model and ends.
loader_actor::behavior_type load_once(loader_actor::pointer self, surroundings_ptr shared) {
  return {[self, shared = std::move(shared)](load_atom, id model_version_id) {
    self->quit();
    return load_safely(*shared, model_version_id);
  }};
}

/// The same where nothing may happen beside the actors.
void train_here(trainer_pointer self, const claim_answer& taken) {
  run told([](const trained_ptr&) {}, [] {});
  auto trained = train_safely(*self->state.shared, taken, told);
  tell_progress(self, told);
  self->state.owed.deliver(std::move(trained));
}

inner_trainer_actor::behavior_type run_trainer(trainer_pointer self, surroundings_ptr shared, metrics_actor metrics,
                                               bool thread_of_its_own) {
  self->state.shared = std::move(shared);
  self->state.metrics = std::move(metrics);
  return {
      [self, thread_of_its_own](train_atom, const claim_answer& taken) {
        auto& state = self->state;
        state.give_up();
        ++state.number;
        state.version = taken.version;
        state.owed = self->make_response_promise<trained_ptr>();
        auto owed = state.owed;
        if (thread_of_its_own)
          begin_thread(self, taken);
        else
          train_here(self, taken);
        return owed;
      },
      [self](cancel_atom) {
        auto& state = self->state;
        if (!state.running) return;
        state.give_up();
        state.owed.deliver(std::make_shared<const result<training_outcome>>(cancelled()));
      },
      [self](progress_atom, std::uint64_t number) {
        auto& state = self->state;
        if (number != state.number || !state.running) return;
        if (tell_progress(self, *state.running))
          self->delayed_send(self, progress_interval, progress_atom::value, number);
      },
      [self, thread_of_its_own](load_atom, id model_version_id) -> caf::result<loaded_ptr> {
        if (!thread_of_its_own) return load_safely(*self->state.shared, model_version_id);
        const loader_actor loader = self->system().spawn<caf::detached>(load_once, self->state.shared);
        return self->delegate(loader, load_atom::value, model_version_id);
      },
      [self](ended_atom, std::uint64_t number, trained_ptr& trained) {
        auto& state = self->state;
        if (number != state.number || !state.running) return;
        tell_progress(self, *state.running);
        state.running.reset();
        state.owed.deliver(std::move(trained));
      },
  };
}

}  // namespace

trainer_actor spawn_trainer(const spawner& with, metrics_actor metrics) {
  return with.system.spawn(run_trainer, with.shared, std::move(metrics), with.trains_apart);
}

}  // namespace demur::pipeline
