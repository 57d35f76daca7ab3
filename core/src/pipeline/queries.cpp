#include "domain/feature.hpp"
#include "pipeline/rerank.hpp"
#include "pipeline/spawn.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
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

  /// A session that failed is opened again at the next question.
  template <class T, class Ask>
  reply<T> answer(const Ask& ask) {
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
    auto tally = store.tally(user_id);
    if (!tally) return std::move(tally).problem();
    auto trend = store.trend(user_id, shared->clock() - recent);
    if (!trend) return std::move(trend).problem();
    auto rows = store.patterns(user_id);
    if (!rows) return std::move(rows).problem();
    return pattern_summary{user_id, tally->by_reason, *trend, tally->total, *std::move(rows)};
  }

  result<done> complete(store::reader& store, rerank_request& request) {
    std::vector<id> wanted;
    for (const auto& candidate : request.candidates)
      if (!candidate.has_features && candidate.movie_id) wanted.push_back(*candidate.movie_id);
    if (wanted.empty()) return done{};
    if (auto loaded = movies.load(store, shared->catalogue_generation, wanted); !loaded) return loaded;
    for (auto& candidate : request.candidates) {
      if (candidate.has_features || !candidate.movie_id) continue;
      const movie* row = movies.find(*candidate.movie_id);
      if (!row) continue;
      candidate.genres = row->genres;
      candidate.cast = row->cast;
      candidate.franchise = row->franchise;
      if (candidate.movie_title.empty()) candidate.movie_title = row->movie_title;
    }
    return done{};
  }

  const weight_table& weights_of_model(const std::shared_ptr<const model>& now_serving) {
    if (serving != now_serving) {
      serving = now_serving;
      shared_weights = table_of(*serving);
    }
    return shared_weights;
  }

  result<rerank_answer> rerank_for(store::reader& store, rerank_request request) {
    if (auto completed = complete(store, request); !completed) return std::move(completed).problem();
    auto user = store.state(request.user_id);
    if (!user) return std::move(user).problem();
    auto& weights = user->features;
    const auto first_item = std::stable_partition(weights.begin(), weights.end(),
                                                  [](const auto& state) { return !is_item(state.feature); });
    const std::vector<feature_state> items(std::make_move_iterator(first_item), std::make_move_iterator(weights.end()));
    weights.erase(first_item, weights.end());
    const timestamp now = shared->clock();
    const auto& of_model = weights_of_model(shared->serving.get());
    auto answer = rerank(request, table_of(weights, now), of_model, items, shared->chosen.weights, now);
    answer.model_version_id = serving->model_version_id;
    return answer;
  }
};
using worker_pointer = queries_actor::stateful_pointer<worker_state>;
using summary_promise = caf::typed_response_promise<reply<pattern_summary>>;

/// Over all users the running figures know more than a reader could count.
void summarise_all(worker_pointer self, summary_promise owed) {
  auto rows = self->state.answer<std::vector<pattern>>([](store::reader& store) { return store.patterns({}); });
  if (rows.problem) {
    owed.deliver(reply<pattern_summary>{rows.problem, {}});
    return;
  }
  self->request(self->state.pipeline, patience, metrics_atom::value)
      .then(
          [rows, owed](const reply<feedback_metrics>& got) mutable {
            const feedback_metrics& all = got.value;
            owed.deliver(reply<pattern_summary>{
                got.problem,
                {std::nullopt, all.dislikes_by_reason, all.recent_trend, all.total_dislikes, std::move(rows.value)}});
          },
          [owed](const caf::error&) mutable {
            owed.deliver(reply<pattern_summary>{
                error{error_code::unavailable, "The pipeline does not answer.", {}, {}, {}}, {}});
          });
}

queries_actor::behavior_type worker(worker_pointer self, surroundings_ptr shared, pipeline_actor pipeline) {
  self->state.shared = std::move(shared);
  self->state.pipeline = std::move(pipeline);
  return {
      [self](history_atom, const std::string& user_id, std::int64_t limit, id cursor) {
        return self->state.answer<history_page>(
            [&](store::reader& store) { return store.history(user_id, limit, cursor); });
      },
      [self](patterns_atom, const std::string& user_id) -> summary_promise {
        auto owed = self->make_response_promise<reply<pattern_summary>>();
        if (user_id.empty())
          summarise_all(self, owed);
        else
          owed.deliver(self->state.answer<pattern_summary>(
              [&](store::reader& store) { return self->state.patterns_of(store, user_id); }));
        return owed;
      },
      [self](rerank_atom, const std::shared_ptr<const rerank_request>& request) {
        return std::make_shared<const reply<rerank_answer>>(self->state.answer<rerank_answer>(
            [&](store::reader& store) { return self->state.rerank_for(store, *request); }));
      },
      [self](models_atom) {
        return self->state.answer<std::vector<model_version>>([](store::reader& store) { return store.models(); });
      },
      [self](ready_atom) {
        const auto pinged = self->state.answer<done>([](store::reader& store) { return store.ping(); });
        return reply<bool>{pinged.problem, !pinged.problem};
      },
  };
}

/// The readers' door: deals the questions out in turn and replaces a reader that died.
struct queries_state {
  const char* name = "queries";
  std::optional<spawner> with;
  pipeline_actor pipeline;
  std::vector<queries_actor> workers;
  std::size_t next = 0;
  bool ending = false;

  const queries_actor& turn() { return workers[next++ % workers.size()]; }
};
using queries_pointer = queries_actor::stateful_pointer<queries_state>;

queries_actor spawn_worker(queries_pointer self) {
  const auto& state = self->state;
  auto& system = state.with->system;
  auto fresh = state.with->threads_of_their_own
                   ? system.spawn<caf::detached>(worker, state.with->shared, state.pipeline)
                   : system.spawn(worker, state.with->shared, state.pipeline);
  self->monitor(fresh);
  return fresh;
}

queries_actor::behavior_type queries(queries_pointer self, spawner with, pipeline_actor pipeline) {
  auto& state = self->state;
  const auto readers = with.shared->chosen.store.readers;
  state.with.emplace(std::move(with));
  state.pipeline = std::move(pipeline);
  for (std::int64_t i = 0; i < readers; ++i) state.workers.push_back(spawn_worker(self));
  self->set_down_handler([self](const caf::down_msg& gone) {
    for (queries_actor& reader : self->state.workers) {
      if (self->state.ending || reader.address() != gone.source) continue;
      spdlog::error("queries: a reader ended: {}", caf::to_string(gone.reason));
      reader = spawn_worker(self);
    }
  });
  self->set_exit_handler([self](const caf::exit_msg& asked) {
    self->state.ending = true;
    for (const queries_actor& reader : self->state.workers) self->send_exit(reader, asked.reason);
    self->quit(asked.reason);
  });
  return {
      [self](history_atom, std::string& user_id, std::int64_t limit, id cursor) {
        return self->delegate(self->state.turn(), history_atom::value, std::move(user_id), limit, cursor);
      },
      [self](patterns_atom, std::string& user_id) {
        return self->delegate(self->state.turn(), patterns_atom::value, std::move(user_id));
      },
      [self](rerank_atom, std::shared_ptr<const rerank_request>& request) {
        return self->delegate(self->state.turn(), rerank_atom::value, std::move(request));
      },
      [self](models_atom) { return self->delegate(self->state.turn(), models_atom::value); },
      [self](ready_atom) { return self->delegate(self->state.turn(), ready_atom::value); },
  };
}

}  // namespace

queries_actor spawn_queries(const spawner& with, pipeline_actor pipeline) {
  return with.system.spawn(queries, with, std::move(pipeline));
}

}  // namespace demur::pipeline
