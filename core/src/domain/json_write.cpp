#include "domain/json_write.hpp"

#include "domain/json_parts.hpp"
#include "domain/json_writer.hpp"

namespace demur {

namespace {

std::size_t expected_size(const receipt& value) {
  return 400 + 192 * value.adjustments.size() + 224 * value.patterns.size();
}

}  // namespace

void write_unstored(json_writer& out, const impact& value) {
  out.member("impact_type", value.impact_type)
      .member("feature_affected", value.feature_affected)
      .member("adjustment_magnitude", value.adjustment_magnitude)
      .member("weight_before", value.weight_before)
      .member("weight_after", value.weight_after);
}

void write(json_writer& out, const impact& value) {
  out.open_object().member("impact_id", value.impact_id);
  write_unstored(out, value);
  out.close_object();
}

void write_unstored(json_writer& out, const pattern& value) {
  out.member("user_id", unless_empty(value.user_id))
      .member("pattern_type", value.pattern_type)
      .member("pattern_value", value.pattern_value)
      .member("frequency", value.frequency)
      .member("severity", value.severity);
}

void write(json_writer& out, const pattern& value) {
  out.open_object().member("pattern_id", value.pattern_id);
  write_unstored(out, value);
  out.member("identified_at", value.identified_at).close_object();
}

void write(json_writer& out, const receipt& value) {
  out.open_object()
      .member("dislike_id", value.dislike_id)
      .member("user_id", value.user_id)
      .member("example_id", value.example_id)
      .member("weight", value.weight)
      .member("strategy", value.strategy)
      .member("strategy_version", value.strategy_version)
      .member("adjustments", value.adjustments)
      .member("adjustment_pending", value.adjustment_pending)
      .member("filtered", value.filtered)
      .member("patterns", value.patterns)
      .member("retraining_triggered", value.retraining_triggered)
      .member("model_version_id", value.model_version_id)
      .close_object();
}

void write(json_writer& out, const dislike& value) {
  out.open_object()
      .member("dislike_id", value.dislike_id)
      .member("user_id", value.user_id)
      .member("movie_id", value.movie_id)
      .member("movie_title", unless_empty(value.movie_title))
      .member("recommendation_set_id", value.recommendation_set_id)
      .member("predicted_score", value.predicted_score)
      .member("reason", value.reason)
      .member("feedback_text", value.feedback_text)
      .member("created_at", value.created_at)
      .member("genres", value.genres)
      .member("cast", value.cast)
      .member("franchise", value.franchise)
      .member("adjustment_pending", value.adjustment_pending)
      .key("context")
      .raw(value.context.empty() ? "null" : value.context)
      .close_object();
}

std::string to_json(const receipt& value) { return written(value, expected_size(value)); }
std::string to_json(const pattern& value) { return written(value); }
std::string to_json(const dislike& value) { return written(value); }

std::string adjustment_json(const receipt& value) {
  json_writer out(expected_size(value));
  out.open_object()
      .member("dislike_id", value.dislike_id)
      .member("user_id", value.user_id)
      .member("adjustments", value.adjustments)
      .close_object();
  return out.take();
}

std::string batch_json(const std::vector<result<receipt>>& rows) {
  constexpr int created = 201;
  json_writer out(64 + 1'024 * rows.size());
  out.open_object().key("results").open_array();
  for (const auto& row : rows) {
    out.open_object();
    if (row) {
      out.member("status", created).member("receipt", *row);
    } else {
      out.member("status", http_status(row.problem().code)).member("problem", row.problem());
    }
    out.close_object();
  }
  out.close_array().close_object();
  return out.take();
}

std::string to_json(const history_page& value) {
  json_writer out(512 * (1 + value.dislikes.size()));
  out.open_object()
      .member("user_id", value.user_id)
      .member("total", value.total)
      .member("dislikes", value.dislikes)
      .member("next_cursor", value.next_cursor)
      .close_object();
  return out.take();
}

}  // namespace demur
