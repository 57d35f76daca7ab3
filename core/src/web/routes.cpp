#include "web/routes.hpp"

#include "domain/json_read.hpp"
#include "domain/nearest.hpp"
#include "domain/rules.hpp"
#include "domain/text.hpp"
#include "web/actions.hpp"
#include "web/target.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace demur::web {

namespace {

/// Who must say who he is.
enum class identity { unneeded, welcome, needed, needed_unless_all };

using names = std::span<const std::string_view>;
constexpr std::array<std::string_view, 2> page_parameters{"limit", "cursor"};
constexpr std::array<std::string_view, 2> set_parameters{"file", "cursor"};
constexpr std::array<std::string_view, 1> pattern_parameters{"scope"};
constexpr std::array<std::string_view, 3> impact_parameters{"reason", "family", "limit"};
constexpr std::array<std::string_view, 8> recommendation_parameters{
    "n", "exclude", "genres", "without_genres", "exploration", "model_version_id", "experiment_id", "feedback"};
constexpr std::array<std::string_view, 2> explain_parameters{"user_id", "movie_id"};
constexpr std::array<std::string_view, 4> live_parameters_known{"user_id", "topics", "user", "reason"};

struct entry {
  std::string_view path;
  std::string_view method;
  identity who;
  bool has_body;
  names parameters;
  actions::action act;
};

/// `{...}` in a path stands for any one part of it. More exact paths come first.
constexpr std::array<entry, 34> table{{
    {"/api/dislike", "POST", identity::welcome, true, {}, actions::submit},
    {"/api/dislike/preview", "POST", identity::needed, true, {}, actions::preview},
    {"/api/dislike-history", "GET", identity::needed, false, page_parameters, actions::history},
    {"/api/dislike-patterns", "GET", identity::needed_unless_all, false, pattern_parameters, actions::patterns},
    {"/api/feedback-metrics", "GET", identity::unneeded, false, {}, actions::metrics},
    {"/api/rerank", "POST", identity::needed, true, {}, actions::rerank},
    {"/api/recommendations", "GET", identity::needed, false, recommendation_parameters, actions::recommend},
    {"/api/explain", "GET", identity::welcome, false, explain_parameters, actions::explain},
    {"/api/recommendation-sets", "POST", identity::needed, true, {}, actions::shown},
    {"/api/ratings", "POST", identity::needed, true, {}, actions::ratings},
    {"/api/movies", "POST", identity::unneeded, true, {}, actions::movies},
    {"/api/retrain", "POST", identity::unneeded, true, {}, actions::retrain},
    {"/api/retrain", "GET", identity::unneeded, false, {}, actions::progress},
    {"/api/retrain", "DELETE", identity::unneeded, false, {}, actions::cancel},
    {"/api/retrain/{id}/training-set", "GET", identity::unneeded, false, set_parameters, actions::training_set},
    {"/api/retrain/{id}/progress", "POST", identity::unneeded, true, {}, actions::training_progress},
    {"/api/retrain/{id}/result", "POST", identity::unneeded, true, {}, actions::training_result},
    {"/api/models", "GET", identity::unneeded, false, {}, actions::models},
    {"/api/models/{model_version_id}", "GET", identity::unneeded, false, page_parameters, actions::model},
    {"/api/models/{model_version_id}/promote", "POST", identity::unneeded, true, {}, actions::promote_model},
    {"/api/models/{model_version_id}/rollback", "POST", identity::unneeded, true, {}, actions::rollback_model},
    {"/api/plugins", "GET", identity::unneeded, false, {}, actions::plugins},
    {"/api/plugins/reload", "POST", identity::unneeded, true, {}, actions::reload},
    {"/api/plugins/{name}/shadow", "GET", identity::unneeded, false, {}, actions::shadow},
    {"/api/plugins/{name}/promote", "POST", identity::unneeded, true, {}, actions::promote},
    {"/api/features/impact", "GET", identity::unneeded, false, impact_parameters, actions::impact},
    {"/api/experiments", "GET", identity::unneeded, false, {}, actions::experiments},
    {"/api/experiments", "POST", identity::unneeded, true, {}, actions::begin_experiment},
    {"/api/experiments/{name}/assignment", "GET", identity::needed, false, {}, actions::assignment},
    {"/api/experiments/{name}/stop", "POST", identity::unneeded, true, {}, actions::stop_experiment},
    {"/api/experiments/{name}", "GET", identity::unneeded, false, {}, actions::experiment},
    {"/api/live", "GET", identity::welcome, false, live_parameters_known, actions::live},
    {"/healthz", "GET", identity::unneeded, false, {}, actions::healthz},
    {"/readyz", "GET", identity::unneeded, false, {}, actions::readyz},
}};

using entries = std::span<const entry>;

/// What a path has where the entry's has {...}; nothing if it is another path. Empty where there is no {...}.
std::optional<std::string_view> name_in(const entry& each, std::string_view path) {
  const auto at = each.path.find('{');
  if (at == std::string_view::npos) return each.path == path ? std::optional(std::string_view()) : std::nullopt;
  const std::string_view before = each.path.substr(0, at);
  const std::string_view after = each.path.substr(each.path.find('}') + 1);
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after))
    return std::nullopt;
  const auto name = path.substr(before.size(), path.size() - before.size() - after.size());
  return name.find('/') == std::string_view::npos ? std::optional(name) : std::nullopt;
}

/// The methods of a path; they stand together in the table.
entries entries_of(std::string_view path) {
  const auto* from = std::ranges::find_if(table, [path](const entry& each) { return name_in(each, path).has_value(); });
  const auto* to = std::find_if(from, table.end(), [from](const entry& each) { return each.path != from->path; });
  return {from, to};
}

/// GET also answers HEAD, but for a path that only upgrades.
bool answers_head(const entry& each) { return each.method == "GET" && each.act != &actions::live; }

std::string allow(entries of_path) {
  bool head = false;
  std::vector<std::string_view> methods;
  for (const entry& each : of_path) {
    head = head || answers_head(each);
    if (std::ranges::find(methods, each.method) == methods.end()) methods.push_back(each.method);
  }
  std::string line = "Allow: ";
  for (const std::string_view method : methods) line.append(method).append(", ");
  return line + (head ? "HEAD, OPTIONS\r\n" : "OPTIONS\r\n");
}

response options(entries of_path) {
  response made;
  made.status = 204;
  made.media = media::none;
  made.extra = allow(of_path);
  return made;
}

response no_such_path(std::string_view path) {
  std::vector<std::string> paths;
  std::string near;
  for (const entry& each : table) paths.emplace_back(each.path);
  const std::string guess = nearest(path, paths);
  for (const std::string& known : paths) {
    const bool related =
        path.size() > 1 && (known.starts_with(path) || path.starts_with(known + "/") || known.ends_with(path));
    if (known == guess || related) near += (near.empty() ? "" : ", ") + known;
  }
  error problem;
  problem.code = error_code::not_found;
  problem.field = "path";
  problem.found = excerpt(path);
  problem.allowed = near;
  problem.detail = "There is no " + problem.found + (near.empty() ? "." : "; near it is " + near + ".");
  return problem_response(problem);
}

response bad_method(entries of_path, std::string_view method) {
  error problem;
  problem.code = error_code::bad_method;
  problem.field = "method";
  problem.found = excerpt(method);
  const std::string line = allow(of_path);
  problem.allowed = line.substr(7, line.size() - 9);  // without "Allow: " and the line's end
  problem.detail =
      std::string(of_path[0].path) + " does not take " + problem.found + "; it takes " + problem.allowed + ".";
  response made = problem_response(problem);
  made.extra = line;
  return made;
}

bool is_json(std::string_view type) {
  const auto semicolon = std::min(type.find(';'), type.size());
  if (!equal_without_case(trim_blanks(type.substr(0, semicolon)), "application/json")) return false;
  const std::string_view rest = trim_blanks(type.substr(std::min(semicolon + 1, type.size())));
  return rest.empty() || equal_without_case(rest, "charset=utf-8") || equal_without_case(rest, "charset=\"utf-8\"");
}

std::optional<error> media_problem(const request& asked) {
  error problem;
  problem.code = error_code::bad_media;
  const auto type = asked.find("Content-Type");
  const auto coding = asked.find("Content-Encoding");
  if (coding.count > 0 && !equal_without_case(coding.value, "identity")) {
    problem.field = "Content-Encoding";
    problem.found = quoted_excerpt(coding.value);
    problem.allowed = "identity";
  } else if (type.count != 1 || !is_json(type.value)) {
    problem.field = "Content-Type";
    problem.found = type.count == 1 ? quoted_excerpt(type.value) : std::to_string(type.count) + " headers";
    problem.allowed = "application/json in UTF-8";
  } else {
    return std::nullopt;
  }
  problem.detail = problem.field + " is " + problem.found + "; it must be " + problem.allowed + ".";
  return problem;
}

result<std::string> read_identity(const entry& each, const request& asked, const target& where) {
  const bool needed =
      each.who == identity::needed || (each.who == identity::needed_unless_all && where.find("scope") != "all");
  if (!needed && each.who != identity::welcome) return std::string();
  const auto given = asked.find("X-User-ID");
  if (given.count == 0 && !needed) return std::string();
  if (given.count > 1) return rules::no_identity("X-User-ID", std::to_string(given.count) + " headers");
  if (auto checked = check_user_id(given.value); !checked) return std::move(checked).problem();
  return std::string(given.value);
}

std::optional<error> unknown_parameter(const entry& each, const target& where) {
  for (const auto& [name, value] : where.query) {
    if (std::ranges::find(each.parameters, name) != each.parameters.end()) continue;
    error problem;
    problem.code = error_code::bad_value;
    problem.field = excerpt(name);
    problem.found = "an unknown query parameter";
    for (const std::string_view known : each.parameters)
      problem.allowed.append(problem.allowed.empty() ? "" : ", ").append(known);
    if (problem.allowed.empty()) problem.allowed = "no parameter";
    const std::string guess = nearest(name, each.parameters);
    problem.detail = std::string(each.path) + " has no query parameter " + quoted_excerpt(name) +
                     (guess.empty() ? "." : "; did you mean \"" + guess + "\"?");
    return problem;
  }
  return std::nullopt;
}

/// Where a request goes, or its answer if it goes nowhere.
struct admission {
  const entry* to = nullptr;
  target where;
  std::string user_id;
  response refused;
};

admission admit(const request& asked, bool body_known) {
  admission made;
  const auto refuse = [&made](response answer) {
    made.to = nullptr;
    made.refused = std::move(answer);
    return std::move(made);
  };
  if (asked.method == "OPTIONS" && asked.target == "*") return refuse(options(table));
  auto where = read_target(asked.target);
  if (!where) return refuse(problem_response(where.problem()));
  made.where = *std::move(where);
  const entries known = entries_of(made.where.path);
  if (known.empty()) return refuse(no_such_path(made.where.path));
  if (asked.method == "OPTIONS") return refuse(options(known));
  const auto serves = [&asked](const entry& each) {
    return asked.method == each.method || (asked.method == "HEAD" && answers_head(each));
  };
  const auto found = std::ranges::find_if(known, serves);
  if (found == known.end()) return refuse(bad_method(known, asked.method));
  const entry& each = *found;
  made.to = &each;
  if (each.has_body && (!body_known || !asked.body.empty())) {
    if (const auto problem = media_problem(asked)) return refuse(problem_response(*problem));
  }
  auto user = read_identity(each, asked, made.where);
  if (!user) return refuse(problem_response(user.problem()));
  made.user_id = *std::move(user);
  if (const auto problem = unknown_parameter(each, made.where)) return refuse(problem_response(*problem));
  return made;
}

}  // namespace

outcome route(const request& asked, const route_context& context) {
  admission let_in = admit(asked, true);
  if (let_in.to == nullptr) return std::move(let_in.refused);
  const std::string name(name_in(*let_in.to, let_in.where.path).value_or(std::string_view()));
  auto made = let_in.to->act({asked, context, let_in.where, std::move(let_in.user_id), name});
  if (!made) return problem_response(made.problem());
  return *std::move(made);
}

std::optional<response> refused_by_head(const request& asked) {
  admission let_in = admit(asked, false);
  if (let_in.to != nullptr) return std::nullopt;
  return std::move(let_in.refused);
}

}  // namespace demur::web
