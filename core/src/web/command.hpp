#pragma once

#include "web/live_filter.hpp"

#include <demur/error.hpp>
#include <demur/experiments.hpp>
#include <demur/recommendations.hpp>
#include <demur/reports.hpp>
#include <demur/types.hpp>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

/// What a request wants done, read and checked. One type per thing that the pipeline or the queries can be asked.
namespace demur::web {

namespace ask {

struct submit {
  std::vector<result<dislike_request>> rows;
  bool batch = false;
  std::string user_id;          ///< of the sender, may be empty for a batch
  std::string idempotency_key;  ///< empty: none
  std::string body_digest;      ///< only with a key
};
struct movies {
  std::vector<movie> rows;
};
struct ratings {
  std::vector<user_rating> rows;
};
struct shown {
  recommendation_set set;
};
struct rerank {
  rerank_request candidates;
};
struct recommend {
  recommendation_request wanted;
};
struct explain {
  std::string user_id;
  id movie_id = 0;
};
struct history {
  std::string user_id;
  std::int64_t limit = 50;
  id cursor = 0;
};
struct patterns {
  std::string user_id;  ///< empty: over all users
};
struct preview {
  preview_request asked;
};
struct plugins {};
struct reload {};
struct shadow {
  std::string plugin;
};
struct promote {
  std::string plugin;
};
struct experiment {
  experiment_request wanted;
};
struct assignment {
  id experiment_id = 0;
  std::string user_id;
};
struct impact {
  feature_impact_request wanted;
};
struct metrics {};
struct models {};
struct model {
  id model_version_id = 0;
  std::int64_t limit = 50;
  id cursor = 0;
};
struct promote_model {
  id model_version_id = 0;
};
struct rollback_model {
  id model_version_id = 0;
  std::string reason;
};
struct retrain {};
struct progress {};
struct cancel {};
/// Word of a pipeline elsewhere, unread.
struct training_progress {
  id retrain_id = 0;
  std::string json;
};
struct training_result {
  id retrain_id = 0;
  std::string json;
};
struct training_page {
  id retrain_id = 0;
  std::string file;
  std::int64_t cursor = 0;
};
struct ready {};

}  // namespace ask

using command =
    std::variant<ask::submit, ask::movies, ask::ratings, ask::shown, ask::rerank, ask::recommend, ask::explain,
                 ask::history, ask::patterns, ask::preview, ask::plugins, ask::reload, ask::shadow, ask::promote,
                 ask::experiment, ask::assignment, ask::impact, ask::metrics, ask::models, ask::model,
                 ask::promote_model, ask::rollback_model, ask::retrain, ask::progress, ask::cancel,
                 ask::training_progress, ask::training_result, ask::training_page, ask::ready>;

/// The connection is to become a WebSocket.
struct live_upgrade {
  std::string user_id;  ///< empty: each message names its own
  live_filter filter;
};

/// How much a command counts against the bound of what may be in flight: the rows that it writes.
struct load {
  std::int64_t written = 0;
  std::int64_t read = 0;  ///< questions
};
load load_of(const command& wanted);

}  // namespace demur::web
