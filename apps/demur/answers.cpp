#include "answers.hpp"

#include "failure.hpp"
#include "http_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cmath>
#include <cstdio>

namespace demur::cli {

namespace json = boost::json;

namespace {

json::value parsed(const std::string& body, boost::system::error_code& error) {
  json::parse_options deep;
  deep.max_depth = 64;
  return json::parse(body, error, {}, deep);
}

/// The problem document, or an empty object if there is none.
json::object document(const http_answer& answer) {
  boost::system::error_code error;
  const json::value body = parsed(answer.body, error);
  return !error && body.is_object() ? body.get_object() : json::object{};
}

/// `[3].title` -> `title`
std::string without_place(const std::string& field) {
  if (!field.starts_with('[')) return field;
  const std::size_t close = field.find(']');
  if (close == std::string::npos) return field;
  const std::string rest = field.substr(close + 1);
  return rest.starts_with('.') ? rest.substr(1) : rest;
}

/// What is allowed rather than the whole sentence, where both are there: the sentence quotes what was found, and then no
/// two refusals would be equal.
std::string line_of(const json::object& problem) {
  const std::string field = without_place(text_of(problem, "field"));
  const std::string allowed = text_of(problem, "allowed");
  if (!field.empty() && !allowed.empty()) return field + ": allowed is " + allowed;
  const std::string detail = text_of(problem, "detail");
  return detail.empty() ? text_of(problem, "title") : detail;
}

void append_pretty(std::string& text, const json::value& value, std::size_t indent) {
  const std::string margin(indent + 2, ' ');
  const char* separator = "\n";
  const auto item = [&](const json::value& inner, const std::string& label) {
    text.append(separator).append(margin).append(label);
    append_pretty(text, inner, indent + 2);
    separator = ",\n";
  };
  if (value.is_object() && !value.get_object().empty()) {
    text += '{';
    for (const auto& [key, inner] : value.get_object()) item(inner, json::serialize(key) + ": ");
    text.append("\n").append(indent, ' ').append("}");
  } else if (value.is_array() && !value.get_array().empty()) {
    text += '[';
    for (const auto& inner : value.get_array()) item(inner, "");
    text.append("\n").append(indent, ' ').append("]");
  } else if (value.is_double() && std::isfinite(value.get_double())) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.15g", value.get_double());
    text += digits;
  } else {
    text += json::serialize(value);
  }
}

}  // namespace

std::string problem_text(const http_answer& answer) {
  const json::object problem = document(answer);
  std::string text = "the server refused (" + std::to_string(answer.status) + ")";
  if (problem.empty()) return answer.body.empty() ? text : text + ": " + answer.body.substr(0, 300);
  const std::string detail = text_of(problem, "detail");
  text += ": " + (detail.empty() ? text_of(problem, "title") : detail);
  for (const char* key : {"field", "found", "allowed"}) {
    if (problem.if_contains(key))
      text += "\n  " + std::string(key) + std::string(9 - std::string_view(key).size(), ' ') + shown(problem, key);
  }
  if (answer.retry_after) text += "\n  try again in " + std::to_string(answer.retry_after->count()) + " s";
  return text;
}

std::string problem_line(const http_answer& answer) {
  const std::string line = line_of(document(answer));
  const std::string status = std::to_string(answer.status);
  return line.empty() ? status : status + " " + line;
}

std::string problem_line(const json::value& problem) {
  return problem.is_object() ? line_of(problem.get_object()) : "";
}

json::value expect_json(const http_answer& answer) {
  if (!answer.ok()) throw failure(exit_code::refused, problem_text(answer));
  boost::system::error_code error;
  json::value body = parsed(answer.body, error);
  if (error)
    throw failure(exit_code::refused, "the answer is not JSON (" + error.message() +
                                          "): " + answer.body.substr(0, 200) + "\n  is this a Demur server?");
  return body;
}

json::value ask(http_client& client, const http_request& request) { return expect_json(client.send(request)); }

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t integer_of(const json::object& object, std::string_view key) {
  return static_cast<std::int64_t>(number_of(object, key));
}

double number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  boost::system::error_code error;
  return value && value->is_number() ? value->to_number<double>(error) : 0.0;
}

const json::object& object_of(const json::object& object, std::string_view key) {
  static const json::object none;
  const json::value* value = object.if_contains(key);
  return value && value->is_object() ? value->get_object() : none;
}

const json::array& array_of(const json::object& object, std::string_view key) {
  static const json::array none;
  const json::value* value = object.if_contains(key);
  return value && value->is_array() ? value->get_array() : none;
}

std::string short_number(double value) {
  char digits[64];
  std::snprintf(digits, sizeof digits, "%.4f", value);
  std::string text = digits;
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string shown(const json::value& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_double()) return short_number(value.get_double());
  if (value.is_bool()) return value.get_bool() ? "yes" : "no";
  if (!value.is_array()) return json::serialize(value);
  std::string text;
  for (const json::value& item : value.get_array()) text += (text.empty() ? "" : ", ") + shown(item);
  return text.empty() ? "-" : text;
}

std::string shown(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value ? shown(*value) : "-";
}

std::string pretty(const json::value& value) {
  std::string text;
  append_pretty(text, value, 0);
  return text;
}

}  // namespace demur::cli
