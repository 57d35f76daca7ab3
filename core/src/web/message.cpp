#include "web/message.hpp"

#include "domain/json_write.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace demur::web {

namespace {

constexpr std::array<std::pair<int, std::string_view>, 16> reasons{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
}};

std::string_view reason_phrase(int status) {
  const auto* at = std::ranges::find(reasons, status, &std::pair<int, std::string_view>::first);
  return at == reasons.end() ? std::string_view("Unknown") : at->second;
}

void append_number(std::string& out, std::size_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter; }

}  // namespace

bool equal_without_case(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(), [](char l, char r) { return lower(l) == lower(r); });
}

std::string_view trim_blanks(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

request::found request::find(std::string_view name) const {
  found seen;
  for (const header& each : headers) {
    if (!equal_without_case(each.name, name)) continue;
    if (seen.count++ == 0) seen.value = each.value;
  }
  return seen;
}

bool request::lists(std::string_view name, std::string_view token) const {
  for (const header& each : headers) {
    if (!equal_without_case(each.name, name)) continue;
    for (std::string_view rest = each.value; !rest.empty();) {
      const auto comma = std::min(rest.find(','), rest.size());
      if (equal_without_case(trim_blanks(rest.substr(0, comma)), token)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

void append_response(std::string& out, const response& made, const framing& how) {
  if (made.status == 100) {
    out += "HTTP/1.1 100 Continue\r\n\r\n";
    return;
  }
  const std::string_view body = made.text();
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(made.status));
  out += ' ';
  out += reason_phrase(made.status);
  if (made.media == media::json) out += "\r\nContent-Type: application/json";
  if (made.media == media::problem) out += "\r\nContent-Type: application/problem+json";
  if (made.media == media::csv) out += "\r\nContent-Type: text/csv; charset=utf-8";
  // RFC 9110: an answer that never has a body must not say how long it is.
  if (made.status != 204) {
    out += "\r\nContent-Length: ";
    append_number(out, body.size());
  }
  if (!how.date.empty()) {
    out += "\r\nDate: ";
    out += how.date;
  }
  if (!how.keep_alive)
    out += "\r\nConnection: close";
  else if (how.version == 10)
    out += "\r\nConnection: keep-alive";
  out += "\r\n";
  if (made.replayed) out += "Idempotent-Replayed: true\r\n";
  out += made.extra;
  out += "\r\n";
  if (!how.head_only) out += body;
}

response json_response(int status, std::string body) {
  response made;
  made.status = status;
  made.body = std::move(body);
  return made;
}

response problem_response(const error& problem) {
  response made;
  made.status = http_status(problem.code);
  made.media = media::problem;
  made.body = problem_json(problem);
  if (made.status == 429 || made.status == 503) {
    const std::chrono::seconds wait = problem.retry_after.value_or(std::chrono::seconds(1));
    made.extra = "Retry-After: " + std::to_string(std::max<std::int64_t>(wait.count(), 1)) + "\r\n";
  }
  return made;
}

response timeout_response(std::string_view sentence) {
  response made;
  made.status = 408;
  made.media = media::problem;
  made.body = R"({"type":"about:blank","title":"Request Timeout","status":408,"detail":")";
  made.body += sentence;
  made.body += "\"}";
  made.close = true;
  return made;
}

}  // namespace demur::web
