#include "pipeline/query_worker.hpp"
#include "pipeline/spawn.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <type_traits>

namespace demur::pipeline {

namespace {

constexpr std::chrono::seconds patience{10};

struct worker_state : query_worker {
  pipeline_actor pipeline;
};
using worker_pointer = queries_actor::stateful_pointer<worker_state>;

/// A problem as an answer, be it a reply or a pointer to one.
template <class Answer>
Answer refused(error problem) {
  if constexpr (requires { typename Answer::element_type; })
    return std::make_shared<typename Answer::element_type>(typename Answer::element_type{std::move(problem), {}});
  else
    return Answer{std::move(problem), {}};
}

/// An answer that is owed: dropped without one, as when its actor is killed, it says so.
template <class Answer>
class owed_answer {
public:
  using promise = caf::typed_response_promise<Answer>;
  explicit owed_answer(promise of) : promise_(std::move(of)) {}
  owed_answer(const owed_answer&) = delete;
  owed_answer& operator=(const owed_answer&) = delete;
  ~owed_answer() { deliver(refused<Answer>({error_code::unavailable, "The pipeline does not answer.", {}, {}, {}})); }

  void deliver(Answer answer) {
    if (promise_.pending()) promise_.deliver(std::move(answer));
  }

private:
  promise promise_;
};

using owed_summary = owed_answer<reply<pattern_summary>>;

/// Over all users the running figures know more than a reader could count.
void summarise_all(worker_pointer self, const std::shared_ptr<owed_summary>& owed) {
  auto rows = self->state.answer<std::vector<pattern>>([](store::reader& store) { return store.patterns({}); });
  if (rows.problem) {
    owed->deliver({rows.problem, {}});
    return;
  }
  self->request(self->state.pipeline, patience, metrics_atom::value)
      .then(
          [rows, owed](const reply<feedback_metrics>& got) mutable {
            const feedback_metrics& all = got.value;
            owed->deliver(
                {got.problem,
                 {std::nullopt, all.dislikes_by_reason, all.recent_trend, all.total_dislikes, std::move(rows.value)}});
          },
          [owed](const caf::error&) {});
}

using recommendations_ptr = std::shared_ptr<const reply<recommendations>>;

/// What is shown is logged before it is told, so that whatever is said of it finds it. If the worker dies in between, it
/// counts as shown though nobody saw it.
caf::result<recommendations_ptr> recommend(worker_pointer self, const recommendation_request& request) {
  auto& state = self->state;
  auto made =
      state.answer<shown_recommendations>([&](store::reader& store) { return state.recommend_to(store, request); });
  if (made.problem) return refused<recommendations_ptr>(*std::move(made.problem));
  auto answer = std::make_shared<reply<recommendations>>();
  answer->value = std::move(made.value.answer);
  if (answer->value.recommendations.empty()) return recommendations_ptr(std::move(answer));
  auto promise = self->make_response_promise<recommendations_ptr>();
  const auto owed = std::make_shared<owed_answer<recommendations_ptr>>(promise);
  self->request(state.pipeline, patience, shown_atom::value, std::move(made.value.set))
      .then(
          [self, owed, answer, reflected = made.value.newest_dislike_id](const reply<id>& logged) {
            if (!logged.problem) self->state.note_effect(answer->value.user_id, reflected);
            answer->problem = logged.problem;
            answer->value.recommendation_set_id = logged.value;
            owed->deliver(answer);
          },
          [owed](const caf::error&) {});
  return promise;
}

/// Questions that lie before a worker; the door counts up, the worker down. What it asks others for waits there, within their
/// bounds.
using waiting_count = std::shared_ptr<std::atomic<std::int64_t>>;

class answered {
public:
  explicit answered(const waiting_count& of) : of_(*of) {}
  answered(const answered&) = delete;
  answered& operator=(const answered&) = delete;
  ~answered() { --of_; }

private:
  std::atomic<std::int64_t>& of_;
};

queries_actor::behavior_type worker(worker_pointer self, surroundings_ptr shared, pipeline_actor pipeline,
                                    const caf::actor_addr& door, waiting_count waiting) {
  self->state.shared = std::move(shared);
  self->state.pipeline = std::move(pipeline);
  self->monitor(door);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(caf::exit_reason::user_shutdown); });
  return {
      [self, waiting](history_atom, const std::string& user_id, std::int64_t limit, id cursor) {
        const answered one(waiting);
        return self->state.answer<history_page>([&](store::reader& store) -> result<history_page> {
          if (auto checked = check_page(user_id, limit, cursor); !checked) return std::move(checked).problem();
          return store.history(user_id, limit, cursor);
        });
      },
      [self, waiting](patterns_atom, const std::string& user_id) -> owed_summary::promise {
        const answered one(waiting);
        auto promise = self->make_response_promise<reply<pattern_summary>>();
        if (user_id.empty())
          summarise_all(self, std::make_shared<owed_summary>(promise));
        else
          promise.deliver(self->state.answer<pattern_summary>(
              [&](store::reader& store) { return self->state.patterns_of(store, user_id); }));
        return promise;
      },
      [self, waiting](rerank_atom, const std::shared_ptr<const rerank_request>& request) {
        const answered one(waiting);
        return std::make_shared<const reply<rerank_answer>>(self->state.answer<rerank_answer>(
            [&](store::reader& store) { return self->state.rerank_for(store, *request); }));
      },
      [self, waiting](recommend_atom, const std::shared_ptr<const recommendation_request>& request) {
        const answered one(waiting);
        return recommend(self, *request);
      },
      [self, waiting](explain_atom, const std::string& user_id, id movie_id) {
        const answered one(waiting);
        return std::make_shared<const reply<explanation>>(self->state.answer<explanation>(
            [&](store::reader& store) { return self->state.explain(store, user_id, movie_id); }));
      },
      [self, waiting](models_atom) {
        const answered one(waiting);
        return self->state.answer<std::vector<model_version>>([](store::reader& store) { return store.models(); });
      },
      [self, waiting](model_atom, id version, std::int64_t limit, id cursor) {
        const answered one(waiting);
        return self->state.answer<model_version_page>([&](store::reader& store) -> result<model_version_page> {
          if (auto checked = check_page(limit, cursor); !checked) return std::move(checked).problem();
          return store.model(version, limit, cursor);
        });
      },
      [self, waiting](progress_atom) {
        const answered one(waiting);
        return reply<retrain_status>{{}, self->state.shared->retraining.status()};
      },
      [self, waiting](page_atom, id retrain_id, const std::string& file, std::int64_t cursor) {
        const answered one(waiting);
        const auto& desk = self->state.shared->desk;
        if (!desk) return reply<training_page>{learning::no_such_retrain(retrain_id), {}};
        auto page = desk->page(retrain_id, file, cursor);
        if (!page) return reply<training_page>{std::move(page).problem(), {}};
        return reply<training_page>{{}, *std::move(page)};
      },
      [self, waiting](plugins_atom) {
        const answered one(waiting);
        return self->state.answer<std::vector<plugin_report>>(
            [&](store::reader& store) { return self->state.plugins(store); });
      },
      [self, waiting](shadow_atom, const std::string& name) {
        const answered one(waiting);
        return self->state.shadow_of(name);
      },
      [self, waiting](assignment_atom, id experiment_id, const std::string& user_id) {
        const answered one(waiting);
        return self->state.answer<experiment_assignment>(
            [&](store::reader& store) { return self->state.assignment(store, experiment_id, user_id); });
      },
      [self, waiting](ready_atom) {
        const answered one(waiting);
        const auto pinged = self->state.answer<done>([](store::reader& store) { return store.ping(); });
        return reply<bool>{pinged.problem, !pinged.problem};
      },
  };
}

/// The readers' door: deals the questions out in turn, no more than the bound, and replaces a reader that died.
struct queries_state {
  const char* name = "queries";
  std::optional<spawner> with;
  pipeline_actor pipeline;
  struct reader {
    queries_actor actor;
    waiting_count waiting;
  };
  std::vector<reader> readers;
  std::size_t next = 0;
  bool ending = false;

  std::int64_t waiting() const {
    std::int64_t all = 0;
    for (const reader& one : readers) all += *one.waiting;
    return all;
  }
};
using queries_pointer = queries_actor::stateful_pointer<queries_state>;

queries_state::reader spawn_reader(queries_pointer self) {
  const auto& state = self->state;
  auto& system = state.with->system;
  auto waiting = std::make_shared<std::atomic<std::int64_t>>(0);
  auto fresh = state.with->threads_of_their_own
                   ? system.spawn<caf::detached>(worker, state.with->shared, state.pipeline, self->address(), waiting)
                   : system.spawn(worker, state.with->shared, state.pipeline, self->address(), waiting);
  self->monitor(fresh);
  return {std::move(fresh), std::move(waiting)};
}

/// Passes a question on to the reader whose turn it is. What it answers it sends past the door.
template <class Answer, class... Words>
caf::result<Answer> deal(queries_pointer self, Words... words) {
  auto& state = self->state;
  const std::int64_t limit = state.with->shared->chosen.pipeline.queue;
  if (const std::int64_t waiting = state.waiting(); waiting >= limit) {
    error full{error_code::overloaded,
               "Too many questions are waiting.",
               "pipeline.queue",
               std::to_string(waiting) + " waiting",
               "at most " + std::to_string(limit),
               std::chrono::seconds(1)};
    return refused<Answer>(std::move(full));
  }
  const auto& turn = state.readers[state.next++ % state.readers.size()];
  ++*turn.waiting;
  return self->delegate(turn.actor, std::move(words)...);
}

queries_actor::behavior_type queries(queries_pointer self, spawner with, pipeline_actor pipeline) {
  auto& state = self->state;
  const auto readers = with.shared->chosen.store.readers;
  state.with.emplace(std::move(with));
  state.pipeline = std::move(pipeline);
  for (std::int64_t i = 0; i < readers; ++i) state.readers.push_back(spawn_reader(self));
  self->set_down_handler([self](const caf::down_msg& gone) {
    for (auto& reader : self->state.readers) {
      if (self->state.ending || reader.actor.address() != gone.source) continue;
      spdlog::error("queries: a reader ended: {}", caf::to_string(gone.reason));
      reader = spawn_reader(self);
    }
  });
  self->set_exit_handler([self](const caf::exit_msg& asked) {
    self->state.ending = true;
    for (const auto& reader : self->state.readers) self->send_exit(reader.actor, asked.reason);
    self->quit(asked.reason);
  });
  return {
      [self](history_atom, std::string& user_id, std::int64_t limit, id cursor) {
        return deal<reply<history_page>>(self, history_atom::value, std::move(user_id), limit, cursor);
      },
      [self](patterns_atom, std::string& user_id) {
        return deal<reply<pattern_summary>>(self, patterns_atom::value, std::move(user_id));
      },
      [self](rerank_atom, std::shared_ptr<const rerank_request>& request) {
        return deal<std::shared_ptr<const reply<rerank_answer>>>(self, rerank_atom::value, std::move(request));
      },
      [self](recommend_atom, std::shared_ptr<const recommendation_request>& request) {
        return deal<recommendations_ptr>(self, recommend_atom::value, std::move(request));
      },
      [self](explain_atom, std::string& user_id, id movie_id) {
        return deal<std::shared_ptr<const reply<explanation>>>(self, explain_atom::value, std::move(user_id), movie_id);
      },
      [self](models_atom) { return deal<reply<std::vector<model_version>>>(self, models_atom::value); },
      [self](model_atom, id version, std::int64_t limit, id cursor) {
        return deal<reply<model_version_page>>(self, model_atom::value, version, limit, cursor);
      },
      [self](progress_atom) { return deal<reply<retrain_status>>(self, progress_atom::value); },
      [self](page_atom, id retrain_id, std::string& file, std::int64_t cursor) {
        return deal<reply<training_page>>(self, page_atom::value, retrain_id, std::move(file), cursor);
      },
      [self](plugins_atom) { return deal<reply<std::vector<plugin_report>>>(self, plugins_atom::value); },
      [self](shadow_atom, std::string& name) {
        return deal<reply<shadow_report>>(self, shadow_atom::value, std::move(name));
      },
      [self](assignment_atom, id experiment_id, std::string& user_id) {
        return deal<reply<experiment_assignment>>(self, assignment_atom::value, experiment_id, std::move(user_id));
      },
      [self](ready_atom) { return deal<reply<bool>>(self, ready_atom::value); },
  };
}

}  // namespace

queries_actor spawn_queries(const spawner& with, pipeline_actor pipeline) {
  return with.system.spawn(queries, with, std::move(pipeline));
}

}  // namespace demur::pipeline
