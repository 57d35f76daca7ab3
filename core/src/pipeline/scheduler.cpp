#include "domain/clock.hpp"
#include "pipeline/spawn.hpp"

#include <spdlog/spdlog.h>

#include <functional>
#include <utility>

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
  bool changing = false;                       ///< another version goes live by hand
  std::vector<std::function<void()>> waiting;  ///< what was asked for meanwhile
  id retrain_id = 0;                           ///< of the one that runs
  bool is_trained = false;                     ///< too late to be cancelled
  bool is_cancelled = false;
};
using scheduler_pointer = scheduler_actor::stateful_pointer<scheduler_state>;
using ticket_promise = caf::typed_response_promise<reply<retrain_ticket>>;
using version_promise = caf::typed_response_promise<reply<model_version>>;

void start_if_due(scheduler_pointer self);

void send_news(scheduler_pointer self, std::string phase, const model_version& version, std::string detail) {
  self->send(
      self->state.metrics, news_atom::value,
      retrain_news_ptr(std::make_shared<retrain_news>(retrain_news{std::move(phase), version, std::move(detail)})));
}

void tell(scheduler_pointer self, std::string phase, const model_version& version, std::string detail = {}) {
  spdlog::info("retrain {}: {} by {} ({} examples){}{}", version.model_version_id, phase, version.cause.rule,
               version.claimed_examples, detail.empty() ? "" : ": ", detail);
  auto& board = self->state.shared->retraining;
  if (phase == "started")
    board.begin(version);
  else if (phase != "due")
    board.end(version.model_version_id, phase, detail);
  send_news(self, std::move(phase), version, std::move(detail));
}

/// `version`: live, rejected or failed.
void end(scheduler_pointer self, const model_version& version) {
  auto& state = self->state;
  state.running = false;
  state.is_trained = false;
  state.is_cancelled = false;
  state.ended_at = state.shared->clock();
  self->request(state.patterns, caf::infinite, ended_atom::value, version)
      .then([self](std::optional<retrain_cause>& due_again) {
        self->state.due = std::move(due_again);
        start_if_due(self);
      });
}

void fail(scheduler_pointer self, model_version version, const error& why) {
  version.state = model_state::failed;
  version.reason = why.detail;
  self->request(self->state.journal, caf::infinite, giveback_atom::value, version.model_version_id, version.reason)
      .then([self, version]() {
        tell(self, "failed", version, version.reason);
        end(self, version);
      });
}

/// The gate said no: the live version stays.
void reject(scheduler_pointer self, model_version version) {
  version.state = model_state::rejected;
  self->request(self->state.journal, caf::infinite, reject_atom::value, version).then([self, version]() {
    tell(self, "rejected", version, version.reason);
    end(self, version);
  });
}

void publish(scheduler_pointer self, model_version version, std::shared_ptr<const model> trained) {
  version.state = model_state::live;
  self->request(self->state.journal, caf::infinite, publish_atom::value, version).then([self, version, trained]() {
    self->state.shared->serving.set(trained);
    tell(self, "published", version);
    end(self, version);
  });
}

void finish(scheduler_pointer self, model_version version, const training_outcome& outcome) {
  version.metrics = outcome.metrics;
  version.data_hash = outcome.data_hash;
  version.reason = outcome.rejection;
  if (version.reason.empty())
    publish(self, std::move(version), std::make_shared<const model>(outcome.trained));
  else
    reject(self, std::move(version));
}

error cancelled() { return {error_code::conflict, "The retrain was cancelled.", {}, {}, {}}; }

void train(scheduler_pointer self, const claim_answer& taken) {
  auto& state = self->state;
  tell(self, "started", taken.version);
  if (state.is_cancelled) {
    fail(self, taken.version, cancelled());
    return;
  }
  self->request(state.trainer, state.shared->chosen.retrain.trainer_timeout, train_atom::value, taken)
      .then(
          [self, taken](const trained_ptr& trained) {
            // It may have been trained by the time that it was to be cancelled; whoever did that was told that it is.
            if (self->state.is_cancelled) {
              fail(self, taken.version, cancelled());
            } else if (*trained) {
              self->state.is_trained = true;
              finish(self, taken.version, **trained);
            } else {
              fail(self, taken.version, trained->problem());
            }
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
  state.retrain_id = version.model_version_id = state.ids->next(now);
  version.parent_id = state.shared->serving.get()->model_version_id;
  version.created_at = now;
  version.trainer = state.shared->trainer->name();
  version.cause = std::move(cause);
  self->request(state.patterns, caf::infinite, claim_atom::value, version)
      .then([self, owed](const reply<claim_answer>& taken) mutable {
        if (taken.problem) {
          self->state.running = false;
          self->state.is_cancelled = false;
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
  if (!state.due || state.running || state.changing) return;
  if (state.ended_at) {
    const auto left = *state.ended_at + state.shared->chosen.retrain.cool_down - state.shared->clock();
    if (left.count() > 0) {
      self->delayed_send(self, left, tick_atom::value);
      return;
    }
  }
  start(self, *state.due, std::nullopt);
}

error running_now() { return {error_code::conflict, "A retrain is running; there is one at a time.", {}, {}, {}}; }

error in_words(id model_version_id, const std::string& what) {
  const std::string number = std::to_string(model_version_id);
  return {error_code::conflict, "Model version " + number + " " + what, "model_version_id", number, {}};
}

/// Another version that is to serve, on the word of somebody.
struct wanted_change {
  store::model_change change{};
  std::string phase{};                          ///< promoted, rolled_back
  model_version version{};                      ///< that is to serve; its id is 0: the empty model
  std::shared_ptr<const demur::model> model{};  ///< of it
  version_promise owed{};
};

/// At once, or after the change that is under way: that takes a moment only.
void when_unchanging(scheduler_pointer self, std::function<void()> act) {
  if (self->state.changing)
    self->state.waiting.push_back(std::move(act));
  else
    act();
}

void end_change(scheduler_pointer self) {
  self->state.changing = false;
  for (auto& act : std::exchange(self->state.waiting, {})) when_unchanging(self, std::move(act));
  start_if_due(self);
}

void refuse(scheduler_pointer self, wanted_change& wanted, error why) {
  wanted.owed.deliver(reply<model_version>{std::move(why), {}});
  end_change(self);
}

/// The store first: what it says is what serves after a crash.
void serve(scheduler_pointer self, wanted_change wanted) {
  auto& state = self->state;
  self->request(state.patterns, caf::infinite, serve_atom::value, wanted.change, wanted.version.claim_through)
      .then([self, wanted](bool) mutable {
        auto& changed = self->state;
        changed.shared->serving.set(wanted.model);
        spdlog::info("model {}: {}{}{}", wanted.version.model_version_id, wanted.phase,
                     wanted.change.reason.empty() ? "" : ": ", wanted.change.reason);
        send_news(self, wanted.phase, wanted.version, wanted.change.reason);
        wanted.owed.deliver(reply<model_version>{{}, wanted.version});
        self->request(changed.patterns, caf::infinite, recount_atom::value)
            .then([self](std::optional<retrain_cause>& due) {
              self->state.due = std::move(due);
              end_change(self);
            });
      });
}

void load_and_serve(scheduler_pointer self, wanted_change wanted) {
  wanted.change.to = wanted.version.model_version_id;
  wanted.version.state = model_state::live;
  wanted.version.reason.clear();
  if (wanted.change.to == 0) {
    wanted.model = std::make_shared<const model>();
    serve(self, std::move(wanted));
    return;
  }
  self->request(self->state.trainer, caf::infinite, load_atom::value, wanted.change.to)
      .then([self, wanted](const loaded_ptr& loaded) mutable {
        if (!*loaded) {
          const std::string& why = loaded->problem().detail;
          refuse(self, wanted, in_words(wanted.change.to, "has no readable file, so it cannot serve. " + why));
          return;
        }
        wanted.model = **loaded;
        serve(self, std::move(wanted));
      });
}

void find(scheduler_pointer self, id model_version_id, wanted_change wanted,
          std::function<void(wanted_change, model_version)> go_on) {
  self->request(self->state.journal, caf::infinite, model_atom::value, model_version_id)
      .then([self, wanted, go_on](const reply<model_version>& found) mutable {
        if (found.problem)
          refuse(self, wanted, *found.problem);
        else
          go_on(std::move(wanted), found.value);
      });
}

void promote(scheduler_pointer self, id model_version_id, version_promise owed) {
  wanted_change wanted{{}, "promoted", {}, {}, std::move(owed)};
  wanted.change.from = self->state.shared->serving.get()->model_version_id;
  find(self, model_version_id, std::move(wanted), [self](wanted_change asked, model_version version) {
    const id number = version.model_version_id;
    asked.version = std::move(version);
    if (asked.version.state == model_state::live) return refuse(self, asked, in_words(number, "is live already."));
    if (asked.version.state == model_state::training || asked.version.state == model_state::failed)
      return refuse(self, asked,
                    in_words(number, "is " + std::string(to_string(asked.version.state)) +
                                         ": it has no model that could serve."));
    load_and_serve(self, std::move(asked));
  });
}

void roll_back(scheduler_pointer self, id model_version_id, std::string reason, version_promise owed) {
  wanted_change wanted{
      {model_version_id, 0, model_state::rolled_back, std::move(reason)}, "rolled_back", {}, {}, std::move(owed)};
  find(self, model_version_id, std::move(wanted), [self](wanted_change asked, const model_version& version) {
    const id live = self->state.shared->serving.get()->model_version_id;
    if (version.state != model_state::live)
      return refuse(self, asked,
                    in_words(version.model_version_id, "is not the live one; that is " + std::to_string(live) + "."));
    if (version.parent_id == 0) return load_and_serve(self, std::move(asked));
    find(self, version.parent_id, std::move(asked), [self](wanted_change of_parent, model_version parent) {
      of_parent.version = std::move(parent);
      load_and_serve(self, std::move(of_parent));
    });
  });
}

/// Changes go one at a time.
version_promise begin_change(scheduler_pointer self, const std::function<void(version_promise)>& act) {
  auto owed = self->make_response_promise<reply<model_version>>();
  when_unchanging(self, [self, owed, act]() mutable {
    if (self->state.running) {
      owed.deliver(reply<model_version>{running_now(), {}});
      return;
    }
    self->state.changing = true;
    act(owed);
  });
  return owed;
}

ticket_promise retrain_by_hand(scheduler_pointer self) {
  auto owed = self->make_response_promise<reply<retrain_ticket>>();
  when_unchanging(self, [self, owed]() mutable {
    if (self->state.running) {
      owed.deliver(reply<retrain_ticket>{running_now(), {}});
      return;
    }
    retrain_cause by_hand;
    by_hand.rule = "manual";
    start(self, std::move(by_hand), owed);
  });
  return owed;
}

reply<id> cancel(scheduler_pointer self) {
  auto& state = self->state;
  const auto too_late = [](const char* why) { return reply<id>{error{error_code::conflict, why, {}, {}, {}}, 0}; };
  if (!state.running) return too_late("No retrain is running.");
  if (state.is_trained) return too_late("The retrain is trained already and about to be published.");
  state.is_cancelled = true;
  self->send(state.trainer, cancel_atom::value);
  return {{}, state.retrain_id};
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
      [self](retrain_atom) { return retrain_by_hand(self); },
      [self](promote_atom, id version) {
        return begin_change(self, [self, version](version_promise owed) { promote(self, version, std::move(owed)); });
      },
      [self](rollback_atom, id version, const std::string& reason) {
        return begin_change(
            self, [self, version, reason](version_promise owed) { roll_back(self, version, reason, std::move(owed)); });
      },
      [self](cancel_atom) { return cancel(self); },
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
