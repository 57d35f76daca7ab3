#include "plugin_list.hpp"

#include "answers.hpp"
#include "bodies.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr const char* list_footer = R"(Examples:
  demur plugin list
  demur plugin list --json     with file, hash, ABI and late batches

calls and failures count dislikes and previews since the server started or the plugin was
replaced; pending are dislikes that wait for it; p50 and p99 are the time of one. A file
that was refused stands there too, with the reason.)";

constexpr const char* reload_footer = R"(Examples:
  demur plugin reload && demur plugin list

Loads what is new or changed in the server's plugin folder, and lets go what is gone from
it. What is refused leaves things as they were; then the exit code is 1.)";

constexpr const char* shadow_footer = R"(Examples:
  demur plugin shadow wrong_genre
  demur plugin shadow wrong_genre --json

NAME is the live plugin or its shadow. The figures begin anew when the server starts and
when one of the two is replaced.)";

constexpr const char* promote_footer = R"(Examples:
  demur plugin promote wrong_genre     its shadow answers from now on
  demur plugin promote wrong_genre     and back

NAME is the live plugin or its shadow: the two change places. It stays so after a restart.)";

/// A name goes into a path, where other characters would mean something else.
std::string path_of(const std::string& name, const std::string& what) {
  const auto is_allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_allowed))
    throw failure(exit_code::usage,
                  "no plugin is called \"" + name + "\"; expected a name of the characters a-z, 0-9 and _");
  return "/api/plugins/" + name + "/" + what;
}

/// A file that was refused may not have told its name.
std::string name_or_file(const json::object& row) {
  const std::string name = text_of(row, "name");
  return name.empty() ? std::filesystem::path(text_of(row, "file")).filename().string() : name;
}

void print_plugins(std::ostream& out, const json::object& answer) {
  table rows({{"name"},
              {"version"},
              {"reason"},
              {"role"},
              {"isolation"},
              {"state"},
              {"calls", table::align::right},
              {"failures", table::align::right},
              {"pending", table::align::right},
              {"p50 us", table::align::right},
              {"p99 us", table::align::right},
              {"problem", table::align::left, 200}});
  for (const json::value& item : array_of(answer, "plugins")) {
    if (!item.is_object()) continue;
    const json::object& row = item.get_object();
    const auto count = [&row](std::string_view key) { return grouped(integer_of(row, key)); };
    rows.row({name_or_file(row), shown(row, "version"), shown(row, "reasons"), shown(row, "role"),
              shown(row, "isolation"), shown(row, "state"), count("calls"), count("failures"), count("pending"),
              shown(row, "p50_us"), shown(row, "p99_us"), text_of(row, "problem")});
  }
  rows.print(out);
}

exit_code list(command_context& context) {
  http_client client(context.url());
  const http_answer answer = client.send({"GET", "/api/plugins"});
  const json::value body = expect_json(answer);
  if (context.json) {
    context.screen.out << answer.body << '\n';
  } else if (body.is_object()) {
    print_plugins(context.screen.out, body.get_object());
  }
  return exit_code::ok;
}

void print_changes(std::ostream& out, const json::object& changes) {
  table rows({{""}, {"", table::align::left, 2'000}});
  for (const char* kind : {"loaded", "replaced", "forgotten", "unchanged"})
    rows.row({kind, array_of(changes, kind).empty() ? "-" : shown(changes, kind)});
  rows.print(out);
  table refused({{"refused"}, {"why", table::align::left, 300}});
  for (const auto& [file, why] : object_of(changes, "refused")) refused.row({std::string(file), shown(why)});
  if (refused.empty()) return;
  out << '\n';
  refused.print(out);
}

exit_code reload(command_context& context) {
  http_client client(context.url());
  const http_answer answer = client.send({"POST", "/api/plugins/reload", "", "", ""});
  const json::value body = expect_json(answer);
  if (!body.is_object()) return exit_code::ok;
  if (context.json) {
    context.screen.out << answer.body << '\n';
  } else {
    print_changes(context.screen.out, body.get_object());
  }
  return object_of(body.get_object(), "refused").empty() ? exit_code::ok : exit_code::refused;
}

/// How many features differ by how much; bands without any are left out.
void print_differences(std::ostream& out, const json::object& report) {
  table rows({{"difference up to", table::align::right}, {"features", table::align::right}});
  for (const json::value& item : array_of(report, "differences")) {
    if (!item.is_object() || integer_of(item.get_object(), "features") == 0) continue;
    rows.row({shown(item.get_object(), "up_to"), grouped(integer_of(item.get_object(), "features"))});
  }
  if (rows.empty()) return;
  out << '\n';
  rows.print(out);
}

void print_worst(std::ostream& out, const json::object& report) {
  table rows({{"dislike"}, {"user"}, {"feature"}, {"live", table::align::right}, {"shadow", table::align::right}});
  for (const json::value& item : array_of(report, "worst")) {
    if (!item.is_object()) continue;
    const json::object& row = item.get_object();
    rows.row({shown(row, "dislike_id"), shown(row, "user_id"), shown(row, "feature_affected"),
              shown(row, "live_magnitude"), shown(row, "shadow_magnitude")});
  }
  if (rows.empty()) return;
  out << '\n';
  rows.print(out);
}

void print_shadow(std::ostream& out, const json::object& report) {
  fact_list facts;
  facts.fact("reason", shown(report, "reason"));
  facts.fact("live", shown(report, "live") + " " + shown(report, "live_version"));
  facts.fact("shadow", shown(report, "shadow") + " " + shown(report, "shadow_version"));
  const std::string since = text_of(report, "since");
  facts.fact("since", since.empty() ? "-" : short_time(since));
  facts.count("dislikes compared", integer_of(report, "compared"));
  facts.count("  same answer", integer_of(report, "same"));
  facts.count("only the shadow answered", integer_of(report, "live_failures"));
  facts.count("only the live one answered", integer_of(report, "shadow_failures"));
  facts.fact("mean difference", shown(report, "mean_difference"));
  facts.print(out);
  print_differences(out, report);
  print_worst(out, report);
}

exit_code shadow(const std::string& name, command_context& context) {
  http_client client(context.url());
  const http_answer answer = client.send({"GET", path_of(name, "shadow")});
  const json::value body = expect_json(answer);
  if (context.json) {
    context.screen.out << answer.body << '\n';
  } else if (body.is_object()) {
    print_shadow(context.screen.out, body.get_object());
  }
  return exit_code::ok;
}

exit_code promote(const std::string& name, command_context& context) {
  http_client client(context.url());
  const http_answer answer = client.send({"POST", path_of(name, "promote"), "", "", ""});
  const json::value body = expect_json(answer);
  if (context.json) {
    context.screen.out << answer.body << '\n';
  } else if (body.is_object()) {
    const json::object& made = body.get_object();
    context.screen.out << shown(made, "live") << " answers to " << shown(made, "reason") << " now; "
                       << shown(made, "shadow") << " is its shadow\n";
  }
  return exit_code::ok;
}

/// A command about one plugin.
void add_named(CLI::App& group, command_context& context, const char* name, const char* help, const char* footer,
               exit_code (*act)(const std::string&, command_context&)) {
  auto* command = group.add_subcommand(name, help);
  const auto plugin = std::make_shared<std::string>();
  command->footer(footer);
  command->add_option("name", *plugin, "The live plugin, or its shadow")->required()->type_name("NAME");
  command->callback(
      [plugin, act, &context] { context.chosen = [plugin, act, &context] { return act(*plugin, context); }; });
}

}  // namespace

void add_plugin_list(CLI::App& group, command_context& context) {
  auto* command = group.add_subcommand("list", "The server's plugins, how they do, and what it refused");
  command->footer(list_footer);
  command->callback([&context] { context.chosen = [&context] { return list(context); }; });
}

void add_plugin_reload(CLI::App& group, command_context& context) {
  auto* command = group.add_subcommand("reload", "Have the server look into its plugin folder now");
  command->footer(reload_footer);
  command->callback([&context] { context.chosen = [&context] { return reload(context); }; });
}

void add_plugin_shadow(CLI::App& group, command_context& context) {
  add_named(group, context, "shadow", "How a shadow answers beside its live plugin", shadow_footer, shadow);
}

void add_plugin_promote(CLI::App& group, command_context& context) {
  add_named(group, context, "promote", "Make a shadow live, and the live plugin its shadow", promote_footer, promote);
}

}  // namespace demur::cli
