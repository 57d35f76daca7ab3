#include "web/actions.hpp"

#include "domain/digest.hpp"
#include "domain/json_read.hpp"
#include "domain/rules.hpp"
#include "domain/text.hpp"
#include "web/live_filter.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace demur::web {

namespace {

constexpr std::string_view blanks = " \t\r\n";

char first_letter(std::string_view body) {
  const auto at = body.find_first_not_of(blanks);
  return at == std::string_view::npos ? '\0' : body[at];
}

read_context reading(const actions::call& made) {
  return {made.user_id, made.context.now(), made.context.dislike_limit};
}

/// The command that a reader's value makes, or the reader's error.
template <class Ask, class Value>
result<outcome> asked_with(result<Value> read) {
  if (!read) return std::move(read).problem();
  return outcome(command(Ask{*std::move(read)}));
}

result<std::string> idempotency_key(const request& asked) {
  const auto given = asked.find("Idempotency-Key");
  if (given.count == 0) return std::string();
  if (given.count > 1)
    return rules::refusal("Idempotency-Key", std::to_string(given.count) + " headers", "one header or none");
  if (auto checked = check_idempotency_key(given.value); !checked) return std::move(checked).problem();
  return std::string(given.value);
}

/// For what is ordered without saying anything more.
bool is_empty_object(std::string_view body) {
  std::string bare;
  for (const char letter : body)
    if (blanks.find(letter) == std::string_view::npos) bare += letter;
  return bare.empty() || bare == "{}";
}

result<outcome> ordered(const actions::call& made, command order) {
  if (!is_empty_object(made.asked.body))
    return rules::refusal("", quoted_excerpt(made.asked.body), "nothing or an empty object");
  return outcome(std::move(order));
}

result<done> read_page(const actions::call& made, std::int64_t& limit, id& cursor) {
  if (const auto given = made.where.find("limit")) {
    auto read = read_number("limit", *given, 1, 500);
    if (!read) return std::move(read).problem();
    limit = *read;
  }
  // The empty cursor is what a client has that fills in `cursor=` for its first page.
  if (const auto given = made.where.find("cursor"); given && !given->empty()) {
    auto read = read_number("cursor", *given, 0, rules::max_id);
    if (!read) return std::move(read).problem();
    cursor = *read;
  }
  return done{};
}

/// An id that need not be given.
result<done> read_optional(const actions::call& made, const char* name, std::int64_t from, std::optional<id>& into) {
  if (const auto given = made.where.find(name)) {
    auto read = read_number(name, *given, from, rules::max_id);
    if (!read) return std::move(read).problem();
    into = *read;
  }
  return done{};
}

/// What commas part; nothing of a parameter that is absent or empty.
std::vector<std::string_view> list_of(std::optional<std::string_view> given) {
  std::vector<std::string_view> parts;
  while (given && !given->empty()) {
    const auto comma = std::min(given->find(','), given->size());
    parts.push_back(given->substr(0, comma));
    given->remove_prefix(std::min(comma + 1, given->size()));
  }
  return parts;
}

result<id> version_in_path(const actions::call& made) {
  return read_number("model_version_id", made.name, 1, rules::max_id);
}

/// Of an experiment, in the path.
result<id> experiment_id(const actions::call& made) {
  return read_number("experiment_id", made.name, 1, rules::max_id);
}

result<outcome> about_experiment(const actions::call& made, experiment_request::verb wanted) {
  const auto named = experiment_id(made);
  if (!named) return named.problem();
  return outcome(command(ask::experiment{{wanted, {}, *named}}));
}

/// Why this is no WebSocket handshake (RFC 6455, section 4.2.1), or nothing.
std::optional<error> handshake_problem(const request& asked) {
  const auto wrong = [](std::string field, std::string_view found, std::string allowed) {
    error problem;
    problem.code = error_code::malformed;
    problem.detail = "This path speaks WebSocket: " + field + " must be " + allowed + ".";
    problem.field = std::move(field);
    problem.found = found.empty() ? "nothing" : quoted_excerpt(found);
    problem.allowed = std::move(allowed);
    return problem;
  };
  if (asked.version != 11) return wrong("the version", "HTTP/1.0", "HTTP/1.1");
  if (!asked.lists("Upgrade", "websocket")) return wrong("Upgrade", asked.find("Upgrade").value, "websocket");
  if (!asked.lists("Connection", "upgrade")) return wrong("Connection", asked.find("Connection").value, "upgrade");
  const auto version = asked.find("Sec-WebSocket-Version");
  if (version.count != 1 || version.value != "13") return wrong("Sec-WebSocket-Version", version.value, "13");
  const auto key = asked.find("Sec-WebSocket-Key");
  if (key.count != 1 || key.value.size() != 24 || !key.value.ends_with("=="))
    return wrong("Sec-WebSocket-Key", key.value, "16 bytes in base64");
  return std::nullopt;
}

/// X-User-ID or, as browsers cannot set it on a socket or type it, the query parameter.
result<std::string> named_user(const actions::call& made) {
  const auto given = made.where.find("user_id");
  if (!given) return made.user_id;
  if (!rules::is_visible(*given)) return rules::no_identity("user_id", quoted_excerpt(*given));
  if (!made.user_id.empty() && made.user_id != *given)
    return bad_parameter("user_id", *given, "the user of X-User-ID, or left out");
  return std::string(*given);
}

}  // namespace

namespace actions {

result<outcome> healthz(const call&) { return outcome(json_response(200, R"({"status":"ok"})")); }
result<outcome> readyz(const call&) { return outcome(command(ask::ready{})); }
result<outcome> metrics(const call&) { return outcome(command(ask::metrics{})); }
result<outcome> models(const call&) { return outcome(command(ask::models{})); }

result<outcome> submit(const call& made) {
  if (made.user_id.empty() && first_letter(made.asked.body) != '[') return rules::no_identity("X-User-ID", {});
  auto key = idempotency_key(made.asked);
  if (!key) return std::move(key).problem();
  // A key is its sender's own: two who do not say who they are would be given each other's answers.
  if (made.user_id.empty() && !key->empty()) return rules::no_identity("X-User-ID", {});
  auto read = read_dislikes(made.asked.body, reading(made));
  if (!read) return std::move(read).problem();
  if (!read->batch && !read->rows.at(0)) return std::move(read->rows[0]).problem();

  ask::submit wanted{std::move(read->rows), read->batch, made.user_id, *std::move(key), {}};
  if (!wanted.idempotency_key.empty()) wanted.body_digest = digest(made.asked.body);
  return outcome(command(std::move(wanted)));
}

result<outcome> history(const call& made) {
  ask::history wanted;
  wanted.user_id = made.user_id;
  if (auto read = read_page(made, wanted.limit, wanted.cursor); !read) return std::move(read).problem();
  return outcome(command(std::move(wanted)));
}

result<outcome> model(const call& made) {
  auto version = version_in_path(made);
  if (!version) return std::move(version).problem();
  ask::model wanted{*version};
  if (auto read = read_page(made, wanted.limit, wanted.cursor); !read) return std::move(read).problem();
  return outcome(command(wanted));
}

result<outcome> promote_model(const call& made) {
  auto version = version_in_path(made);
  if (!version) return std::move(version).problem();
  return ordered(made, ask::promote_model{*version});
}

result<outcome> rollback_model(const call& made) {
  auto version = version_in_path(made);
  if (!version) return std::move(version).problem();
  std::string reason;
  if (first_letter(made.asked.body) != '\0') {
    auto read = read_rollback(made.asked.body);
    if (!read) return std::move(read).problem();
    reason = *std::move(read);
  }
  return outcome(command(ask::rollback_model{*version, std::move(reason)}));
}

result<outcome> patterns(const call& made) {
  const auto scope = made.where.find("scope");
  if (scope && *scope != "all" && *scope != "user") return bad_parameter("scope", *scope, "all or user");
  return outcome(command(ask::patterns{scope == "all" ? std::string() : made.user_id}));
}

result<outcome> rerank(const call& made) {
  return asked_with<ask::rerank>(read_rerank(made.asked.body, reading(made)));
}

result<outcome> recommend(const call& made) {
  recommendation_request wanted;
  wanted.user_id = made.user_id;
  if (const auto given = made.where.find("n")) {
    auto read = read_number("n", *given, 1, 100);
    if (!read) return std::move(read).problem();
    wanted.n = *read;
  }
  for (const std::string_view part : list_of(made.where.find("exclude"))) {
    auto read = read_number("exclude", part, 0, rules::max_id);
    if (!read) return std::move(read).problem();
    wanted.exclude.push_back(*read);
  }
  for (const std::string_view part : list_of(made.where.find("genres"))) wanted.genres.emplace_back(part);
  for (const std::string_view part : list_of(made.where.find("without_genres")))
    wanted.without_genres.emplace_back(part);
  if (const auto given = made.where.find("exploration")) {
    double share = 0.0;
    const auto [end, failed] = std::from_chars(given->data(), given->data() + given->size(), share);
    if (failed != std::errc{} || end != given->data() + given->size())
      return bad_parameter("exploration", *given, "a number from 0 to 0.5");
    wanted.exploration = share;
  }
  if (auto read = read_optional(made, "model_version_id", 0, wanted.model_version_id); !read)
    return std::move(read).problem();
  if (auto read = read_optional(made, "experiment_id", 1, wanted.experiment_id); !read)
    return std::move(read).problem();
  if (const auto given = made.where.find("feedback")) {
    if (*given != "true" && *given != "false") return bad_parameter("feedback", *given, "true or false");
    wanted.feedback = *given == "true";
  }
  return asked_with<ask::recommend>(validate(std::move(wanted)));
}

result<outcome> explain(const call& made) {
  auto user = named_user(made);
  if (!user) return std::move(user).problem();
  if (user->empty()) return rules::no_identity("X-User-ID", {});
  const auto given = made.where.find("movie_id");
  if (!given) return rules::missing("movie_id", rules::any_id.allowed);
  auto movie_id = read_number("movie_id", *given, 0, rules::max_id);
  if (!movie_id) return std::move(movie_id).problem();
  return outcome(command(ask::explain{*std::move(user), *movie_id}));
}

result<outcome> movies(const call& made) { return asked_with<ask::movies>(read_movies(made.asked.body)); }

result<outcome> ratings(const call& made) {
  return asked_with<ask::ratings>(read_ratings(made.asked.body, reading(made)));
}

result<outcome> shown(const call& made) {
  return asked_with<ask::shown>(read_recommendation_set(made.asked.body, reading(made)));
}

result<outcome> preview(const call& made) {
  return asked_with<ask::preview>(read_preview(made.asked.body, reading(made)));
}

result<outcome> plugins(const call&) { return outcome(command(ask::plugins{})); }
result<outcome> shadow(const call& made) { return outcome(command(ask::shadow{made.name})); }
result<outcome> reload(const call& made) { return ordered(made, ask::reload{}); }
result<outcome> promote(const call& made) { return ordered(made, ask::promote{made.name}); }
result<outcome> retrain(const call& made) { return ordered(made, ask::retrain{}); }

result<outcome> progress(const call&) { return outcome(command(ask::progress{})); }
result<outcome> cancel(const call&) { return outcome(command(ask::cancel{})); }

result<outcome> training_progress(const call& made) {
  auto retrain_id = read_number("retrain_id", made.name, 1, rules::max_id);
  if (!retrain_id) return std::move(retrain_id).problem();
  return outcome(command(ask::training_progress{*retrain_id, std::string(made.asked.body)}));
}

result<outcome> training_result(const call& made) {
  auto retrain_id = read_number("retrain_id", made.name, 1, rules::max_id);
  if (!retrain_id) return std::move(retrain_id).problem();
  return outcome(command(ask::training_result{*retrain_id, std::string(made.asked.body)}));
}

result<outcome> training_set(const call& made) {
  auto retrain_id = read_number("retrain_id", made.name, 1, rules::max_id);
  if (!retrain_id) return std::move(retrain_id).problem();
  ask::training_page wanted{*retrain_id, std::string(made.where.find("file").value_or("opinions")), 0};
  if (wanted.file != "opinions" && wanted.file != "movies" && wanted.file != "task")
    return bad_parameter("file", wanted.file, "opinions, movies or task");
  if (const auto given = made.where.find("cursor"); given && !given->empty()) {
    auto read = read_number("cursor", *given, 0, rules::max_id);
    if (!read) return std::move(read).problem();
    wanted.cursor = *read;
  }
  return outcome(command(std::move(wanted)));
}

result<outcome> experiments(const call&) {
  return outcome(command(ask::experiment{{experiment_request::verb::list, {}, 0}}));
}
result<outcome> begin_experiment(const call& made) {
  auto plan = read_experiment(made.asked.body);
  if (!plan) return std::move(plan).problem();
  return outcome(command(ask::experiment{{experiment_request::verb::begin, *std::move(plan), 0}}));
}
result<outcome> experiment(const call& made) { return about_experiment(made, experiment_request::verb::show); }
result<outcome> stop_experiment(const call& made) {
  if (auto empty = ordered(made, ask::ready{}); !empty) return empty;
  return about_experiment(made, experiment_request::verb::stop);
}
result<outcome> assignment(const call& made) {
  const auto named = experiment_id(made);
  if (!named) return named.problem();
  return outcome(command(ask::assignment{*named, made.user_id}));
}

result<outcome> impact(const call& made) {
  feature_impact_request wanted;
  if (const auto given = made.where.find("reason")) {
    if (!rules::is_reason(*given)) return bad_parameter("reason", *given, std::string(rules::allowed_reason));
    wanted.reason = *given;
  }
  if (const auto given = made.where.find("family")) {
    if (*given != "genre" && *given != "cast" && *given != "franchise")
      return bad_parameter("family", *given, "genre, cast or franchise");
    wanted.family = *given;
  }
  if (const auto given = made.where.find("limit")) {
    auto read = read_number("limit", *given, 1, 500);
    if (!read) return std::move(read).problem();
    wanted.limit = *read;
  }
  return outcome(command(ask::impact{std::move(wanted)}));
}

result<outcome> live(const call& made) {
  auto user = named_user(made);
  if (!user) return std::move(user).problem();
  auto filter = read_live_filter({made.where.find("topics"), made.where.find("user"), made.where.find("reason")},
                                 made.context.reasons());
  if (!filter) return std::move(filter).problem();
  if (const auto problem = handshake_problem(made.asked)) {
    response refused = problem_response(*problem);
    refused.extra += "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    return outcome(std::move(refused));
  }
  return outcome(live_upgrade{*std::move(user), *std::move(filter)});
}

}  // namespace actions

load load_of(const command& wanted) {
  return std::visit(
      [](const auto& what) -> load {
        using wanted_type = std::decay_t<decltype(what)>;
        const auto rows = [](std::size_t count) { return std::max<std::int64_t>(1, static_cast<std::int64_t>(count)); };
        if constexpr (std::is_same_v<wanted_type, ask::shown>)
          return {.written = rows(what.set.items.size())};
        else if constexpr (std::is_same_v<wanted_type, ask::recommend>)
          return {.written = what.wanted.n};  // it is logged
        else if constexpr (requires { what.rows; })
          return {.written = rows(what.rows.size())};
        else if constexpr (std::is_same_v<wanted_type, ask::ready>)
          return {};  // must be answerable when nothing else is
        else
          return {.read = 1};
      },
      wanted);
}

}  // namespace demur::web
