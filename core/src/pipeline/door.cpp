#include "domain/json_write.hpp"
#include "pipeline/load.hpp"
#include "pipeline/spawn.hpp"

#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <set>
#include <unordered_map>

namespace demur::pipeline {

namespace {

using door_actor = pipeline_actor::extend<caf::reacts_to<answer_atom, answers_ptr>,
                                          /// Time to start the actors again.
                                          caf::reacts_to<tick_atom>>;

constexpr std::chrono::milliseconds longest_restart_delay{5'000};

error unavailable(std::string why) {
  return {error_code::unavailable, std::move(why), {}, {}, {}, std::chrono::seconds(1)};
}

submission_answer_ptr refusal(error why) {
  auto answer = std::make_shared<submission_answer>();
  answer->json = problem_json(why);
  answer->refused = std::move(why);
  return answer;
}

struct stages {
  metrics_actor metrics;
  journal_actor journal;
  pattern_actor patterns;
  trainer_actor trainer;
  scheduler_actor scheduler;
  adjustment_actor adjustment;
  weighting_actor weighting;
  ingestion_actor ingestion;
};

struct door_state {
  const char* name = "door";
  std::optional<spawner> with;
  std::optional<pipeline::stages> stages;
  std::set<caf::actor_addr> alive;
  std::vector<live_listener_actor> listeners;
  std::chrono::milliseconds restart_delay{0};
  std::string why_down = "The pipeline is starting.";
  bool ending = false;

  // What is owed: every request gets an answer, even if the actor that worked on it is gone.
  ticket last_ticket = 0;
  struct debt {
    caf::typed_response_promise<submission_answer_ptr> promise;
    std::size_t rows = 0;
  };
  std::unordered_map<ticket, debt> submissions;
  std::size_t rows = 0;
  std::unordered_map<ticket, std::function<void(const error&)>> others;
  std::vector<caf::typed_response_promise<reply<bool>>> drained;
  bool draining = false;

  bool owes_nothing() const { return submissions.empty() && others.empty(); }
};
using door_pointer = door_actor::stateful_pointer<door_state>;

void tell_if_drained(door_state& state) {
  if (!state.draining || !state.owes_nothing()) return;
  for (auto& promise : state.drained) promise.deliver(reply<bool>{{}, true});
  state.drained.clear();
}

void settle(door_state& state, ticket number, const submission_answer_ptr& answer) {
  const auto owed = state.submissions.find(number);
  if (owed == state.submissions.end()) return;
  owed->second.promise.deliver(answer);
  state.rows -= owed->second.rows;
  state.submissions.erase(owed);
}

void settle_all(door_state& state, const error& why) {
  const auto answer = refusal(why);
  for (auto& [number, owed] : state.submissions) owed.promise.deliver(answer);
  state.submissions.clear();
  state.rows = 0;
  for (auto& [number, fail] : state.others) fail(why);
  state.others.clear();
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
  to.journal = spawn_journal(with, std::move(begin.store), newest, to.metrics, answers);
  to.patterns = spawn_pattern_analysis(with, std::move(begin.patterns), std::move(begin.known_of_all), newest,
                                       begin.through_recorded_id, begin.due.has_value(), to.journal, to.metrics);
  to.trainer = spawn_trainer(with);
  to.scheduler = spawn_scheduler(with, newest, begin.last_retrain_at, to.trainer, to.patterns, to.journal, to.metrics);
  to.adjustment = spawn_adjustment(with, newest, to.patterns, to.journal);
  to.weighting = spawn_weighting(with, to.adjustment);
  to.ingestion = spawn_ingestion(with, newest, to.weighting, to.journal, to.scheduler, answers);
  watch(self, to.metrics);
  watch(self, to.journal);
  watch(self, to.patterns);
  watch(self, to.trainer);
  watch(self, to.scheduler);
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

caf::typed_response_promise<submission_answer_ptr> submit(door_pointer self, submission_ptr from) {
  auto& state = self->state;
  auto owed = self->make_response_promise<submission_answer_ptr>();
  if (auto why = refusing(state)) {
    owed.deliver(refusal(*std::move(why)));
    return owed;
  }
  const std::size_t rows = from->rows.size();
  const auto limit = static_cast<std::size_t>(state.with->shared->chosen.pipeline.queue);
  if (state.rows + rows > limit) {
    owed.deliver(refusal({error_code::overloaded, "Too many dislikes are waiting.", "pipeline.queue",
                          std::to_string(state.rows), "at most " + std::to_string(limit), std::chrono::seconds(1)}));
    return owed;
  }
  state.rows += rows;
  state.submissions.emplace(++state.last_ticket, door_state::debt{owed, rows});
  self->send(state.stages->ingestion, submit_atom::value, state.last_ticket, std::move(from));
  return owed;
}

/// Passes a request on to a stage and remembers that it is owed.
template <class T, class Answer, class Stage, class Convert, class... Args>
caf::typed_response_promise<reply<T>> ask(door_pointer self, Stage stages::*stage, Convert convert, Args... args) {
  auto& state = self->state;
  auto owed = self->make_response_promise<reply<T>>();
  if (auto why = refusing(state)) {
    owed.deliver(reply<T>{std::move(why), {}});
    return owed;
  }
  const ticket number = ++state.last_ticket;
  state.others.emplace(number, [owed](const error& why) mutable { owed.deliver(reply<T>{why, {}}); });
  const auto settled = [self, number] {
    const bool was_owed = self->state.others.erase(number) > 0;
    tell_if_drained(self->state);
    return was_owed;
  };
  self->request((*state.stages).*stage, caf::infinite, std::move(args)...)
      .then(
          [owed, convert, settled](const Answer& answer) mutable {
            if (settled()) owed.deliver(convert(answer));
          },
          // A stage that failed is answered for in settle_all.
          [](const caf::error&) {});
  return owed;
}

template <class T>
reply<T> as_it_is(const reply<T>& answer) {
  return answer;
}

door_actor::behavior_type door(door_pointer self, spawner with, std::shared_ptr<loaded_state> begin) {
  auto& state = self->state;
  state.restart_delay = with.shared->chosen.pipeline.restart_delay;
  state.with.emplace(std::move(with));
  self->set_down_handler([self](const caf::down_msg& gone) {
    std::erase_if(self->state.listeners,
                  [&](const live_listener_actor& listener) { return listener.address() == gone.source; });
    on_stage_down(self, gone);
  });
  self->set_exit_handler([self](const caf::exit_msg&) { on_exit_asked(self); });
  start_stages(self, std::move(*begin));
  return {
      [self](submit_atom, submission_ptr& from) { return submit(self, std::move(from)); },
      [self](movies_atom, const std::shared_ptr<const std::vector<movie>>& movies) {
        const auto forward = [self](const catalogue_change_ptr& change) {
          ++self->state.with->shared->catalogue_generation;
          if (self->state.stages) self->send(self->state.stages->patterns, movies_atom::value, change);
          return reply<std::int64_t>{{}, static_cast<std::int64_t>(change->after.size())};
        };
        return ask<std::int64_t, catalogue_change_ptr>(self, &stages::journal, forward, movies_atom::value, movies);
      },
      [self](ratings_atom, const std::shared_ptr<const std::vector<user_rating>>& ratings) {
        const auto count = [](std::int64_t stored) { return reply<std::int64_t>{{}, stored}; };
        return ask<std::int64_t, std::int64_t>(self, &stages::journal, count, ratings_atom::value, ratings);
      },
      [self](shown_atom, const std::shared_ptr<const recommendation_set>& shown) {
        const auto forward = [self](const reply<set_shown_ptr>& stored) -> reply<id> {
          if (stored.problem) return {stored.problem, 0};
          if (self->state.stages) self->send(self->state.stages->patterns, shown_atom::value, stored.value);
          return {{}, stored.value->shown.recommendation_set_id};
        };
        return ask<id, reply<set_shown_ptr>>(self, &stages::journal, forward, shown_atom::value, shown);
      },
      [self](retrain_atom) {
        return ask<retrain_ticket, reply<retrain_ticket>>(self, &stages::scheduler, as_it_is<retrain_ticket>,
                                                          retrain_atom::value);
      },
      [self](metrics_atom) {
        return ask<feedback_metrics, reply<feedback_metrics>>(self, &stages::metrics, as_it_is<feedback_metrics>,
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
          settle(owing, number, answer);
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
