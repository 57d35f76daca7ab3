#include "commands.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <ostream>

namespace demur::cli {

namespace {

constexpr const char* footer = R"(First steps:
  demur import movielens DIR      the catalogue and the ratings of a MovieLens folder
  demur replay movielens DIR      its low ratings as dislikes
  demur post --user ann --title Saw --genre Horror --reason wrong_genre --score 0.9
  demur patterns --user ann       what ann keeps saying no to
  demur watch                     the figures, live
'demur COMMAND --help' explains a command and shows examples.

Exit codes: 0 done; 1 the server refused, or something is missing; 2 bad command line
or file; 3 no server answers.)";

void describe(CLI::App& app, command_context& context) {
  app.name("demur");
  app.footer(footer);
  app.set_version_flag("--version", std::string("demur ") + DEMUR_VERSION, "The version of this program");
  app.set_help_all_flag("--help-all", "The help of all commands");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--server", context.server, "Where the server is")
      ->envname("DEMUR_SERVER")
      ->type_name("URL")
      ->capture_default_str();
  app.add_flag("--json", context.json, "Print what the server answered, as JSON, or the counts as JSON");
  add_import(app, context);
  add_replay(app, context);
  add_post(app, context);
  add_history(app, context);
  add_patterns(app, context);
  add_metrics(app, context);
  add_models(app, context);
  add_retrain(app, context);
  add_rerank(app, context);
  add_recommend(app, context);
  add_explain(app, context);
  add_watch(app, context);
  add_simulate(app, context);
  add_evaluate(app, context);
  add_load(app, context);
  add_verify(app, context);
  add_experiments(app, context);
  add_plugin(app, context);
}

/// What CLI11 says of an unknown command, or of one that its group does not have, does not name it.
std::string unknown_command(const CLI::App& app, const std::vector<std::string>& arguments) {
  const CLI::App* group = &app;
  for (const auto& argument : arguments) {
    const auto commands = group->get_subcommands({});
    if (argument.starts_with('-') || commands.empty()) return "";
    const auto named = [&](const CLI::App* command) { return command->get_name() == argument; };
    const auto found = std::find_if(commands.begin(), commands.end(), named);
    if (found == commands.end()) {
      std::string known;
      for (const auto* command : commands) known += (known.empty() ? "" : ", ") + command->get_name();
      const std::string of_group = group == &app ? "" : group->get_name() + " ";
      return "there is no command \"" + of_group + argument + "\"\n  allowed: " + known;
    }
    group = *found;
  }
  return "";
}

}  // namespace

exit_code run(const std::vector<std::string>& arguments, terminal& screen) {
  command_context context{screen};
  CLI::App app("Demur's command line: feed a server with dislikes, look at what it made of them.");
  try {
    describe(app, context);
    // CLI11 takes the arguments from the back.
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(std::move(reversed));
    const exit_code code = context.chosen();
    screen.out.flush();
    return code;
  } catch (const CLI::ParseError& problem) {
    if (const std::string sentence = unknown_command(app, arguments); !sentence.empty()) {
      screen.err << "demur: " << sentence << std::endl;
      return exit_code::usage;
    }
    return app.exit(problem, screen.out, screen.err) == 0 ? exit_code::ok : exit_code::usage;
  } catch (const failure& problem) {
    screen.out.flush();
    screen.err << "demur: " << problem.what() << std::endl;
    return problem.code();
  }
}

}  // namespace demur::cli
