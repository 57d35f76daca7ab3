#include "answers.hpp"
#include "bodies.hpp"
#include "commands.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>

#include <fstream>
#include <memory>
#include <ostream>
#include <sstream>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr const char* list_footer = R"(Examples:
  demur experiments list
  demur experiments list --json

difference is that of the dislikes per impression, candidate less control; p may be looked
at as often as one likes.)";

constexpr const char* show_footer = R"(Examples:
  demur experiments show 374974989230080
  demur experiments show 374974989230080 --json)";

constexpr const char* start_footer = R"(Example:
  demur experiments start shorter_memory.json

The file is the body of POST /api/experiments, for instance
  {"name": "shorter memory",
   "arms": [{"name": "control"}, {"name": "candidate", "model_version_id": 374974990254080}],
   "max_impressions": 50000, "on_win": "promote"})";

constexpr const char* stop_footer = R"(Example:
  demur experiments stop 374974989230080

It ends undecided; what it has counted stays.)";

/// A rate or a difference of rates, in hundredths.
std::string percent(const json::object& of, std::string_view key) {
  const auto* at = of.if_contains(key);
  if (!at || at->is_null()) return "-";
  return short_number(100.0 * number_of(of, key)) + " %";
}

void print_list(std::ostream& out, const json::object& answer) {
  table rows({{"experiment", table::align::right},
              {"name"},
              {"state"},
              {"since (UTC)"},
              {"looks", table::align::right},
              {"difference", table::align::right},
              {"p", table::align::right}});
  for (const json::value& item : array_of(answer, "experiments")) {
    if (!item.is_object()) continue;
    const json::object& row = item.get_object();
    rows.row({shown(row, "experiment_id"), shown(row, "name"), shown(row, "state"), short_time(text_of(row, "since")),
              grouped(integer_of(row, "looks")), percent(object_of(row, "dislikes_per_impression"), "difference"),
              shown(row, "p")});
  }
  if (rows.empty())
    out << "no experiment yet; 'demur experiments start --help' shows how to begin one\n";
  else
    rows.print(out);
}

std::string interval(const json::object& of) {
  const std::string low = percent(of, "low");
  return percent(of, "difference") + (low == "-" ? "" : " (" + low + " to " + percent(of, "high") + ")");
}

std::string action_text(const json::object& action) {
  if (action.empty()) return "-";
  const std::string wanted = shown(action, "wanted");
  if (const auto* done = action.if_contains("done"); done && done->is_bool() && done->get_bool())
    return wanted + ": done";
  const std::string problem = text_of(action, "problem");
  return wanted + (problem.empty() ? ": under way" : ": not done. " + problem);
}

void print_experiment(std::ostream& out, const json::object& report) {
  fact_list facts;
  facts.fact("experiment", shown(report, "experiment_id"));
  facts.fact("name", shown(report, "name"));
  facts.fact("state", shown(report, "state"));
  facts.fact("since", short_time(text_of(report, "since")));
  if (const std::string at = text_of(report, "decided_at"); !at.empty()) facts.fact("decided", short_time(at));
  if (const std::string words = text_of(report, "decision"); !words.empty()) facts.fact("decision", words);
  facts.fact("action", action_text(object_of(report, "action")));
  facts.fact("dislikes per impression", interval(object_of(report, "dislikes_per_impression")));
  facts.fact("likes per impression", interval(object_of(report, "likes_per_impression")));
  facts.fact("p", shown(report, "p") + " after " + shown(report, "looks") + " looks");
  facts.fact("variance reduction", percent(object_of(report, "dislikes_per_impression"), "variance_reduction"));
  facts.fact("p of the arms' sizes", shown(report, "sample_ratio_p"));
  facts.print(out);
  table rows({{"arm"},
              {"version", table::align::right},
              {"feedback"},
              {"share", table::align::right},
              {"users", table::align::right},
              {"impressions", table::align::right},
              {"dislikes", table::align::right},
              {"likes", table::align::right},
              {"disliked", table::align::right},
              {"liked", table::align::right}});
  for (const json::value& item : array_of(report, "arms")) {
    if (!item.is_object()) continue;
    const json::object& arm = item.get_object();
    const auto count = [&arm](std::string_view key) { return grouped(integer_of(arm, key)); };
    rows.row({shown(arm, "name"), shown(arm, "model_version_id"), shown(arm, "feedback"), shown(arm, "share"),
              count("users"), count("impressions"), count("dislikes"), count("likes"), percent(arm, "dislike_rate"),
              percent(arm, "like_rate")});
  }
  out << '\n';
  rows.print(out);
}

/// Sends, prints the answer as JSON or by `print`.
exit_code ask_and_print(command_context& context, const http_request& request,
                        void (*print)(std::ostream&, const json::object&)) {
  http_client client(context.url());
  const http_answer answer = client.send(request);
  const json::value body = expect_json(answer);
  if (context.json)
    context.screen.out << answer.body << '\n';
  else if (body.is_object())
    print(context.screen.out, body.get_object());
  return exit_code::ok;
}

exit_code start(const std::string& file, command_context& context) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream body;
  body << in.rdbuf();
  if (!in) throw failure(exit_code::usage, file + " cannot be read; expected the JSON of an experiment");
  return ask_and_print(context, {"POST", "/api/experiments", "", "", body.str()}, print_experiment);
}

std::string path_of(std::int64_t experiment_id) { return "/api/experiments/" + std::to_string(experiment_id); }

exit_code show(std::int64_t experiment_id, command_context& context) {
  return ask_and_print(context, {"GET", path_of(experiment_id)}, print_experiment);
}

exit_code stop(std::int64_t experiment_id, command_context& context) {
  return ask_and_print(context, {"POST", path_of(experiment_id) + "/stop", "", "", ""}, print_experiment);
}

/// A command about one experiment.
void add_about_one(CLI::App& group, command_context& context, const char* name, const char* help, const char* footer,
                   exit_code (*act)(std::int64_t, command_context&)) {
  auto* command = group.add_subcommand(name, help);
  const auto experiment_id = std::make_shared<std::int64_t>(0);
  command->footer(footer);
  command->add_option("id", *experiment_id, "The experiment, as 'demur experiments list' shows it")
      ->required()
      ->check(from_to<std::int64_t>(1, (std::int64_t{1} << 53) - 1))
      ->type_name("ID");
  command->callback([experiment_id, act, &context] {
    context.chosen = [experiment_id, act, &context] { return act(*experiment_id, context); };
  });
}

}  // namespace

void add_experiments(CLI::App& app, command_context& context) {
  auto* group = app.add_subcommand("experiments", "Two groups of users beside each other");
  group->require_subcommand(1);
  auto* list = group->add_subcommand("list", "All experiments, newest first");
  list->footer(list_footer);
  list->callback([&context] {
    context.chosen = [&context] { return ask_and_print(context, {"GET", "/api/experiments"}, print_list); };
  });
  add_about_one(*group, context, "show", "How an experiment stands", show_footer, show);
  auto* begin = group->add_subcommand("start", "Begin an experiment that a file describes");
  const auto file = std::make_shared<std::string>();
  begin->footer(start_footer);
  begin->add_option("file", *file, "The body of POST /api/experiments")->required()->type_name("FILE");
  begin->callback([file, &context] { context.chosen = [file, &context] { return start(*file, context); }; });
  add_about_one(*group, context, "stop", "End an experiment undecided", stop_footer, stop);
}

}  // namespace demur::cli
