#include "answers.hpp"
#include "bodies.hpp"
#include "commands.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr const char* models_footer = R"(Examples:
  demur models
  demur models --json
  demur models show 374974990254080
  demur models rollback 374974990254080 --reason "hides too much"

Why a version was made: count (enough unused examples), mean_error (their predictions
were far off), feature (many different users against one feature), drift (dislikes have
become twice as frequent), manual.)";

constexpr const char* show_footer = R"(Examples:
  demur models show 374974990254080
  demur models show 374974990254080 --limit 500 --json

What it was made from, how it did, what became of it, and the newest dislikes that it
claimed. --cursor takes the next_cursor of --json.)";

constexpr const char* promote_footer = R"(Examples:
  demur models promote 374974990254080

The version serves from now on: one that served before, or that was rejected. The one
that serves now is retired. The server refuses (exit code 1) while a retrain runs, or if
the version has no file any more.)";

constexpr const char* rollback_footer = R"(Examples:
  demur models rollback 374974990254080
  demur models rollback 374974990254080 --reason "hides too much"

ID must be the version that serves: its parent serves again. Dislikes that only it had
learned from count as unused; they make no retrain due before as many newer ones have come.
The server refuses (exit code 1) while a retrain runs, or if the parent has no file any more.)";

/// The rule, and the figure it went by.
std::string cause_text(const json::object& cause) {
  std::string rule = shown(cause, "rule");
  if (rule == "mean_error") return rule + " " + shown(cause, "mean_error");
  if (rule == "feature")
    return shown(cause, "feature") + ", " + shown(cause, "feature_dislikes") + " from " +
           shown(cause, "distinct_users") + " users";
  if (rule == "drift")
    return rule + " " + shown(cause, "dislike_rate_before") + " -> " + shown(cause, "dislike_rate_now");
  return rule;
}

std::string path_of(std::int64_t version, const std::string& what = "") {
  return "/api/models/" + std::to_string(version) + what;
}

exit_code models(command_context& context) {
  http_client client(context.url());
  const http_answer answer = client.send({"GET", "/api/models"});
  const json::value body = expect_json(answer);
  if (context.json) {
    context.screen.out << answer.body << '\n';
    return exit_code::ok;
  }
  table rows({{"version", table::align::right},
              {"of", table::align::right},
              {"made (UTC)"},
              {"state"},
              {"trainer"},
              {"examples", table::align::right},
              {"because of"},
              {"why it ended", table::align::left, 60}});
  if (body.is_object()) {
    for (const json::value& item : array_of(body.get_object(), "models")) {
      if (!item.is_object()) continue;
      const json::object& row = item.get_object();
      rows.row({shown(row, "model_version_id"), shown(row, "parent_id"), short_time(text_of(row, "created_at")),
                shown(row, "state"), shown(row, "trainer"), grouped(integer_of(row, "claimed_examples")),
                cause_text(object_of(row, "cause")), text_of(row, "reason")});
    }
  }
  if (rows.empty()) {
    context.screen.out << "no model version yet: nothing was retrained\n";
  } else {
    rows.print(context.screen.out);
  }
  return exit_code::ok;
}

void print_metrics(std::ostream& out, const json::object& version) {
  table rows({{"metric"}, {"", table::align::right}});
  for (const auto& [name, value] : object_of(version, "metrics")) rows.row({std::string(name), shown(value)});
  if (rows.empty()) return;
  out << '\n';
  rows.print(out);
}

void print_claim(std::ostream& out, const json::object& version) {
  const json::array& claimed = array_of(version, "claimed_dislikes");
  if (claimed.empty()) return;
  out << "\nclaimed dislikes, newest first" << (shown(version, "next_cursor") == "-" ? "" : " (there are more)")
      << '\n';
  for (const json::value& one : claimed) out << shown(one) << '\n';
}

void print_version(std::ostream& out, const json::object& version) {
  fact_list facts;
  facts.fact("version", shown(version, "model_version_id"));
  facts.fact("of", shown(version, "parent_id"));
  facts.fact("made (UTC)", short_time(text_of(version, "created_at")));
  facts.fact("state", shown(version, "state"));
  if (const std::string reason = text_of(version, "reason"); !reason.empty()) facts.fact("why", reason);
  facts.fact("trainer", shown(version, "trainer"));
  facts.fact("trained on", shown(version, "data_hash"));
  facts.fact("because of", cause_text(object_of(version, "cause")));
  facts.count("examples", integer_of(version, "claimed_examples"));
  facts.fact("claim", "after " + shown(version, "claim_after") + " through " + shown(version, "claim_through"));
  facts.print(out);
  print_metrics(out, version);
  print_claim(out, version);
}

struct shown_version {
  std::int64_t version = 0;
  std::int64_t limit = 50;
  std::int64_t cursor = 0;
};

exit_code show(const shown_version& chosen, command_context& context) {
  http_client client(context.url());
  std::string path = path_of(chosen.version, "?limit=" + std::to_string(chosen.limit));
  if (chosen.cursor != 0) path += "&cursor=" + std::to_string(chosen.cursor);
  const http_answer answer = client.send({"GET", path});
  const json::value body = expect_json(answer);
  if (context.json) {
    context.screen.out << answer.body << '\n';
  } else if (body.is_object()) {
    print_version(context.screen.out, body.get_object());
  }
  return exit_code::ok;
}

/// Says what serves now.
exit_code change(const http_request& asked, command_context& context) {
  http_client client(context.url());
  const http_answer answer = client.send(asked);
  const json::value body = expect_json(answer);
  if (context.json) {
    context.screen.out << answer.body << '\n';
  } else if (body.is_object()) {
    const std::int64_t version = integer_of(body.get_object(), "model_version_id");
    context.screen.out << (version == 0 ? "no version serves now: shared weights are all 1"
                                        : "version " + std::to_string(version) + " serves now")
                       << '\n';
  }
  return exit_code::ok;
}

exit_code roll_back(std::int64_t version, const std::string& reason, command_context& context) {
  const std::string body = reason.empty() ? "" : json::serialize(json::object{{"reason", reason}});
  return change({"POST", path_of(version, "/rollback"), "", "", body}, context);
}

void add_show(CLI::App& group, command_context& context) {
  auto* command = group.add_subcommand("show", "One version, with the dislikes that it claimed");
  const auto chosen = std::make_shared<shown_version>();
  command->footer(show_footer);
  command->add_option("id", chosen->version, "The version")->required()->type_name("ID");
  command->add_option("--limit", chosen->limit, "At most so many dislikes")
      ->check(from_to(1, 500))
      ->capture_default_str();
  command->add_option("--cursor", chosen->cursor, "The next_cursor of the page before")->type_name("ID");
  command->callback([chosen, &context] { context.chosen = [chosen, &context] { return show(*chosen, context); }; });
}

void add_promote(CLI::App& group, command_context& context) {
  auto* command = group.add_subcommand("promote", "Have a version serve");
  const auto version = std::make_shared<std::int64_t>();
  command->footer(promote_footer);
  command->add_option("id", *version, "The version")->required()->type_name("ID");
  command->callback([version, &context] {
    context.chosen = [version, &context] {
      return change({"POST", path_of(*version, "/promote"), "", "", ""}, context);
    };
  });
}

void add_rollback(CLI::App& group, command_context& context) {
  auto* command = group.add_subcommand("rollback", "Take the version that serves out of service");
  const auto version = std::make_shared<std::int64_t>();
  const auto reason = std::make_shared<std::string>();
  command->footer(rollback_footer);
  command->add_option("id", *version, "The version that serves")->required()->type_name("ID");
  command->add_option("--reason", *reason, "Why, up to 500 characters")->type_name("TEXT");
  command->callback([version, reason, &context] {
    context.chosen = [version, reason, &context] { return roll_back(*version, *reason, context); };
  });
}

}  // namespace

void add_models(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("models", "The model versions, newest first; shows and changes them");
  command->footer(models_footer);
  command->require_subcommand(0, 1);
  add_show(*command, context);
  add_promote(*command, context);
  add_rollback(*command, context);
  // Called after that of a subcommand.
  command->callback([command, &context] {
    if (command->get_subcommands().empty()) context.chosen = [&context] { return models(context); };
  });
}

}  // namespace demur::cli
