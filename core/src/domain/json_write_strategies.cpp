#include "domain/json_parts.hpp"
#include "domain/json_write.hpp"
#include "domain/json_writer.hpp"

namespace demur {

// Not in an unnamed namespace: json_writer::value finds them by their argument.

static void write(json_writer& out, const plugin_report& value) {
  out.open_object()
      .member("name", unless_empty(value.name))
      .member("version", unless_empty(value.version))
      .member("file", value.file)
      .member("hash", unless_empty(value.hash))
      .member("abi", unless_empty(value.abi))
      .member("reasons", value.reasons)
      .member("role", value.role)
      .member("isolation", unless_empty(value.isolation))
      .member("state", value.state)
      .member("calls", value.calls)
      .member("failures", value.failures)
      .member("pending", value.pending)
      .member("late_batches", value.late_batches)
      .member("p50_us", value.p50_us)
      .member("p99_us", value.p99_us)
      .member("problem", unless_empty(value.problem))
      .close_object();
}

static void write(json_writer& out, const shadow_report::band& value) {
  out.open_object().member("up_to", value.up_to).member("features", value.features).close_object();
}

static void write(json_writer& out, const shadow_report::example& value) {
  out.open_object()
      .member("dislike_id", value.dislike_id)
      .member("user_id", value.user_id)
      .member("feature_affected", value.feature_affected)
      .member("live_magnitude", value.live_magnitude)
      .member("shadow_magnitude", value.shadow_magnitude)
      .close_object();
}

static void write(json_writer& out, const shadow_difference& value) {
  out.open_object()
      .member("feature_affected", value.feature_affected)
      .member("live_magnitude", value.live_magnitude)
      .member("shadow_magnitude", value.shadow_magnitude)
      .close_object();
}

/// As exact as those of a ranking; null: it is hidden.
static void write_score(json_writer& out, std::string_view key, const std::optional<double>& score) {
  if (score)
    out.key(key).nine_decimals(*score);
  else
    out.member(key, std::optional<double>());
}

static void write(json_writer& out, const preview_answer::moved_candidate& value) {
  out.open_object()
      .member("movie_id", value.movie_id)
      .member("movie_title", unless_empty(value.movie_title))
      .member("score", value.score);
  write_score(out, "adjusted_score_before", value.adjusted_score_before);
  write_score(out, "adjusted_score_after", value.adjusted_score_after);
  out.close_object();
}

/// What was only tried.
template <class Rows>
static void write_all_tried(json_writer& out, std::string_view key, const Rows& rows) {
  out.key(key).open_array();
  for (const auto& row : rows) {
    out.open_object();
    write_unstored(out, row);
    out.close_object();
  }
  out.close_array();
}

std::string to_json(const std::vector<plugin_report>& value) {
  json_writer out(64 + 512 * value.size());
  out.open_object().member("plugins", value).close_object();
  return out.take();
}

std::string to_json(const plugin_changes& value) {
  json_writer out;
  out.open_object()
      .member("loaded", value.loaded)
      .member("replaced", value.replaced)
      .member("forgotten", value.forgotten)
      .member("unchanged", value.unchanged)
      .member("refused", value.refused)
      .close_object();
  return out.take();
}

std::string to_json(const plugin_promotion& value) {
  json_writer out;
  out.open_object()
      .member("reason", value.reason)
      .member("live", value.live)
      .member("shadow", value.shadow)
      .close_object();
  return out.take();
}

std::string to_json(const shadow_report& value) {
  json_writer out(2'048);
  out.open_object()
      .member("reason", value.reason)
      .member("live", value.live)
      .member("live_version", value.live_version)
      .member("shadow", value.shadow)
      .member("shadow_version", value.shadow_version)
      .member("since", value.since)
      .member("compared", value.compared)
      .member("same", value.same)
      .member("live_failures", value.live_failures)
      .member("shadow_failures", value.shadow_failures)
      .member("differences", value.differences)
      .member("mean_difference", value.mean_difference)
      .member("worst", value.worst)
      .close_object();
  return out.take();
}

std::string to_json(const shadow_differences& value) {
  json_writer out;
  out.open_object()
      .member("dislike_id", value.dislike_id)
      .member("user_id", value.user_id)
      .member("reason", value.reason)
      .member("live", value.live)
      .member("shadow", value.shadow)
      .member("differences", value.differences)
      .close_object();
  return out.take();
}

static void write(json_writer& out, const feature_impact& value) {
  out.open_object()
      .member("feature", value.feature)
      .member("dislikes", value.dislikes)
      .member("baseline", value.baseline)
      .member("exposures", value.exposures)
      .member("log_odds", value.log_odds)
      .member("low", value.low)
      .member("high", value.high)
      .member("q", value.q)
      .member("users", value.users)
      .member("half_users", value.half_users)
      .member("top_share", value.top_share)
      .member("users_exact", value.users_exact)
      .close_object();
}

std::string to_json(const feature_impact_report& value) {
  json_writer out(256 + 256 * value.features.size());
  out.open_object()
      .member("reason", unless_empty(value.reason))
      .member("family", unless_empty(value.family))
      .member("dislikes", value.dislikes)
      .member("impressions", value.impressions)
      .member("catalogue", value.catalogue)
      .member("compared", value.compared)
      .member("without_baseline", value.without_baseline)
      .member("features", value.features)
      .close_object();
  return out.take();
}

std::string to_json(const preview_answer& value) {
  json_writer out(1'024 + 160 * value.candidates.size());
  out.open_object()
      .member("user_id", value.user_id)
      .member("reason", value.reason)
      .member("strategy", value.strategy)
      .member("strategy_version", value.strategy_version)
      .member("weight", value.weight);
  write_all_tried(out, "adjustments", value.adjustments);
  out.member("adjustment_pending", value.adjustment_pending).member("filtered", value.filtered);
  write_all_tried(out, "patterns", value.patterns);
  out.member("retraining_triggered", value.retraining_triggered)
      .member("explanation", unless_empty(value.explanation))
      .member("suggested_reasons", value.suggested_reasons)
      .member("candidates", value.candidates)
      .member("model_version_id", value.model_version_id)
      .close_object();
  return out.take();
}

}  // namespace demur
