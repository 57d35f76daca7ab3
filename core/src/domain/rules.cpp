#include "domain/rules.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace demur::rules {

bool obeys(std::string_view value, const text& rule) {
  if (value.size() < rule.from) return false;
  // No text has more characters than bytes.
  if (value.size() > rule.to && count_characters(value) > rule.to) return false;
  return !has_control(value, rule.lines);
}

bool obeys(std::int64_t value, const integers& rule) { return value >= rule.from && value <= rule.to; }

bool obeys(double value, const numbers& rule) {
  return value >= rule.from && value <= rule.to && !(rule.without_from && value == rule.from);
}

bool is_rating(double value) { return obeys(value, stars) && std::floor(2.0 * value) == 2.0 * value; }

bool is_reason(std::string_view value) {
  const auto allowed = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
  };
  return !value.empty() && value.size() <= 64 && std::all_of(value.begin(), value.end(), allowed);
}

bool add_name(std::vector<std::string>& names, std::string_view added, const rules::names& rule) {
  if (std::find(names.begin(), names.end(), added) != names.end()) return true;
  if (names.size() == rule.most) return false;
  names.emplace_back(added);
  return true;
}

bool is_past(timestamp value, timestamp now) {
  constexpr timestamp earliest = std::chrono::sys_days{std::chrono::year{0} / std::chrono::January / 1};
  return value >= earliest && value <= now;
}

error refusal(std::string field, std::string found, std::string_view allowed) {
  std::string sentence = field.empty() ? "The body" : field;
  sentence.append(" is ").append(found).append("; allowed is ").append(allowed).append(".");
  return {error_code::bad_value, std::move(sentence), std::move(field), std::move(found), std::string(allowed)};
}

error missing(std::string field, std::string_view allowed) {
  std::string sentence = field + " is missing; it must be " + std::string(allowed) + ".";
  return {error_code::bad_value, std::move(sentence), std::move(field), "nothing", std::string(allowed)};
}

error no_identity(std::string field, std::string found) {
  if (found.empty()) found = "nothing";
  const std::string sentence = field + " is " + found + "; it must be " + std::string(allowed_user) + ".";
  return {error_code::no_identity, sentence, std::move(field), std::move(found), std::string(allowed_user)};
}

error too_large(std::size_t found, std::size_t allowed) {
  const std::string size = std::to_string(found) + " bytes";
  const std::string limit = "at most " + std::to_string(allowed) + " bytes";
  return {error_code::too_large, "The dislike is " + size + " long; allowed is " + limit + ".", "", size, limit};
}

bool is_visible(std::string_view text) {
  const auto visible = [](char letter) { return letter > ' ' && letter <= '~'; };
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), visible);
}

}  // namespace demur::rules
