#include "domain/json_read.hpp"
#include "domain/rules.hpp"
#include "domain/text.hpp"
#include "pipeline/at_desk.hpp"
#include "pipeline/debts.hpp"
#include "pipeline/load.hpp"
#include "pipeline/spawn.hpp"
#include "pipeline/submission_check.hpp"

#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <utility>

namespace demur::pipeline {

namespace {

using door_actor = pipeline_actor::extend<caf::reacts_to<answer_atom, answers_ptr>,
                                          /// Time to start the actors again.
                                          caf::reacts_to<tick_atom>>;

constexpr std::chrono::milliseconds longest_restart_delay{5'000};

error unavailable(std::string why) {
  return {error_code::unavailable, std::move(why), {}, {}, {}, std::chrono::seconds(1)};
}

struct stages {
  metrics_actor metrics;
  weight_keeper_actor keeper;
  journal_actor journal;
  pattern_actor patterns;
  trainer_actor trainer;
  scheduler_actor scheduler;
  experiments_actor experiments;
  adjustment_actor adjustment;
  weighting_actor weighting;
  ingestion_actor ingestion;
};

struct door_state {
  const char* name = "door";
  std::optional<spawner> with;
  std::optional<pipeline::stages> stages;
  plugin_keeper_actor plugins;
  std::set<caf::actor_addr> alive;
  std::vector<live_listener_actor> listeners;
  std::chrono::milliseconds restart_delay{0};
  std::string why_down = "The pipeline is starting.";
  bool ending = false;

  debts owed;
  std::vector<caf::typed_response_promise<reply<bool>>> drained;
  bool draining = false;

  /// Also when it is killed: nobody is left without an answer, and no actor without a door.
  ~door_state();
};
using door_pointer = door_actor::stateful_pointer<door_state>;

void tell_if_drained(door_state& state) {
  if (!state.draining || !state.owed.none()) return;
  for (auto& promise : std::exchange(state.drained, {})) promise.deliver(reply<bool>{{}, true});
}

void settle_all(door_state& state, const error& why) {
  state.owed.settle_all(why);
  tell_if_drained(state);
}

template <class Actor>
void watch(door_pointer self, const Actor& stage) {
  self->monitor(stage);
  self->state.alive.insert(stage.address());
}

/// Downstream first: each stage knows only those below it.
void start_stages(door_pointer self, loaded_state begin) {
  auto& state = self->state;
  const spawner& with = *state.with;
  const auto answers = caf::actor_cast<answers_actor>(caf::strong_actor_ptr(self->ctrl()));
  const id newest = begin.newest_id;
  stages to;
  to.metrics = spawn_metrics(with, std::move(begin.metrics));
  to.keeper = spawn_weight_keeper(with, std::move(begin.weights));
  to.journal = spawn_journal(with, std::move(begin.journal), newest, to.keeper, to.metrics, answers);
  to.patterns = spawn_pattern_analysis(with, std::move(begin.patterns), std::move(begin.known_of_all), newest,
                                       begin.through_recorded_id, begin.due.has_value(), to.journal, to.metrics);
  to.trainer = spawn_trainer(with, to.metrics);
  to.scheduler = spawn_scheduler(with, newest, begin.last_retrain_at, to.trainer, to.patterns, to.journal, to.metrics);
  with.shared->retraining.remember(begin.last_retrain);
  to.experiments = spawn_experiments(with, to.journal, to.metrics, to.scheduler);
  with.shared->adjustments_pending = begin.adjustments_pending;
  to.adjustment = spawn_adjustment(with, {std::move(begin.states), std::move(begin.strategies)}, newest, to.patterns);
  to.weighting = spawn_weighting(with, to.adjustment);
  to.ingestion = spawn_ingestion(with, newest, to.weighting, to.journal, to.scheduler, answers);
  watch(self, to.metrics);
  watch(self, to.keeper);
  watch(self, to.journal);
  watch(self, to.patterns);
  watch(self, to.trainer);
  watch(self, to.scheduler);
  watch(self, to.experiments);
  watch(self, to.adjustment);
  watch(self, to.weighting);
  watch(self, to.ingestion);
  for (const auto& listener : state.listeners) self->send(to.metrics, subscribe_atom::value, listener);
  if (begin.due) self->send(to.scheduler, due_atom::value, *begin.due);
  state.stages = std::move(to);
}

void stop_stages(door_state& state) {
  for (const caf::actor_addr& stage : state.alive)
    if (auto living = caf::actor_cast<caf::strong_actor_ptr>(stage))
      caf::anon_send_exit(living, caf::exit_reason::user_shutdown);
  state.stages.reset();
}

door_state::~door_state() {
  if (!with) return;
  caf::anon_send_exit(plugins, caf::exit_reason::user_shutdown);
  stop_stages(*this);
  settle_all(*this, unavailable("The pipeline has ended."));
}

void restart_later(door_pointer self) {
  auto& state = self->state;
  self->delayed_send(self, state.restart_delay, tick_atom::value);
  state.restart_delay = std::min(state.restart_delay * 2, longest_restart_delay);
}

/// The store may know of a newer live model than the one that serves: the scheduler may have ended between the commit of
/// a publication and its own word.
result<loaded_state> load_again(surroundings& shared) {
  auto live = load_live_model(shared.chosen, shared.model_folder);
  if (!live) return std::move(live).problem();
  auto begin = load(shared);
  if (begin) shared.serving.set(*std::move(live));
  return begin;
}

void restart(door_pointer self) {
  auto& state = self->state;
  if (state.ending || state.stages || !state.alive.empty()) return;
  auto begin = load_again(*state.with->shared);
  if (begin) {
    start_stages(self, *std::move(begin));
    spdlog::info("pipeline: started again");
    return;
  }
  state.why_down = begin.problem().detail;
  spdlog::error("pipeline: {}; trying again in {} ms", state.why_down, state.restart_delay.count());
  restart_later(self);
}

/// One for all: what an actor knew of a batch is lost with it, so all begin anew with the store.
void on_stage_down(door_pointer self, const caf::down_msg& gone) {
  auto& state = self->state;
  if (state.alive.erase(gone.source) == 0) return;
  if (state.stages && !state.ending) {
    state.why_down = "The pipeline is being restarted after a fault.";
    spdlog::error("pipeline: an actor ended: {}", caf::to_string(gone.reason));
    stop_stages(state);
  }
  if (!state.alive.empty()) return;
  // What the journal had still to say came before its end.
  settle_all(state, unavailable(state.why_down));
  if (state.ending)
    self->quit(caf::exit_reason::user_shutdown);
  else
    restart_later(self);
}

void on_exit_asked(door_pointer self) {
  auto& state = self->state;
  state.ending = true;
  state.why_down = "The pipeline has ended.";
  stop_stages(state);
  if (state.alive.empty()) self->quit(caf::exit_reason::user_shutdown);
}

/// Why nothing new is taken just now, if so.
std::optional<error> refusing(const door_state& state) {
  if (state.draining) return unavailable("The server is shutting down.");
  if (!state.stages) return unavailable(state.why_down);
  return std::nullopt;
}

/// The latest time that may be said to be past. A front's `now` may be a moment ahead of ours: clocks are set back.
timestamp latest(const door_state& state) { return state.with->shared->clock() + std::chrono::minutes(1); }

debts::submission_promise submit(door_pointer self, submission_ptr from) {
  auto& state = self->state;
  auto promise = self->make_response_promise<submission_answer_ptr>();
  auto why = refusing(state);
  if (!why && !from->checked) why = check(from, state.with->shared->clock());
  if (!why) why = state.owed.too_much(*from);
  if (why) {
    promise.deliver(refusal(*std::move(why)));
    return promise;
  }
  const ticket number = state.owed.owe(*from, promise);
  self->send(state.stages->ingestion, submit_atom::value, number, std::move(from));
  return promise;
}

/// Asks a stage and remembers that an answer is owed; `finish` gets what the stage says. Refused, now or when the pipeline
/// fails: `refuse` says so. `rows`: what it counts in the queue.
template <class... Answer, class Stage, class Finish, class... Args>
void ask_stage(door_pointer self, Stage stages::*stage, std::size_t rows, std::function<void(const error&)> refuse,
               Finish finish, Args... args) {
  auto why = refusing(self->state);
  if (!why) why = self->state.owed.too_much(rows);
  if (why) {
    refuse(*why);
    return;
  }
  const ticket number = self->state.owed.owe(rows, std::move(refuse));
  self->request((*self->state.stages).*stage, caf::infinite, std::move(args)...)
      .then(
          [self, number, finish](const Answer&... answer) mutable {
            if (!self->state.owed.settle(number)) return;
            finish(answer...);
            tell_if_drained(self->state);
          },
          // A stage that failed is answered for in settle_all.
          [](const caf::error&) {});
}

/// The same for an answer that is passed on, as a reply.
template <class T, class Answer, class Stage, class Convert, class... Args>
caf::typed_response_promise<reply<T>> ask(door_pointer self, Stage stages::*stage, std::size_t rows, Convert convert,
                                          Args... args) {
  auto promise = self->make_response_promise<reply<T>>();
  ask_stage<Answer>(
      self, stage, rows,
      [promise](const error& failed) mutable {
        promise.deliver(reply<T>{failed, {}});
      },
      [promise, convert](const Answer& answer) mutable { promise.deliver(convert(answer)); }, std::move(args)...);
  return promise;
}

/// A reload waits for nothing but the plugin keeper.
caf::typed_response_promise<reply<plugin_changes>> reload(door_pointer self) {
  auto promise = self->make_response_promise<reply<plugin_changes>>();
  self->request(self->state.plugins, caf::infinite, reload_atom::value)
      .then([promise](const reply<plugin_changes>& changes) mutable { promise.deliver(changes); },
            [promise](const caf::error&) mutable {
              promise.deliver(reply<plugin_changes>{unavailable("The plugins could not be reloaded."), {}});
            });
  return promise;
}

/// On disk first: who was told so must find it so after a restart.
caf::typed_response_promise<reply<plugin_promotion>> promote(door_pointer self, const std::string& name) {
  auto promise = self->make_response_promise<reply<plugin_promotion>>();
  auto meant = self->state.with->shared->strategies->promotion_of(name);
  if (!meant) {
    promise.deliver(reply<plugin_promotion>{std::move(meant).problem(), {}});
    return promise;
  }
  ask_stage<>(
      self, &stages::journal, 1,
      [promise](const error& failed) mutable {
        promise.deliver(reply<plugin_promotion>{failed, {}});
      },
      [self, promise, live = meant->live]() mutable {
        promise.delegate(self->state.plugins, promote_atom::value, live);
      },
      promote_atom::value, *meant);
  return promise;
}

/// The same for rows that did not come from one who has checked them.
template <class T, class Answer, class Atom, class Rows, class Convert>
caf::typed_response_promise<reply<T>> store_checked(door_pointer self, std::size_t rows, Convert convert, Atom atom,
                                                    result<Rows> checked) {
  if (checked)
    return ask<T, Answer>(self, &stages::journal, std::max<std::size_t>(rows, 1), convert, atom,
                          std::make_shared<const Rows>(*std::move(checked)));
  auto promise = self->make_response_promise<reply<T>>();
  promise.deliver(reply<T>{std::move(checked).problem(), {}});
  return promise;
}

preview_answer_ptr refused_preview(error why) {
  return std::make_shared<const reply<preview_answer>>(reply<preview_answer>{std::move(why), {}});
}

caf::typed_response_promise<preview_answer_ptr> preview_dislike(door_pointer self, const preview_request& asked) {
  auto promise = self->make_response_promise<preview_answer_ptr>();
  auto tried = std::make_shared<preview>();
  tried->now = self->state.with->shared->clock();
  auto checked = validate(asked, tried->now);
  if (!checked) {
    promise.deliver(refused_preview(std::move(checked).problem()));
    return promise;
  }
  tried->asked = std::make_shared<const preview_request>(*std::move(checked));
  ask_stage<preview_answer_ptr>(
      self, &stages::adjustment, 1,
      [promise](const error& failed) mutable { promise.deliver(refused_preview(failed)); },
      [promise](const preview_answer_ptr& answer) mutable { promise.deliver(answer); }, preview_atom::value,
      preview_ptr(std::move(tried)));
  return promise;
}

caf::typed_response_promise<experiment_answer_ptr> ask_experiments(door_pointer self,
                                                                   const experiment_request_ptr& wanted) {
  auto promise = self->make_response_promise<experiment_answer_ptr>();
  ask_stage<experiment_answer_ptr>(
      self, &stages::experiments, 1,
      [promise](const error& failed) mutable {
        promise.deliver(experiment_answer_ptr(std::make_shared<reply<std::vector<experiment_report>>>(
            reply<std::vector<experiment_report>>{failed, {}})));
      },
      [promise](const experiment_answer_ptr& answer) mutable { promise.deliver(answer); }, experiment_atom::value,
      wanted);
  return promise;
}

template <class T>
reply<T> as_it_is(const reply<T>& answer) {
  return answer;
}

caf::typed_response_promise<reply<model_version>> roll_back(door_pointer self, id version, std::string reason) {
  if (auto checked = check_rollback_reason(reason); !checked) {
    auto promise = self->make_response_promise<reply<model_version>>();
    promise.deliver(reply<model_version>{std::move(checked).problem(), {}});
    return promise;
  }
  return ask<model_version, reply<model_version>>(self, &stages::scheduler, 1, as_it_is<model_version>,
                                                  rollback_atom::value, version, std::move(reason));
}

door_actor::behavior_type door(door_pointer self, spawner with, std::shared_ptr<loaded_state> begin) {
  auto& state = self->state;
  state.restart_delay = with.shared->chosen.pipeline.restart_delay;
  state.owed = debts(with.shared->chosen.pipeline);
  state.with.emplace(std::move(with));
  self->set_down_handler([self](const caf::down_msg& gone) {
    std::erase_if(self->state.listeners,
                  [&](const live_listener_actor& listener) { return listener.address() == gone.source; });
    if (gone.source == self->state.plugins.address() && !self->state.ending) {
      spdlog::error("plugins: their keeper ended: {}", caf::to_string(gone.reason));
      self->state.plugins = spawn_plugin_keeper(*self->state.with);
      self->monitor(self->state.plugins);
    }
    on_stage_down(self, gone);
  });
  self->set_exit_handler([self](const caf::exit_msg&) { on_exit_asked(self); });
  state.plugins = spawn_plugin_keeper(*state.with);
  self->monitor(state.plugins);
  start_stages(self, std::move(*begin));
  return {
      [self](submit_atom, submission_ptr& from) { return submit(self, std::move(from)); },
      [self](movies_atom, const std::shared_ptr<const std::vector<movie>>& movies) {
        const auto forward = [self](const catalogue_change_ptr& change) {
          ++self->state.with->shared->catalogue_generation;
          if (self->state.stages) self->send(self->state.stages->patterns, movies_atom::value, change);
          return reply<std::int64_t>{{}, static_cast<std::int64_t>(change->after.size())};
        };
        return store_checked<std::int64_t, catalogue_change_ptr>(self, movies->size(), forward, movies_atom::value,
                                                                 validate(*movies));
      },
      [self](ratings_atom, const std::shared_ptr<const std::vector<user_rating>>& ratings) {
        const auto count = [](std::int64_t stored) { return reply<std::int64_t>{{}, stored}; };
        return store_checked<std::int64_t, std::int64_t>(self, ratings->size(), count, ratings_atom::value,
                                                         validate(*ratings, latest(self->state)));
      },
      [self](shown_atom, const std::shared_ptr<const recommendation_set>& shown) {
        const auto forward = [self](const reply<set_shown_ptr>& stored) -> reply<id> {
          if (stored.problem) return {stored.problem, 0};
          if (self->state.stages) self->send(self->state.stages->patterns, shown_atom::value, stored.value);
          return {{}, stored.value->made.shown.recommendation_set_id};
        };
        return store_checked<id, reply<set_shown_ptr>>(self, shown->items.size(), forward, shown_atom::value,
                                                       validate(*shown, latest(self->state)));
      },
      [self](preview_atom, const std::shared_ptr<const preview_request>& asked) {
        return preview_dislike(self, *asked);
      },
      [self](reload_atom) { return reload(self); },
      [self](promote_atom, const std::string& name) { return promote(self, name); },
      [self](impact_atom, feature_impact_request& wanted) {
        return ask<feature_impact_report, reply<feature_impact_report>>(
            self, &stages::patterns, 1, as_it_is<feature_impact_report>, impact_atom::value, std::move(wanted));
      },
      [self](experiment_atom, const experiment_request_ptr& wanted) { return ask_experiments(self, wanted); },
      [self](retrain_atom) {
        return ask<retrain_ticket, reply<retrain_ticket>>(self, &stages::scheduler, 1, as_it_is<retrain_ticket>,
                                                          retrain_atom::value);
      },
      [self](promote_atom, id version) {
        return ask<model_version, reply<model_version>>(self, &stages::scheduler, 1, as_it_is<model_version>,
                                                        promote_atom::value, version);
      },
      [self](rollback_atom, id version, std::string& reason) { return roll_back(self, version, std::move(reason)); },
      [self](cancel_atom) { return ask<id, reply<id>>(self, &stages::scheduler, 1, as_it_is<id>, cancel_atom::value); },
      [self](progress_atom, id retrain_id, const std::string& json) -> reply<std::int64_t> {
        return at_desk<std::int64_t>(*self->state.with->shared, retrain_id, json, &learning::retrain_desk::progress);
      },
      [self](result_atom, id retrain_id, const std::string& json) -> reply<bool> {
        return at_desk<bool>(*self->state.with->shared, retrain_id, json, &learning::retrain_desk::finish);
      },
      [self](metrics_atom) {
        return ask<feedback_metrics, reply<feedback_metrics>>(self, &stages::metrics, 1, as_it_is<feedback_metrics>,
                                                              metrics_atom::value);
      },
      [self](subscribe_atom, live_listener_actor& listener) {
        self->monitor(listener);
        if (self->state.stages) self->send(self->state.stages->metrics, subscribe_atom::value, listener);
        self->state.listeners.push_back(std::move(listener));
      },
      [self](ready_atom) {
        auto why = refusing(self->state);
        const bool ready = !why;
        return reply<bool>{std::move(why), ready};
      },
      [self](drain_atom) {
        auto owed = self->make_response_promise<reply<bool>>();
        self->state.draining = true;
        self->state.drained.push_back(owed);
        tell_if_drained(self->state);
        return owed;
      },
      [self](answer_atom, const answers_ptr& answers) {
        auto& owing = self->state;
        for (const auto& [number, answer] : *answers) {
          owing.owed.settle(number, answer);
          if (!answer->refused) owing.restart_delay = owing.with->shared->chosen.pipeline.restart_delay;
        }
        tell_if_drained(owing);
      },
      [self](tick_atom) { restart(self); },
  };
}

}  // namespace

pipeline_actor spawn_door(const spawner& with, loaded_state begin) {
  return with.system.spawn(door, with, std::make_shared<loaded_state>(std::move(begin)));
}

}  // namespace demur::pipeline
