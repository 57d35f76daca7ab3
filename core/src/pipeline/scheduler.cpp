#include "domain/clock.hpp"
#include "pipeline/spawn.hpp"

#include <spdlog/spdlog.h>

namespace demur::pipeline {

namespace {

struct scheduler_state {
  const char* name = "retrain_scheduler";
  surroundings_ptr shared;
  std::optional<id_generator> ids;
  trainer_actor trainer;
  pattern_actor patterns;
  journal_actor journal;
  metrics_actor metrics;
  std::optional<retrain_cause> due;
  std::optional<timestamp> ended_at;  ///< of the retrain before, whatever became of it; after a start: when it began
  bool running = false;
};
using scheduler_pointer = scheduler_actor::stateful_pointer<scheduler_state>;
using ticket_promise = caf::typed_response_promise<reply<retrain_ticket>>;

void start_if_due(scheduler_pointer self);

void tell(scheduler_pointer self, std::string phase, const model_version& version, std::string detail = {}) {
  spdlog::info("retrain {}: {} by {} ({} examples){}{}", version.model_version_id, phase, version.cause.rule,
               version.claimed_examples, detail.empty() ? "" : ": ", detail);
  self->send(
      self->state.metrics, news_atom::value,
      retrain_news_ptr(std::make_shared<retrain_news>(retrain_news{std::move(phase), version, std::move(detail)})));
}

void end(scheduler_pointer self, bool used) {
  auto& state = self->state;
  state.running = false;
  state.ended_at = state.shared->clock();
  self->request(state.patterns, caf::infinite, ended_atom::value, used)
      .then([self](std::optional<retrain_cause>& due_again) {
        self->state.due = std::move(due_again);
        start_if_due(self);
      });
}

void fail(scheduler_pointer self, model_version version, const error& why) {
  version.state = model_state::failed;
  self->request(self->state.journal, caf::infinite, giveback_atom::value, version.model_version_id)
      .then([self, version, why]() {
        tell(self, "failed", version, why.detail);
        end(self, false);
      });
}

void publish(scheduler_pointer self, const model_version& version, const trained_ptr& trained) {
  self->request(self->state.journal, caf::infinite, publish_atom::value, version).then([self, version, trained]() {
    self->state.shared->serving.set(std::make_shared<const model>((*trained)->trained));
    tell(self, "published", version);
    end(self, true);
  });
}

/// In slices, so that batches pass in between.
void mark_used(scheduler_pointer self, const claim_answer& taken, const trained_ptr& trained) {
  self->request(self->state.journal, caf::infinite, mark_atom::value, taken.range)
      .then([self, taken, trained](std::int64_t left) {
        if (left > 0) {
          mark_used(self, taken, trained);
          return;
        }
        model_version version = taken.version;
        version.state = model_state::live;
        version.metrics = (*trained)->metrics;
        publish(self, version, trained);
      });
}

void train(scheduler_pointer self, const claim_answer& taken) {
  auto& state = self->state;
  tell(self, "started", taken.version);
  self->request(state.trainer, state.shared->chosen.retrain.trainer_timeout, train_atom::value, taken)
      .then(
          [self, taken](const trained_ptr& trained) {
            if (*trained)
              mark_used(self, taken, trained);
            else
              fail(self, taken.version, trained->problem());
          },
          [self, taken](const caf::error&) {
            self->send(self->state.trainer, cancel_atom::value);
            fail(self, taken.version,
                 {error_code::internal, "The trainer did not end in trainer_timeout.", {}, {}, {}});
          });
}

/// `owed`: the one who asked, if it was by hand.
void start(scheduler_pointer self, retrain_cause cause, std::optional<ticket_promise> owed) {
  auto& state = self->state;
  state.running = true;
  model_version version;
  const timestamp now = state.shared->clock();
  version.model_version_id = state.ids->next(now);
  version.parent_id = state.shared->serving.get()->model_version_id;
  version.created_at = now;
  version.trainer = state.shared->trainer->name();
  version.cause = std::move(cause);
  self->request(state.patterns, caf::infinite, claim_atom::value, version)
      .then([self, owed](const reply<claim_answer>& taken) mutable {
        if (taken.problem) {
          self->state.running = false;
          if (owed) owed->deliver(reply<retrain_ticket>{taken.problem, {}});
          return;
        }
        self->state.due.reset();
        if (owed)
          owed->deliver(reply<retrain_ticket>{{}, {taken.value.version.model_version_id, taken.value.range.examples}});
        train(self, taken.value);
      });
}

void start_if_due(scheduler_pointer self) {
  auto& state = self->state;
  if (!state.due || state.running) return;
  if (state.ended_at) {
    const auto left = *state.ended_at + state.shared->chosen.retrain.cool_down - state.shared->clock();
    if (left.count() > 0) {
      self->delayed_send(self, left, tick_atom::value);
      return;
    }
  }
  start(self, *state.due, std::nullopt);
}

/// What an experiment has decided. Versions have no life cycle here yet: nothing is done, and the answer says so; the
/// experiment shows it as its action's problem.
reply<bool> act_on(const experiment_action& wanted) {
  return {error{error_code::unavailable,
                "This server cannot " + std::string(wanted.wanted == "promote" ? "promote" : "roll back") +
                    " model versions.",
                "action", wanted.wanted, "none"},
          false};
}

scheduler_actor::behavior_type scheduler(scheduler_pointer self, surroundings_ptr shared, id newest_id,
                                         trainer_actor trainer, pattern_actor patterns, journal_actor journal,
                                         metrics_actor metrics, std::optional<timestamp> last_retrain_at) {
  auto& state = self->state;
  state.ended_at = last_retrain_at;
  state.ids.emplace(shared->chosen.node.id, newest_id);
  state.shared = std::move(shared);
  state.trainer = std::move(trainer);
  state.patterns = std::move(patterns);
  state.journal = std::move(journal);
  state.metrics = std::move(metrics);
  return {
      [self](due_atom, retrain_cause& cause) {
        model_version announced;
        announced.cause = cause;
        tell(self, "due", announced);
        self->state.due = std::move(cause);
        start_if_due(self);
      },
      [self](retrain_atom) -> ticket_promise {
        auto owed = self->make_response_promise<reply<retrain_ticket>>();
        if (self->state.running) {
          owed.deliver(reply<retrain_ticket>{
              error{error_code::conflict, "A retrain is running; there is one at a time.", {}, {}, {}}, {}});
          return owed;
        }
        retrain_cause by_hand;
        by_hand.rule = "manual";
        start(self, std::move(by_hand), owed);
        return owed;
      },
      [](act_atom, const experiment_action& wanted) { return act_on(wanted); },
      [self](tick_atom) { start_if_due(self); },
  };
}

}  // namespace

scheduler_actor spawn_scheduler(const spawner& with, id newest_id, std::optional<timestamp> last_retrain_at,
                                trainer_actor trainer, pattern_actor patterns, journal_actor journal,
                                metrics_actor metrics) {
  return with.system.spawn(scheduler, with.shared, newest_id, std::move(trainer), std::move(patterns),
                           std::move(journal), std::move(metrics), last_retrain_at);
}

}  // namespace demur::pipeline
