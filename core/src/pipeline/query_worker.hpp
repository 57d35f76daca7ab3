#pragma once

#include "pipeline/actors.hpp"
#include "pipeline/rerank.hpp"
#include "store/store.hpp"

#include <demur/recommendations.hpp>
#include <demur/reports.hpp>
#include <demur/types.hpp>

#include <spdlog/spdlog.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace demur::pipeline {

/// Catalogue rows that were asked for of late; emptied when the catalogue changes or it is full.
class movie_cache {
public:
  result<done> load(store::reader& store, std::uint64_t generation, const std::vector<id>& wanted);
  const movie* find(id movie_id) const;

private:
  static constexpr std::size_t max_rows = 20'000;
  std::uint64_t generation_ = 0;
  std::unordered_map<id, movie> rows_;
};

/// Titles that were asked for of late; emptied likewise. Apart from the rows: while a question looks into those, a title may
/// have to be looked up.
class title_cache {
public:
  /// See store::reader::movie_titled.
  result<std::optional<id>> find(store::reader& store, std::uint64_t generation, const std::string& title);

private:
  static constexpr std::size_t max_titles = 20'000;
  std::uint64_t generation_ = 0;
  std::unordered_map<std::string, std::optional<id>> movies_;
};

/// What is recommended, and how it is to be logged.
struct shown_recommendations {
  recommendations answer;  ///< without its recommendation_set_id
  std::shared_ptr<const recommendation_set> set;
  id newest_dislike_id = 0;  ///< of the user, that the answer reflects
};

/// What answers questions from the store and from the model that serves. Belongs to one thread.
class query_worker {
public:
  const char* name = "query_worker";
  surroundings_ptr shared;

  /// Puts a question to the store. What throws (memory that is short, an embedder's clock) is answered for, too: a request
  /// that an actor has taken and dies over is never answered.
  template <class T, class Ask>
  reply<T> answer(const Ask& ask) {
    try {
      return answer_from_store<T>(ask);
    } catch (const std::exception& thrown) {
      opened_.reset();
      spdlog::error("queries: {}", thrown.what());
      return {error{error_code::internal, std::string("The query failed: ") + thrown.what(), {}, {}, {}}, {}};
    }
  }

  result<pattern_summary> patterns_of(store::reader& store, const std::string& user_id) const;
  result<std::vector<plugin_report>> plugins(store::reader& store) const;
  reply<shadow_report> shadow_of(const std::string& plugin) const;
  result<experiment_assignment> assignment(store::reader& store, id experiment_id, const std::string& user_id) const;
  result<rerank_answer> rerank_for(store::reader& store, const rerank_request& request);
  result<shown_recommendations> recommend_to(store::reader& store, const recommendation_request& sent);

  result<explanation> explain(store::reader& store, const std::string& user_id, id movie_id);

  /// An answer to the user is made of all that he disliked up to this one.
  void note_effect(const std::string& user_id, id newest_dislike_id) const;

private:
  /// A session that failed is opened again at the next question.
  template <class T, class Ask>
  reply<T> answer_from_store(const Ask& ask) {
    if (!opened_) {
      auto again = store::reader::open(shared->chosen, shared->recent);
      if (!again) return {again.problem(), {}};
      opened_ = *std::move(again);
    }
    auto got = ask(*opened_);
    if (got) return {{}, *std::move(got)};
    if (got.problem().code == error_code::unavailable) opened_.reset();
    return {got.problem(), {}};
  }

  /// A model version with its part in everybody's weights, which looks into it.
  struct held_version {
    held_version(std::shared_ptr<const model> of, double floor)
        : version(std::move(of)), shared_weights(table_of(*version, floor)) {}
    const std::shared_ptr<const model> version;
    const weight_table shared_weights;
  };
  using held_ptr = std::shared_ptr<const held_version>;

  /// What answers a user: a version of the model, with his feedback or without.
  struct served {
    held_ptr held;
    bool feedback = true;
    std::string arm{};  ///< of the experiment; empty: none was named, or it has ended
  };
  /// `Request`: names a version, or an experiment, or neither.
  template <class Request>
  result<served> served_for(store::reader& store, const Request& request);
  /// Null: the live one.
  result<held_ptr> version_for(store::reader& store, const std::optional<id>& wanted);
  result<std::shared_ptr<const model>> load_version(store::reader& store, id wanted) const;
  /// What is kept of the user, for ranking.
  result<user_state> read_user(store::reader& store, const std::string& user_id);
  result<std::vector<const movie*>> rows_of(store::reader& store, const rerank_request& request);
  result<rerank_answer> rerank_by_model(store::reader& store, const rerank_request& request, const served& by);

  std::unique_ptr<store::reader> opened_;
  movie_cache movies_;
  title_cache titles_;
  held_ptr live_;
  std::vector<held_ptr> named_;  ///< versions that were asked for by their ids, the last one first
};

}  // namespace demur::pipeline
