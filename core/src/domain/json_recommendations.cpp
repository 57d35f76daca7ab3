#include "domain/json_parts.hpp"
#include "domain/json_write.hpp"
#include "domain/json_writer.hpp"

#include <optional>

namespace demur {

static void write(json_writer& out, const recommended_movie& value) {
  out.open_object()
      .member("movie_id", value.movie_id)
      .member("movie_title", unless_empty(value.movie_title))
      .member("genres", value.genres)
      .key("score")
      .nine_decimals(value.score)
      .member("propensity", value.propensity)
      .member("explored", value.explored)
      .close_object();
}

std::string to_json(const recommendations& value) {
  json_writer out(128 + 256 * value.recommendations.size());
  const bool logged = value.recommendation_set_id != 0;
  out.open_object()
      .member("user_id", value.user_id)
      .member("recommendation_set_id", logged ? std::optional(value.recommendation_set_id) : std::nullopt)
      .member("model_version_id", value.model_version_id)
      .member("arm", unless_empty(value.arm))
      .member("recommendations", value.recommendations)
      .close_object();
  return out.take();
}

static void write(json_writer& out, const score_part& value) {
  out.open_object().member("name", value.name).member("value", value.value).close_object();
}

static void write(json_writer& out, const dislike_in_score& value) {
  out.open_object()
      .member("dislike_id", value.dislike_id)
      .member("reason", value.reason)
      .member("movie_id", value.movie_id)
      .member("movie_title", unless_empty(value.movie_title))
      .member("created_at", value.created_at)
      .member("learned", value.learned)
      .member("effect", value.effect)
      .member("score_without", value.score_without)
      .close_object();
}

static void write(json_writer& out, const score_explanation& value) {
  out.open_object()
      .member("score", value.score)
      .member("parts", value.parts)
      .member("dislikes", value.dislikes)
      .close_object();
}

static void write(json_writer& out, const adjustment_in_weight& value) {
  out.open_object()
      .member("dislike_id", value.dislike_id)
      .member("reason", value.reason)
      .member("strategy", unless_empty(value.strategy))
      .member("strategy_version", unless_empty(value.strategy_version))
      .member("adjustment_magnitude", value.adjustment_magnitude)
      .member("factor", value.factor)
      .member("applied_at", value.applied_at)
      .member("faded_at", value.faded_at)
      .member("multiplier_without", value.multiplier_without)
      .close_object();
}

static void write(json_writer& out, const feature_in_multiplier& value) {
  out.open_object()
      .member("feature", value.feature)
      .member("weight", value.weight)
      .member("shared", value.shared)
      .member("adjustments", value.adjustments)
      .close_object();
}

static void write_hidden(json_writer& out, const std::optional<filtered_candidate>& value) {
  out.key("hidden");
  if (!value) {
    out.null();
    return;
  }
  out.open_object()
      .member("reason", value->reason)
      .member("dislike_id", value->dislike_id)
      .member("until", value->until)
      .close_object();
}

std::string to_json(const explanation& value) {
  json_writer out(1'024);
  out.open_object()
      .member("user_id", value.user_id)
      .member("movie_id", value.movie_id)
      .member("movie_title", unless_empty(value.movie_title))
      .member("model_version_id", value.model_version_id);
  write_hidden(out, value.hidden);
  out.member("model", value.model)
      .member("multiplier", value.multiplier)
      .member("features", value.features)
      .member("complete", value.complete)
      .close_object();
  return out.take();
}

}  // namespace demur
