#include "web/target.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <charconv>

namespace demur::web {

namespace {

int hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

bool append_decoded(std::string& out, std::string_view text, bool plus_is_space) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    char letter = text[at];
    if (letter == '%') {
      const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
      const int low = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
      if (high < 0 || low < 0) return false;
      letter = static_cast<char>(high * 16 + low);
      at += 2;
    } else if (letter == '+' && plus_is_space) {
      letter = ' ';
    }
    out += letter;
  }
  return is_utf8(out) && !has_control(out, false);
}

error malformed(std::string_view field, std::string_view found, std::string_view allowed) {
  error problem;
  problem.code = error_code::malformed;
  problem.field = field;
  problem.found = quoted_excerpt(found);
  problem.allowed = allowed;
  problem.detail = "The request target cannot be read: " + problem.found + " is not " + problem.allowed + ".";
  return problem;
}

constexpr std::string_view allowed_text = "UTF-8 text with % codes of two hexadecimal digits";

/// The parts of `http://host/path`; RFC 9112 asks servers to take it, though only proxies send it.
std::string_view without_host(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    const auto slash = text.find_first_of("/?");
    return slash == std::string_view::npos ? std::string_view("/") : text.substr(slash);
  }
  return text;
}

std::optional<error> read_query(std::string_view text, target& into) {
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    std::string name;
    std::string value;
    if (!append_decoded(name, pair.substr(0, equals), true) ||
        !append_decoded(value, pair.substr(std::min(equals + 1, pair.size())), true))
      return malformed("query", pair, allowed_text);
    if (into.find(name)) return bad_parameter(name, value, "given once");
    into.query.emplace_back(std::move(name), std::move(value));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> target::find(std::string_view name) const {
  for (const auto& [given, value] : query)
    if (given == name) return value;
  return std::nullopt;
}

result<target> read_target(std::string_view text) {
  text = without_host(text);
  const auto question = std::min(text.find('?'), text.size());
  target read;
  if (!append_decoded(read.path, text.substr(0, question), false))
    return malformed("path", text.substr(0, question), allowed_text);
  if (question < text.size()) {
    if (auto problem = read_query(text.substr(question + 1), read)) return std::move(*problem);
  }
  return read;
}

result<std::int64_t> read_number(std::string_view name, std::string_view text, std::int64_t from, std::int64_t to) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = problem == std::errc{} && end == text.data() + text.size() && text.front() != '-';
  if (!whole || number < from || number > to)
    return bad_parameter(name, text, "an integer from " + std::to_string(from) + " to " + std::to_string(to));
  return number;
}

error bad_parameter(std::string_view name, std::string_view found, std::string allowed) {
  error problem;
  problem.code = error_code::bad_value;
  problem.field = name;
  problem.found = quoted_excerpt(found);
  problem.allowed = std::move(allowed);
  problem.detail =
      "The query parameter " + problem.field + " is " + problem.found + "; it must be " + problem.allowed + ".";
  return problem;
}

}  // namespace demur::web
