#include "domain/json_parts.hpp"
#include "domain/json_write.hpp"
#include "domain/json_writer.hpp"

#include <optional>

namespace demur {

// Not in an unnamed namespace: json_writer::value finds them by their argument.

static void write(json_writer& out, const dislike_trend& value) {
  out.open_object()
      .member("total_dislikes", value.total_dislikes)
      .member("avg_predicted_score", value.avg_predicted_score)
      .close_object();
}

static void write(json_writer& out, const error_window& value) {
  out.open_object()
      .member("from", value.from)
      .member("to", value.to)
      .member("count", value.count)
      .member("avg_prediction_error", value.avg_prediction_error)
      .close_object();
}

static void write(json_writer& out, const magnitude_window& value) {
  out.open_object()
      .member("from", value.from)
      .member("to", value.to)
      .member("count", value.count)
      .member("mean_adjustment_magnitude", value.mean_adjustment_magnitude)
      .close_object();
}

static void write(json_writer& out, const dislike_rate& value) {
  out.open_object()
      .member("impressions", value.impressions)
      .member("dislikes", value.dislikes)
      .member("rate", value.rate)
      .close_object();
}

static void write(json_writer& out, const strategy_figures& value) {
  out.open_object().member("calls", value.calls).member("failures", value.failures).close_object();
}

/// The figures of a feature, or of a rate, are there only for the rule that looked at one.
static void write(json_writer& out, const retrain_cause& value) {
  const bool of_feature = !value.feature.empty();
  const bool of_rate = value.dislike_rate_before.has_value();
  out.open_object()
      .member("rule", value.rule)
      .member("unused_examples", value.unused_examples)
      .member("mean_error", value.mean_error)
      .member("feature", of_feature ? std::optional(value.feature) : std::nullopt)
      .member("feature_dislikes", of_feature ? std::optional(value.feature_dislikes) : std::nullopt)
      .member("distinct_users", of_feature ? std::optional(value.distinct_users) : std::nullopt)
      .member("dislike_rate_before", value.dislike_rate_before)
      .member("dislike_rate_now", value.dislike_rate_now)
      .member("impressions_since", of_rate ? std::optional(value.impressions_since) : std::nullopt)
      .close_object();
}

/// Into an object that is open. Of the empty model there is nothing but its id.
static void write_members(json_writer& out, const model_version& value) {
  out.member("model_version_id", value.model_version_id);
  if (value.model_version_id == 0) return;
  out.member("parent_id", value.parent_id)
      .member("created_at", value.created_at)
      .member("state", value.state)
      .member("trainer", value.trainer)
      .member("cause", value.cause)
      .member("claimed_examples", value.claimed_examples)
      .member("claim_after", value.claim_after)
      .member("claim_through", value.claim_through)
      .member("data_hash", unless_empty(value.data_hash))
      .member("metrics", value.metrics)
      .member("reason", unless_empty(value.reason));
}

void write(json_writer& out, const model_version& value) {
  out.open_object();
  write_members(out, value);
  out.close_object();
}

// Of what a ranking multiplies, further digits are noise of the arithmetic, and cost most of the time that they take to
// write.

static void write(json_writer& out, const family_multipliers& value) {
  out.open_object();
  if (value.genre) out.key("genre").nine_decimals(*value.genre);
  if (value.cast) out.key("cast").nine_decimals(*value.cast);
  if (value.franchise) out.key("franchise").nine_decimals(*value.franchise);
  out.close_object();
}

static void write(json_writer& out, const reranked_candidate& value) {
  out.open_object()
      .member("movie_id", value.movie_id)
      .member("movie_title", unless_empty(value.movie_title))
      .member("score", value.score)
      .key("adjusted_score")
      .nine_decimals(value.adjusted_score)
      .key("multiplier")
      .nine_decimals(value.multiplier)
      .member("multipliers", value.multipliers)
      .close_object();
}

static void write(json_writer& out, const filtered_candidate& value) {
  out.open_object()
      .member("movie_id", value.movie_id)
      .member("movie_title", unless_empty(value.movie_title))
      .member("reason", value.reason)
      .member("dislike_id", value.dislike_id)
      .member("until", value.until)
      .close_object();
}

std::string to_json(const pattern_summary& value) {
  json_writer out(512 + 256 * value.patterns.size());
  out.open_object()
      .member("user_id", value.user_id)
      .member("reason_distribution", value.reason_distribution)
      .member("recent_trend", value.recent_trend)
      .member("total_dislikes", value.total_dislikes)
      .member("patterns", value.patterns)
      .close_object();
  return out.take();
}

static void write(json_writer& out, const week_on_week& value) {
  out.open_object().member("this_week", value.this_week).member("week_before", value.week_before).close_object();
}

static void write(json_writer& out, const delay_figures& value) {
  out.open_object()
      .member("count", value.count)
      .member("p50_ms", value.p50_ms)
      .member("p99_ms", value.p99_ms)
      .close_object();
}

static std::optional<double> share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

static void write(json_writer& out, const leak_figures& value) {
  out.open_object()
      .member("sets", value.sets)
      .member("leaking_sets", value.leaking_sets)
      .member("rate", share(value.leaking_sets, value.sets))
      .member("movies", value.movies)
      .member("disliked_movies", value.disliked_movies)
      .member("blamed_movies", value.blamed_movies)
      .close_object();
}

std::string to_json(const feedback_metrics& value) {
  const std::int64_t retrains = value.retrain_count + value.rejected_retrains + value.failed_retrains;
  std::map<std::string, dislike_rate> by_version;
  for (const auto& [version, rate] : value.dislike_rate_by_model_version) by_version[std::to_string(version)] = rate;
  json_writer out(4'096);
  out.open_object()
      .member("total_negative_examples", value.total_negative_examples)
      .member("avg_prediction_error", value.avg_prediction_error)
      .member("max_error", value.max_error)
      .member("min_error", value.min_error)
      .member("average_dislike_predicted_score", value.average_dislike_predicted_score)
      .member("total_dislikes", value.total_dislikes)
      .member("untrained_negative_examples", value.untrained_negative_examples)
      .member("dislikes_by_reason", value.dislikes_by_reason)
      .member("error_trend", value.error_trend)
      .member("dislike_rate_by_genre", value.dislike_rate_by_genre)
      .member("dislike_rate_by_model_version", by_version)
      .member("adjustment_magnitude_trend", value.adjustment_magnitude_trend)
      .key("week_on_week")
      .open_object()
      .member("avg_prediction_error", value.prediction_error_by_week)
      .member("dislike_rate", value.dislike_rate_by_week)
      .member("mean_adjustment_magnitude", value.adjustment_magnitude_by_week)
      .close_object()
      .member("leak", value.leak)
      .member("time_to_visible", value.time_to_visible)
      .member("time_to_effect", value.time_to_effect)
      .key("retraining")
      .open_object()
      .member("count", value.retrain_count)
      .member("rejected", value.rejected_retrains)
      .member("failed", value.failed_retrains)
      .member("yield", share(value.retrain_count, retrains))
      .member("last_at", value.last_retrain_at)
      .member("mean_interval_s", value.mean_retrain_interval_s)
      .close_object()
      .member("strategies", value.strategies)
      .member("model_version_id", value.model_version_id)
      .close_object();
  return out.take();
}

std::string to_json(const rerank_answer& value) {
  json_writer out(256 + 256 * (value.candidates.size() + value.filtered.size()));
  out.open_object()
      .member("user_id", value.user_id)
      .member("model_version_id", value.model_version_id)
      .member("arm", unless_empty(value.arm))
      .member("candidates", value.candidates)
      .member("filtered", value.filtered)
      .close_object();
  return out.take();
}

std::string to_json(const std::vector<model_version>& value) {
  json_writer out(64 + 512 * value.size());
  out.open_object().member("models", value).close_object();
  return out.take();
}

std::string to_json(const model_version& value) { return written(value); }

std::string to_json(const model_version_page& value) {
  json_writer out(512 + 20 * value.claimed_dislikes.size());
  out.open_object();
  write_members(out, value.version);
  out.member("claimed_dislikes", value.claimed_dislikes).member("next_cursor", value.next_cursor).close_object();
  return out.take();
}

std::string model_json(std::string_view change, const model_version& version, std::string_view detail) {
  json_writer out;
  out.open_object().member("change", change).member("detail", unless_empty(detail));
  write_members(out, version);
  out.close_object();
  return out.take();
}

std::string to_json(const retrain_ticket& value) {
  json_writer out(64);
  out.open_object()
      .member("retrain_id", value.retrain_id)
      .member("claimed_examples", value.claimed_examples)
      .close_object();
  return out.take();
}

static void write(json_writer& out, const training_progress& value) {
  out.open_object()
      .member("phase", to_string(value.phase))
      .member("epoch", value.epoch)
      .member("epochs", value.epochs)
      .member("loss", value.loss)
      .member("eta_s", value.eta_s)
      .close_object();
}

std::string to_json(const retrain_status& value) {
  json_writer out;
  out.open_object()
      .member("state", value.state)
      .member("retrain_id", value.retrain_id == 0 ? std::nullopt : std::optional(value.retrain_id))
      .member("trainer", unless_empty(value.trainer))
      .member("started_at", value.started_at)
      .member("phase", unless_empty(value.phase))
      .member("epoch", value.epoch)
      .member("epochs", value.epochs)
      .member("loss", value.loss)
      .member("eta_s", value.eta_s)
      .member("outcome", unless_empty(value.outcome))
      .member("detail", unless_empty(value.detail))
      .close_object();
  return out.take();
}

std::string retrain_json(std::string_view phase, const model_version& version, std::string_view detail,
                         const std::optional<training_progress>& progress) {
  json_writer out;
  out.open_object()
      .member("phase", phase)
      .member("detail", unless_empty(detail))
      .member("cause", version.cause)
      .member("version", version.model_version_id == 0 ? std::nullopt : std::optional(version));
  if (progress) out.member("progress", *progress);
  out.close_object();
  return out.take();
}

}  // namespace demur
