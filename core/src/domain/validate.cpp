#include "domain/json_document.hpp"
#include "domain/json_read.hpp"
#include "domain/json_write.hpp"
#include "domain/rules.hpp"
#include "domain/text.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace demur {

namespace {

using fault = std::optional<error>;

fault check_text(std::string field, std::string_view value, const rules::text& rule) {
  if (!is_utf8(value)) return rules::refusal(std::move(field), quoted_excerpt(value), "valid UTF-8");
  if (!rules::obeys(value, rule)) return rules::refusal(std::move(field), quoted_excerpt(value), rule.allowed);
  return std::nullopt;
}

fault check_id(std::string field, const std::optional<id>& value) {
  if (!value || rules::obeys(*value, rules::any_id)) return std::nullopt;
  return rules::refusal(std::move(field), std::to_string(*value), rules::any_id.allowed);
}

fault keep_names_once(const std::string& field, std::vector<std::string>& names) {
  std::vector<std::string> once;
  for (std::size_t place = 0; place < names.size(); ++place) {
    fault found = check_text(field + "[" + std::to_string(place) + "]", names[place], rules::name);
    if (found) return found;
    if (!rules::add_name(once, names[place])) return rules::refusal(field, "more than 32 names", rules::allowed_names);
  }
  names = std::move(once);
  return std::nullopt;
}

fault check_item(const dislike_request& request) {
  fault found = check_id("movie_id", request.movie_id);
  if (!found) found = check_id("recommendation_set_id", request.recommendation_set_id);
  if (found) return found;
  if (!request.movie_title.empty()) return check_text("movie_title", request.movie_title, rules::title);
  if (!request.movie_id) return rules::missing("movie_title", rules::allowed_without_id);
  return std::nullopt;
}

fault check_features(dislike_request& request) {
  fault found = keep_names_once("genres", request.genres);
  if (!found) found = keep_names_once("cast", request.cast);
  if (!found && request.franchise) found = check_text("franchise", *request.franchise, rules::name);
  return found;
}

fault check_context(const std::string& context) {
  if (context.empty()) return std::nullopt;
  json_document parsed;
  const bool allowed = context.size() <= rules::max_context && !parsed.parse(context) &&
                       parsed.root().type() == json_kind::object && !repeated_key(parsed.root());
  if (allowed) return std::nullopt;
  return rules::refusal("context", quoted_excerpt(context), rules::allowed_context);
}

fault check_complaint(const dislike_request& request, timestamp now) {
  if (request.predicted_score && !rules::obeys(*request.predicted_score, rules::score))
    return rules::refusal("predicted_score", std::to_string(*request.predicted_score), rules::score.allowed);
  if (!rules::is_reason(request.reason))
    return rules::refusal("reason", quoted_excerpt(request.reason), rules::allowed_reason);
  if (request.created_at && !rules::is_past(*request.created_at, now))
    return rules::refusal("created_at", format_time(*request.created_at), rules::allowed_time);
  if (!request.feedback_text) return std::nullopt;
  return check_text("feedback_text", *request.feedback_text, rules::comment);
}

}  // namespace

result<done> check_user_id(std::string_view user_id) {
  if (rules::is_visible(user_id)) return done{};
  return rules::no_identity("X-User-ID", user_id.empty() ? std::string() : quoted_excerpt(user_id));
}

result<done> check_idempotency_key(std::string_view key) {
  if (rules::is_visible(key)) return done{};
  return rules::refusal("Idempotency-Key", key.empty() ? "empty" : quoted_excerpt(key),
                        "1 to 128 visible ASCII characters");
}

result<dislike_request> validate(dislike_request request, timestamp now) {
  if (request.reason.empty()) request.reason = rules::default_reason;
  if (!rules::is_visible(request.user_id))
    return rules::no_identity("user_id", request.user_id.empty() ? std::string() : quoted_excerpt(request.user_id));
  fault found = check_item(request);
  if (!found) found = check_features(request);
  if (!found) found = check_complaint(request, now);
  if (!found) found = check_context(request.context);
  if (found) return std::move(*found);
  return request;
}

}  // namespace demur
