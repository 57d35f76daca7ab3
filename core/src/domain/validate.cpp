#include "domain/checks.hpp"
#include "domain/json_document.hpp"
#include "domain/json_read.hpp"
#include "domain/json_write.hpp"
#include "domain/rules.hpp"
#include "domain/text.hpp"

#include <optional>
#include <string>
#include <utility>

namespace demur {

namespace {

using namespace checks;

fault check_item(const dislike_request& request) {
  if (fault found = check_id("recommendation_set_id", request.recommendation_set_id)) return found;
  return check_title({}, request.movie_id, request.movie_title);
}

fault check_features(dislike_request& request) {
  return check_names({}, request.genres, request.cast, request.franchise);
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
