#include "apps/command.hpp"
#include "plugin_check.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace demur {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// Sanitizers must leave crashes to the check.
struct unwatched {
  unwatched() { ::setenv("ASAN_OPTIONS", "handle_segv=0:detect_leaks=0", 1); }
};

std::string library_of(const std::string& name) {
  const fs::path file = fs::path(DEMUR_TEST_PLUGIN_DIR) / (name + ".so");
  return (fs::exists(file) ? file : fs::path(DEMUR_PLUGIN_DIR) / (name + ".so")).string();
}

/// The command alone, as it stands in its group.
command_run check(std::vector<std::string> line, bool as_json = false,
                  const std::string& host = std::string(DEMUR_BIN_DIR) + "/demur-plugin-host") {
  const unwatched by_sanitizers;
  std::ostringstream out, err;
  cli::terminal screen{out, err};
  cli::command_context context{screen};
  context.json = as_json;
  CLI::App group;
  cli::add_plugin_check(group, context);
  line.insert(line.begin(), "check");
  line.insert(line.end(), {"--plugin-host", host});
  try {
    group.parse(std::vector<std::string>(line.rbegin(), line.rend()));
    const auto code = static_cast<int>(context.chosen());
    return {code, out.str(), err.str()};
  } catch (const cli::failure& problem) {
    return {static_cast<int>(problem.code()), out.str(), problem.what()};
  } catch (const CLI::ParseError& problem) {
    return {group.exit(problem, out, err) == 0 ? 0 : 2, out.str(), err.str()};
  }
}

command_run check_offender(const std::string& deed, std::vector<std::string> more = {}, bool as_json = false) {
  std::vector<std::string> line{library_of("offender"), "--config", R"({"does": ")" + deed + "\"}"};
  line.insert(line.end(), more.begin(), more.end());
  return check(line, as_json);
}

BOOST_AUTO_TEST_SUITE(plugin_check)

BOOST_AUTO_TEST_CASE(a_sound_plugin_passes_and_the_steps_are_shown) {
  const command_run run = check({library_of("wrong_genre")});
  BOOST_TEST(run.code == 0, run.err);
  BOOST_TEST(run.says("step            result  found"));
  BOOST_TEST(run.says("ids             passed  answers to wrong_genre with demur.strategy/1"));
  BOOST_TEST(run.says("wrong_genre.so: all 16 steps passed\n"));
}

BOOST_AUTO_TEST_CASE(a_fault_is_shown_with_what_was_expected_and_refused) {
  const command_run run = check_offender("accept any key");
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.says("settings        failed  takes the unknown setting `surely_no_setting_of_yours`"));
  BOOST_TEST(run.says("a refusal, with a report: what is mistyped would go unnoticed"));
  BOOST_TEST(run.says("offender.so: 1 of 16 steps failed\n"));
}

BOOST_AUTO_TEST_CASE(a_fault_that_leaves_nothing_to_go_on_with_is_the_last_but_the_end) {
  const command_run run = check({library_of("no_symbol")});
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.says("exports no demur_plugin_entry"));
  BOOST_TEST(run.says("no_symbol.so: 1 of 3 steps failed\n"));
}

BOOST_AUTO_TEST_CASE(a_crash_is_a_failed_step) {
  for (const auto& [deed, step] : {std::pair{"crash in create", "settings"}, {"crash in adjust", "bounds"}}) {
    const command_run run = check_offender(deed);
    BOOST_TEST(run.code == 1);
    const std::string cell = std::string(step) + "  ";
    const auto line = run.out.rfind(cell);
    BOOST_REQUIRE(line != run.out.npos);
    BOOST_TEST(run.out.find("failed  was killed by SIGSEGV", line) != run.out.npos, run.out);
  }
  const command_run at_the_end = check_offender("crash at the end", {}, true);
  BOOST_TEST(at_the_end.code == 1);
  const json::value last = json::parse(at_the_end.out).at("steps").as_array().back();
  BOOST_TEST(last.at("step").as_string() == "end");
  BOOST_TEST(last.at("found").as_string() == "was killed by SIGSEGV");
}

BOOST_AUTO_TEST_CASE(a_plugin_that_ends_the_program_fails) {
  const command_run run = check_offender("exit in adjust");
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.says("failed  ended the program"));
}

BOOST_AUTO_TEST_CASE(a_step_that_hangs_is_ended_at_its_limit_and_the_whole_at_its_own) {
  const auto began = std::chrono::steady_clock::now();
  BOOST_TEST(check_offender("hang in adjust", {"--step-limit", "0.5"}).says("failed  was not ready after 0.5 s"));
  BOOST_TEST(check_offender("hang in adjust", {"--limit", "0.7"}).says("failed  was not ready after 0.7 s"));
  BOOST_TEST((std::chrono::steady_clock::now() - began < std::chrono::seconds(5)));
}

BOOST_AUTO_TEST_CASE(with_json_the_steps_are_an_array) {
  const command_run run = check_offender("print", {}, true);
  BOOST_TEST(run.code == 0);
  const json::value told = json::parse(run.out);
  BOOST_TEST(told.at("passed").as_bool());
  BOOST_TEST(told.at("file").as_string() == library_of("offender"));
  BOOST_TEST(told.at("steps").as_array().size() == 16U);
  BOOST_TEST(told.at("steps").as_array()[0].at("step").as_string() == "file");
  BOOST_TEST(told.at("steps").as_array()[0].at("state").as_string() == "passed");
}

BOOST_AUTO_TEST_CASE(a_bad_line_is_a_usage_error) {
  BOOST_TEST(check({}).code == 2);
  BOOST_TEST(check({"no/such/file.so"}).code == 2);
  BOOST_TEST(check({library_of("wrong_genre"), "--limit", "0"}).code == 2);
}

BOOST_AUTO_TEST_CASE(it_is_a_command_of_the_group_plugin) {
  const command_run run = run_command({"plugin", "check", "--help"});
  BOOST_TEST(run.code == 0);
  BOOST_TEST(run.says("demur plugin check build/my_strategy.so"));
  BOOST_TEST(run_command({"plugin", "check", "no/such/file.so"}).code == 2);
}

BOOST_AUTO_TEST_CASE(without_the_program_that_runs_it_the_check_says_what_is_missing) {
  const command_run run = check({library_of("wrong_genre")}, false, "no/such/host");
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.complains("the program no/such/host cannot be run: No such file or directory"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
