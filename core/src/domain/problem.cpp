#include "domain/problem.hpp"

#include "domain/json_parts.hpp"
#include "domain/json_write.hpp"
#include "domain/json_writer.hpp"

#include <algorithm>
#include <array>

namespace demur {

namespace {

struct problem_kind {
  error_code code;
  int status;
  std::string_view name;
  std::string_view title;
};

/// In the order of error_code.
constexpr std::array<problem_kind, 12> kinds{{
    {error_code::malformed, 400, "malformed", "The request cannot be read"},
    {error_code::no_identity, 401, "no_identity", "The request names no usable user"},
    {error_code::not_found, 404, "not_found", "There is no such thing"},
    {error_code::bad_method, 405, "bad_method", "The method is not allowed here"},
    {error_code::conflict, 409, "conflict", "The state does not allow it now"},
    {error_code::too_large, 413, "too_large", "The request is too large"},
    {error_code::bad_media, 415, "bad_media", "The content type is not supported"},
    {error_code::bad_value, 422, "bad_value", "A value is not allowed"},
    {error_code::too_many, 429, "too_many", "Too much of one sender is waiting"},
    {error_code::overloaded, 503, "overloaded", "Too much to do just now"},
    {error_code::unavailable, 503, "unavailable", "Out of service just now"},
    {error_code::internal, 500, "internal", "The server failed"},
}};

constexpr std::string_view type_prefix = "/problems/";

const problem_kind& kind_of(error_code code) {
  const auto found = std::find_if(kinds.begin(), kinds.end(), [code](const auto& kind) { return kind.code == code; });
  return found == kinds.end() ? kinds.back() : *found;
}

}  // namespace

int http_status(error_code code) { return kind_of(code).status; }

std::string problem_type(error_code code) { return std::string(type_prefix).append(kind_of(code).name); }

std::optional<error_code> code_of_problem(std::string_view type) {
  const auto same = [type](const auto& kind) { return type == problem_type(kind.code); };
  const auto found = std::find_if(kinds.begin(), kinds.end(), same);
  if (found == kinds.end()) return std::nullopt;
  return found->code;
}

void write(json_writer& out, const error& value) {
  const problem_kind& kind = kind_of(value.code);
  out.open_object().member("type", problem_type(kind.code)).member("title", kind.title).member("status", kind.status);
  if (!value.detail.empty()) out.member("detail", value.detail);
  if (!value.field.empty()) out.member("field", value.field);
  if (!value.found.empty()) out.member("found", value.found);
  if (!value.allowed.empty()) out.member("allowed", value.allowed);
  out.close_object();
}

std::string problem_json(const error& value) { return written(value); }

}  // namespace demur
