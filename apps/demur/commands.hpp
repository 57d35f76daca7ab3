#pragma once

#include "failure.hpp"
#include "http_client.hpp"
#include "terminal.hpp"

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace demur::cli {

/// What the commands share: the screen, and the options that stand before or after any command.
struct command_context {
  terminal& screen;
  std::string server = "http://127.0.0.1:8080";
  bool json = false;
  /// Set by the command that was named; run once the whole line is read.
  std::function<exit_code()> chosen = {};

  server_url url() const { return parse_server_url(server); }
};

/// A number within bounds, which the help shows.
template <class Number>
CLI::Validator from_to(Number lowest, Number highest) {
  std::ostringstream bounds;
  bounds << +lowest << ".." << +highest;
  return CLI::Range(lowest, highest).description(bounds.str());
}

/// Each adds its command with its options and help to the line. The context must outlive the app.
void add_import(CLI::App& app, command_context& context);
void add_replay(CLI::App& app, command_context& context);
void add_post(CLI::App& app, command_context& context);
void add_history(CLI::App& app, command_context& context);
void add_patterns(CLI::App& app, command_context& context);
void add_metrics(CLI::App& app, command_context& context);
void add_models(CLI::App& app, command_context& context);
void add_retrain(CLI::App& app, command_context& context);
void add_rerank(CLI::App& app, command_context& context);
void add_recommend(CLI::App& app, command_context& context);
void add_explain(CLI::App& app, command_context& context);
void add_watch(CLI::App& app, command_context& context);
void add_simulate(CLI::App& app, command_context& context);
void add_evaluate(CLI::App& app, command_context& context);
void add_load(CLI::App& app, command_context& context);
void add_verify(CLI::App& app, command_context& context);
void add_experiments(CLI::App& app, command_context& context);
void add_plugin(CLI::App& app, command_context& context);

/// Reads the line, runs the command, prints what went wrong. The first of `arguments` is the first after the program.
exit_code run(const std::vector<std::string>& arguments, terminal& screen);

}  // namespace demur::cli
