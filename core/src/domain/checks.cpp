#include "domain/checks.hpp"

#include "domain/json_write.hpp"
#include "domain/text.hpp"

#include <cstddef>
#include <utility>

namespace demur::checks {

namespace {

fault keep_names_once(const std::string& field, std::vector<std::string>& names,
                      const rules::names& rule = rules::features) {
  std::vector<std::string> once;
  for (std::size_t place = 0; place < names.size(); ++place) {
    fault found = check_text(field + "[" + std::to_string(place) + "]", names[place], rules::name);
    if (found) return found;
    if (!rules::add_name(once, names[place], rule))
      return rules::refusal(field, std::string(rule.too_many), rule.allowed);
  }
  names = std::move(once);
  return std::nullopt;
}

}  // namespace

fault check_text(std::string field, std::string_view value, const rules::text& rule) {
  if (!is_utf8(value)) return rules::refusal(std::move(field), quoted_excerpt(value), "valid UTF-8");
  if (!rules::obeys(value, rule)) return rules::refusal(std::move(field), quoted_excerpt(value), rule.allowed);
  return std::nullopt;
}

fault check_id(std::string field, const std::optional<id>& value, const rules::integers& rule) {
  if (!value || rules::obeys(*value, rule)) return std::nullopt;
  return rules::refusal(std::move(field), std::to_string(*value), rule.allowed);
}

fault check_score(std::string field, const std::optional<double>& value, const rules::numbers& rule) {
  if (!value || rules::obeys(*value, rule)) return std::nullopt;
  return rules::refusal(std::move(field), std::to_string(*value), rule.allowed);
}

fault check_title(const std::string& at, const std::optional<id>& movie_id, std::string_view title) {
  if (fault found = check_id(at + "movie_id", movie_id)) return found;
  if (!title.empty()) return check_text(at + "movie_title", title, rules::title);
  if (!movie_id) return rules::missing(at + "movie_title", rules::allowed_without_id);
  return std::nullopt;
}

fault check_names(const std::string& at, std::vector<std::string>& genres, std::vector<std::string>& cast,
                  const std::optional<std::string>& franchise) {
  fault found = keep_names_once(at + "genres", genres);
  if (!found) found = keep_names_once(at + "cast", cast);
  if (!found && franchise) found = check_text(at + "franchise", *franchise, rules::name);
  return found;
}

fault check_directors(const std::string& at, std::vector<std::string>& directors) {
  return keep_names_once(at + "directors", directors, rules::directors);
}

fault check_user(std::string field, std::string_view user_id) {
  if (rules::is_visible(user_id)) return std::nullopt;
  return rules::no_identity(std::move(field), user_id.empty() ? std::string() : quoted_excerpt(user_id));
}

fault check_past(std::string field, timestamp value, timestamp now) {
  if (rules::is_past(value, now)) return std::nullopt;
  return rules::refusal(std::move(field), format_time(value), rules::allowed_time);
}

}  // namespace demur::checks
