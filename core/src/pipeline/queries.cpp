#include "domain/feature.hpp"
#include "domain/json_read.hpp"
#include "domain/rules.hpp"
#include "domain/text.hpp"
#include "learning/assignment.hpp"
#include "pipeline/rerank.hpp"
#include "pipeline/spawn.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <string>
#include <type_traits>
#include <unordered_map>

namespace demur::pipeline {

namespace {

constexpr auto recent = std::chrono::days(30);
constexpr std::chrono::seconds patience{10};

/// Catalogue rows that were asked for of late; emptied when the catalogue changes or it is full.
class movie_cache {
public:
  result<done> load(store::reader& store, std::uint64_t generation, const std::vector<id>& wanted) {
    if (generation != generation_ || rows_.size() > max_rows) rows_.clear();
    generation_ = generation;
    std::vector<id> missing;
    for (const id movie_id : wanted)
      if (!rows_.contains(movie_id)) missing.push_back(movie_id);
    if (missing.empty()) return done{};
    auto loaded = store.movies(missing);
    if (!loaded) return std::move(loaded).problem();
    for (movie& row : *loaded) rows_.emplace(row.movie_id, std::move(row));
    return done{};
  }
  const movie* find(id movie_id) const {
    const auto found = rows_.find(movie_id);
    return found == rows_.end() ? nullptr : &found->second;
  }

private:
  static constexpr std::size_t max_rows = 20'000;
  std::uint64_t generation_ = 0;
  std::unordered_map<id, movie> rows_;
};

struct worker_state {
  const char* name = "query_worker";
  surroundings_ptr shared;
  pipeline_actor pipeline;
  std::unique_ptr<store::reader> opened;
  movie_cache movies;
  std::shared_ptr<const model> serving;
  weight_table shared_weights;

  /// What throws (memory that is short, an embedder's clock) is answered for, too: a request that an actor has taken and
  /// dies over is never answered.
  template <class T, class Ask>
  reply<T> answer(const Ask& ask) {
    try {
      return answer_from_store<T>(ask);
    } catch (const std::exception& thrown) {
      opened.reset();
      spdlog::error("queries: {}", thrown.what());
      return {error{error_code::internal, std::string("The query failed: ") + thrown.what(), {}, {}, {}}, {}};
    }
  }

  /// A session that failed is opened again at the next question.
  template <class T, class Ask>
  reply<T> answer_from_store(const Ask& ask) {
    if (!opened) {
      auto again = store::reader::open(shared->chosen, shared->recent);
      if (!again) return {again.problem(), {}};
      opened = *std::move(again);
    }
    auto got = ask(*opened);
    if (got) return {{}, *std::move(got)};
    if (got.problem().code == error_code::unavailable) opened.reset();
    return {got.problem(), {}};
  }

  result<pattern_summary> patterns_of(store::reader& store, const std::string& user_id) const {
    if (!rules::is_visible(user_id)) return rules::no_identity("user_id", quoted_excerpt(user_id));
    auto tally = store.tally(user_id);
    if (!tally) return std::move(tally).problem();
    auto trend = store.trend(user_id, shared->clock() - recent);
    if (!trend) return std::move(trend).problem();
    auto rows = store.patterns(user_id);
    if (!rows) return std::move(rows).problem();
    return pattern_summary{user_id, tally->by_reason, *trend, tally->total, *std::move(rows)};
  }

  /// The catalogue's rows for the candidates that bring no features, else null; valid until the next question.
  result<std::vector<const movie*>> rows_of(store::reader& store, const rerank_request& request) {
    std::vector<const movie*> rows(request.candidates.size());
    const auto asks = [](const rerank_candidate& candidate) { return !candidate.has_features && candidate.movie_id; };
    std::vector<id> wanted;
    for (const auto& candidate : request.candidates)
      if (asks(candidate)) wanted.push_back(*candidate.movie_id);
    if (wanted.empty()) return rows;
    if (auto loaded = movies.load(store, shared->catalogue_generation, wanted); !loaded)
      return std::move(loaded).problem();
    std::transform(request.candidates.begin(), request.candidates.end(), rows.begin(),
                   [&](const auto& candidate) { return asks(candidate) ? movies.find(*candidate.movie_id) : nullptr; });
    return rows;
  }

  result<std::vector<plugin_report>> plugins(store::reader& store) const {
    auto pending = store.pending_by_reason();
    if (!pending) return std::move(pending).problem();
    auto all = shared->strategies->reports();
    for (plugin_report& one : all)
      if (one.role == "live") one.pending = (*pending)[one.reasons.front()];
    return all;
  }

  reply<shadow_report> shadow_of(const std::string& plugin) const {
    const auto seated = shared->strategies->current();
    for (const auto& [reason, seat] : *seated) {
      if (seat.live->name() != plugin && !(seat.shadow && seat.shadow->name() == plugin)) continue;
      if (seat.shadow) return {{}, shared->shadows.report(seat)};
      return {error{error_code::not_found, "The plugin " + plugin + " has no shadow.", "name", plugin,
                    "a plugin with `shadow` in its section of the settings"},
              {}};
    }
    return {error{error_code::not_found, "There is no plugin " + quoted_excerpt(plugin) + ".", "name", excerpt(plugin),
                  "the name of a plugin that is loaded"},
            {}};
  }

  result<experiment_assignment> assignment(store::reader& store, id experiment_id, const std::string& user_id) const {
    if (!rules::is_visible(user_id)) return rules::no_identity("user_id", quoted_excerpt(user_id));
    const auto row = store.experiment(experiment_id);
    if (!row) return row.problem();
    if (row->state != experiment_state::running)
      return error{error_code::conflict, "This experiment has ended; the live model serves everybody.", "experiment_id",
                   std::to_string(experiment_id), "the id of one that is running"};
    std::vector<double> shares;
    for (const experiment_arm& arm : row->plan.arms) shares.push_back(arm.share);
    const experiment_arm& arm = row->plan.arms[learning::assigned_arm(experiment_id, user_id, shares)];
    const id live = shared->serving.get()->model_version_id;
    return experiment_assignment{experiment_id, user_id, arm.name, arm.model_version_id.value_or(live), arm.feedback};
  }

  void use_model(std::shared_ptr<const model> now_serving) {
    if (serving == now_serving) return;
    shared_weights = table_of(*now_serving, shared->chosen.weights.floor);  // first: it looks into the model
    serving = std::move(now_serving);
  }

  result<rerank_answer> rerank_for(store::reader& store, const rerank_request& request) {
    if (auto checked = check_scores(request); !checked) return std::move(checked).problem();
    const auto rows = rows_of(store, request);
    if (!rows) return rows.problem();
    auto user = store.state(request.user_id);
    if (!user) return std::move(user).problem();
    const timestamp now = shared->clock();
    use_model(shared->serving.get());
    const ranked_user ranked(std::move(user->features), *serving, shared_weights, shared->chosen.weights, now);
    auto answer = rerank(request, *rows, ranked.basis(), now);
    answer.model_version_id = serving->model_version_id;
    return answer;
  }
};
using worker_pointer = queries_actor::stateful_pointer<worker_state>;

/// A summary that is owed: dropped without an answer, as when its actor is killed, it says so.
class owed_summary {
public:
  using promise = caf::typed_response_promise<reply<pattern_summary>>;
  explicit owed_summary(promise of) : promise_(std::move(of)) {}
  owed_summary(const owed_summary&) = delete;
  owed_summary& operator=(const owed_summary&) = delete;
  ~owed_summary() { deliver({error{error_code::unavailable, "The pipeline does not answer.", {}, {}, {}}, {}}); }

  void deliver(reply<pattern_summary> summary) {
    if (promise_.pending()) promise_.deliver(std::move(summary));
  }

private:
  promise promise_;
};

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

/// Questions that a worker has not answered; the door counts up, the worker down.
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
    if constexpr (std::is_same_v<Answer, std::shared_ptr<const reply<rerank_answer>>>)
      return std::make_shared<const reply<rerank_answer>>(reply<rerank_answer>{std::move(full), {}});
    else
      return Answer{std::move(full), {}};
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
