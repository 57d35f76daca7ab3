#include "plugin_check.hpp"

#include "answers.hpp"
#include "stop.hpp"
#include "suite_process.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <ostream>

namespace demur::cli {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using steady = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

constexpr const char* footer = R"(Examples:
  demur plugin check build/my_strategy.so
  demur plugin check build/my_strategy.so --config '{"factor": 0.3}' --json

Needs no server. The plugin runs in a process of its own (demur-plugin-host): a crash or
an endless loop is a failed step. Exit codes: 0 all steps passed, 1 not, 2 bad command line.)";

struct check_line {
  std::string file;
  std::string config = "{}";
  std::string host;
  double limit = 120.0;
  double step_limit = 20.0;
};

struct step {
  std::string name;
  std::string state;  ///< passed, noted, failed; empty: not yet known
  std::string found;
  std::string expected;
};

/// The program lies beside this one, or where programs are looked for.
std::string usual_host() {
  std::error_code unreadable;
  const fs::path beside = fs::read_symlink("/proc/self/exe", unreadable).parent_path() / "demur-plugin-host";
  return fs::exists(beside, unreadable) ? beside.string() : "demur-plugin-host";
}

/// The steps as they are told. A plugin cannot say so much that it is not read: lines that tell nothing are passed over.
class step_list {
public:
  void hear(const std::string& line) {
    boost::system::error_code malformed;
    const json::value told = json::parse(line, malformed);
    if (malformed || !told.is_object()) return;
    const json::object& report = told.get_object();
    const std::string name = text_of(report, "step");
    const std::string state = text_of(report, "state");
    if (state == "begin")
      steps_.push_back({name, "", "", ""});
    else if (is_open())
      steps_.back() = {name, state, text_of(report, "found"), text_of(report, "expected")};
  }

  /// Has a step begun that has not ended?
  bool is_open() const { return !steps_.empty() && steps_.back().state.empty(); }
  std::size_t begun() const { return steps_.size(); }

  /// The process is gone, or was ended: the open step is why, if it is not the last, which is to end that way.
  void close(const std::string& found, const std::string& expected) {
    if (!is_open()) steps_.push_back({"end", "", "", ""});
    step& last = steps_.back();
    const bool is_good = last.name == "end" && found.empty();
    last.state = is_good ? "passed" : "failed";
    last.found = is_good ? "" : found.empty() ? "ended the program" : found;
    last.expected = is_good ? "" : expected;
  }

  std::size_t failures() const {
    std::size_t count = 0;
    for (const step& one : steps_) count += one.state == "failed" ? 1 : 0;
    return count;
  }
  const std::vector<step>& all() const { return steps_; }

private:
  std::vector<step> steps_;
};

std::string in_seconds(double value) {
  std::ostringstream words;
  words << value << " s";
  return words.str();
}

/// Follows the process to its end, or ends it.
step_list follow(const check_line& line) {
  suite_process host({line.host, "check", line.file, "--config", line.config});
  step_list steps;
  const auto began = steady::now();
  auto step_began = began;
  std::size_t begun = 0;
  while (host.read([&](const std::string& told) { steps.hear(told); })) {
    if (stop_requested()) throw failure(exit_code::refused, "stopped before the check was over");
    const auto now = steady::now();
    if (steps.begun() != begun) step_began = now;
    begun = steps.begun();
    const bool step_is_late = seconds(now - step_began).count() > line.step_limit;
    if (!step_is_late && seconds(now - began).count() <= line.limit) continue;
    host.kill();
    steps.close("was not ready after " + in_seconds(step_is_late ? line.step_limit : line.limit),
                "that each call comes back soon");
    return steps;
  }
  // A suite that found faults ends with code 1; it has said which.
  const bool is_ordinary = host.bad_end().empty() || (host.exit_code() == 1 && steps.failures() > 0);
  // Without a last step there was one that left nothing to go on with.
  if (!is_ordinary || steps.is_open() || steps.failures() == 0)
    steps.close(is_ordinary ? "" : host.bad_end(), "that it leaves the process to its host");
  return steps;
}

std::string as_json(const check_line& line, const step_list& steps) {
  json::array told;
  for (const step& one : steps.all())
    told.push_back({{"step", one.name}, {"state", one.state}, {"found", one.found}, {"expected", one.expected}});
  return pretty(json::object{{"file", line.file}, {"passed", steps.failures() == 0}, {"steps", std::move(told)}});
}

void print(std::ostream& out, const check_line& line, const step_list& steps) {
  table rows({{"step"}, {"result"}, {"found", table::align::left, 110}, {"expected", table::align::left, 90}});
  for (const step& one : steps.all()) rows.row({one.name, one.state, one.found, one.expected});
  rows.print(out);
  out << '\n' << line.file << ": ";
  if (steps.failures() == 0)
    out << "all " << steps.all().size() << " steps passed\n";
  else
    out << steps.failures() << " of " << steps.all().size() << " steps failed\n";
}

exit_code check(const check_line& line, command_context& context) {
  catch_stop_signals();
  const step_list steps = follow(line);
  if (context.json)
    context.screen.out << as_json(line, steps) << '\n';
  else
    print(context.screen.out, line, steps);
  return steps.failures() == 0 ? exit_code::ok : exit_code::refused;
}

}  // namespace

void add_plugin_check(CLI::App& group, command_context& context) {
  auto* command = group.add_subcommand("check", "Put a plugin's file to the test, before a server meets it");
  const auto line = std::make_shared<check_line>();
  line->host = usual_host();
  command->footer(footer);
  command->add_option("file", line->file, "The plugin, a shared library")->required()->check(CLI::ExistingFile);
  command->add_option("--config", line->config, "Its section of the settings")
      ->type_name("JSON")
      ->capture_default_str();
  command->add_option("--limit", line->limit, "Seconds that all may take")
      ->check(from_to(0.1, 86'400.0))
      ->capture_default_str();
  command->add_option("--step-limit", line->step_limit, "Seconds that a step may take")
      ->check(from_to(0.1, 86'400.0))
      ->capture_default_str();
  command->add_option("--plugin-host", line->host, "The program that runs it")
      ->envname("DEMUR_PLUGIN_HOST")
      ->type_name("FILE");
  command->callback([line, &context] { context.chosen = [line, &context] { return check(*line, context); }; });
}

}  // namespace demur::cli
