#pragma once

#include <demur/error.hpp>
#include <demur/experiments.hpp>
#include <demur/recommendations.hpp>
#include <demur/reports.hpp>
#include <demur/settings.hpp>
#include <demur/trainer.hpp>
#include <demur/types.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Requests as JSON, read strictly (api.md, "Common"): unknown and duplicate keys, wrong types, numbers out of range,
/// over-long or invalid UTF-8 text and deep nesting are errors that name the field. Pure; callable from any thread.
namespace demur {

/// What a reader must know beside the body.
struct read_context {
  std::string user_id;                 ///< of the header, checked; empty: none was given
  timestamp now{};                     ///< created_at must not lie after it
  std::size_t dislike_limit = 65'536;  ///< bytes of one dislike
};

/// A body of POST /api/dislike. A whole that cannot be read is an error; a row of a batch that cannot, be it no object
/// at all, is an error in its place, with fields named from the row on. A row's own user_id goes before the header's; a
/// dislike that comes alone has the header's, and without it is not looked at.
struct read_dislikes_result {
  std::vector<result<dislike_request>> rows;
  bool batch = false;  ///< it was an array
};
result<read_dislikes_result> read_dislikes(std::string_view body, const read_context& context);

/// 1 to 1,000 rows each; one bad row refuses the whole.
result<std::vector<movie>> read_movies(std::string_view body);
result<std::vector<user_rating>> read_ratings(std::string_view body, const read_context& context);
/// No id given: 0. created_at is now.
result<recommendation_set> read_recommendation_set(std::string_view body, const read_context& context);
result<rerank_request> read_rerank(std::string_view body, const read_context& context);
/// A dislike with `candidates` beside its keys.
result<preview_request> read_preview(std::string_view body, const read_context& context);

/// {"reason": text of up to 500 characters}, why a model is rolled back; empty: none was given.
result<std::string> read_rollback(std::string_view body);
/// A body of POST /api/experiments.
result<experiment_plan> read_experiment(std::string_view body);

/// A message of a live client: {"op": "dislike", "id": any, "user_id": optional, "idempotency_key": optional, "dislike":
/// {...}}. Its user_id is for connections that have none (`read_context::user_id`); another one than the connection's is
/// refused.
struct live_request {
  std::string id;  ///< as JSON text, `null` if none was given or it could not be read
  result<dislike_request> dislike;
  std::string idempotency_key{};  ///< empty: none
  std::string body_digest{};      ///< of the dislike as it was written, as for a body; only with a key
};
live_request read_live_request(std::string_view message, const read_context& context);

/// How far a training is, as a trainer outside of this process says it: {phase, epoch, epochs, loss, eta_s}, all optional.
result<training_progress> read_training_progress(std::string_view json);

/// What such a trainer made: {metrics, shared_log_weights, data_hash, rejection, model}, of which metrics is required; or
/// {error}: why it made nothing.
struct training_result {
  std::string error;  ///< a sentence; empty: none
  std::map<std::string, double> metrics;
  std::optional<std::map<std::string, double, std::less<>>> shared_log_weights;
  std::string data_hash;
  std::string rejection;
  std::string model;  ///< name of a file; empty: none
};
result<training_result> read_training_result(std::string_view json);

/// 1 to 128 visible ASCII characters, or `no_identity` (user id) / `bad_value` (key).
result<done> check_user_id(std::string_view user_id);
result<done> check_idempotency_key(std::string_view key);

/// The rules of api.md for one dislike that did not come as JSON (an embedder's), and its normal form: repeated genres
/// and cast once, no reason means not_interested.
result<dislike_request> validate(dislike_request request, timestamp now);

/// The same for all else that may be passed in; one bad row refuses the whole, naming it: `[3].genres[0]`.
result<std::vector<movie>> validate(std::vector<movie> movies);
/// `liked` is made to follow from a rating.
result<std::vector<user_rating>> validate(std::vector<user_rating> ratings, timestamp now);
result<recommendation_set> validate(recommendation_set shown, timestamp now);
result<rerank_request> validate(rerank_request request);
result<recommendation_request> validate(recommendation_request request);
result<preview_request> validate(preview_request request, timestamp now);
result<experiment_plan> validate(experiment_plan plan);
/// Of the same only what ranking relies on: its rows' number and their scores. Cheap.
result<done> check_scores(const rerank_request& request);
/// A version is asked for by its id or by that of an experiment, not by both.
result<done> check_version(const std::optional<id>& model_version_id, const std::optional<id>& experiment_id);
/// Of a page of the history: user, limit 1 to 500, cursor.
result<done> check_page(std::string_view user_id, std::int64_t limit, id cursor);
/// The same of nobody's.
result<done> check_page(std::int64_t limit, id cursor);
/// Of a rollback.
result<done> check_rollback_reason(std::string_view reason);

}  // namespace demur
