#include "plugin/check_apart.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

namespace demur::plugin {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;
using words = std::vector<std::string>;
using boost::test_tools::per_element;

const fs::path host_program = fs::path(DEMUR_BIN_DIR) / "demur-plugin-host";

fs::path library_of(const std::string& name) {
  const fs::path file = fs::path(DEMUR_TEST_PLUGIN_DIR) / (name + ".so");
  return fs::exists(file) ? file : fs::path(DEMUR_PLUGIN_DIR) / (name + ".so");
}

/// Sanitizers must leave crashes and leaks to the suite.
struct unwatched {
  unwatched() { ::setenv("ASAN_OPTIONS", "handle_segv=0:detect_leaks=0", 1); }
};
BOOST_TEST_GLOBAL_FIXTURE(unwatched);

/// What the program said of a plugin.
struct check_run {
  words begun;
  words failed;
  words noted;
  std::map<std::string, std::string> sentences;  ///< step: found; expected
};

check_run run_check(const std::string& plugin, const std::string& config = "{}", const std::string& more = "") {
  const std::string line = "'" + host_program.string() + "' check '" + library_of(plugin).string() + "' --config '" +
                           config + "' " + more + " 2>/dev/null";
  FILE* const pipe = ::popen(line.c_str(), "r");
  BOOST_REQUIRE(pipe);
  check_run run;
  std::array<char, 16'384> text;
  while (std::fgets(text.data(), static_cast<int>(text.size()), pipe)) {
    const json::object told = json::parse(text.data()).as_object();
    const std::string step(told.at("step").as_string());
    const std::string state(told.at("state").as_string());
    if (state == "begin") {
      run.begun.push_back(step);
      continue;
    }
    if (state == "failed") run.failed.push_back(step);
    if (state == "noted") run.noted.push_back(step);
    run.sentences[step] =
        std::string(told.at("found").as_string()) + "; expected " + std::string(told.at("expected").as_string());
  }
  ::pclose(pipe);
  return run;
}

/// It fails in these steps and in no other, and the sentence of the first says this.
void fails(const std::string& plugin, const std::string& config, const words& steps, const std::string& sentence) {
  BOOST_TEST_CONTEXT(plugin << " " << config) {
    const check_run run = run_check(plugin, config);
    BOOST_TEST(run.failed == steps, per_element());
    const auto said = run.sentences.find(steps.front());
    BOOST_REQUIRE(said != run.sentences.end());
    BOOST_TEST(said->second.find(sentence) != sentence.npos, said->second << " does not say " << sentence);
  }
}

std::string does(const std::string& deed) { return R"({"does": ")" + deed + "\"}"; }
void offends(const std::string& deed, const words& steps, const std::string& sentence) {
  fails("offender", does(deed), steps, sentence);
}

std::string apart(const std::string& plugin, const std::string& config = "{}", std::chrono::milliseconds limit = 20s) {
  const auto checked = check_apart(host_program, library_of(plugin), "plugins/it.so", config, limit);
  return checked ? "passed" : checked.problem().detail;
}

BOOST_AUTO_TEST_SUITE(conformance)

BOOST_AUTO_TEST_CASE(every_shipped_plugin_passes_the_whole_suite) {
  const words steps{"file",           "exports", "load",     "entry",    "settings", "ids",   "bounds", "determinism",
                    "hostile_inputs", "views",   "services", "old_host", "threads",  "leaks", "speed",  "end"};
  words names;
  for (const auto& entry : fs::directory_iterator(DEMUR_PLUGIN_DIR)) names.push_back(entry.path().stem().string());
  BOOST_TEST(names.size() >= 7U);
  for (const auto& name : names) {
    BOOST_TEST_CONTEXT(name) {
      const check_run run = run_check(name);
      BOOST_TEST(run.begun == steps, per_element());
      BOOST_TEST(run.failed == words{}, per_element());
      BOOST_TEST(run.noted == words{"speed"}, per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(plugins_that_somebody_might_write_pass) {
  for (const char* name : {"slow_pace", "rogue", "versatile", "offender"}) {
    const check_run run = run_check(name);
    BOOST_TEST_CONTEXT(name) { BOOST_TEST(run.failed == words{}, per_element()); }
  }
}

BOOST_AUTO_TEST_CASE(settings_are_passed_on) {
  BOOST_TEST(run_check("wrong_genre", R"({"genre_deemphasis_factor": 0.5})").failed == words{}, per_element());
  fails("wrong_genre", R"({"genre_deemphasis_factor": 2})", {"settings"},
        R"(refuses the settings {"genre_deemphasis_factor": 2} (`genre_deemphasis_factor` is 2; allowed is)");
}

BOOST_AUTO_TEST_CASE(what_does_not_load_fails_where_it_shows) {
  fails("no_symbol", "{}", {"exports"}, "exports no demur_plugin_entry; expected a plugin of Demur");
  fails("unresolved", "{}", {"load"}, "demur_nobody_defines_this");
  fails("exports_more", "{}", {"exports"}, "also exports offender_helper; expected demur_plugin_entry alone");
  fails("twin_one", "{}", {"exports"}, "also exports demur::");
  fails("no_such_plugin", "{}", {"file"}, "is no file");
}

BOOST_AUTO_TEST_CASE(a_wrong_entry_fails_in_its_step) {
  fails("wrong_abi", "{}", {"entry"}, "is built for plugin ABI 2; expected 1");
  fails("no_entry", "{}", {"entry"}, "returns nothing from demur_plugin_entry");
  fails("tiny_entry", "{}", {"entry"}, "describes itself in 4 bytes");
  fails("bad_name", "{}", {"entry"}, "calls itself \"Bare Plugin\"");
  fails("no_version", "{}", {"entry"}, "has the version \"\"");
  fails("no_destroy", "{}", {"entry"}, "leaves out one of create, destroy and get_interface");
  fails("throws_from_entry", "{}", {"entry"}, "throws from demur_plugin_entry");
}

BOOST_AUTO_TEST_CASE(a_newer_minor_version_is_noted) {
  const check_run run = run_check("newer_minor");
  BOOST_TEST(run.failed == words{}, per_element());
  BOOST_TEST(run.noted == (words{"entry", "speed"}), per_element());
  BOOST_TEST(run.sentences.at("entry").starts_with("is built for plugin ABI 1.99; expected 1."));
}

BOOST_AUTO_TEST_CASE(create_and_destroy_are_tried_in_settings) {
  fails("silent", "{}", {"settings"}, "refuses the settings {} without a word");
  fails("throws_from_create", "{}", {"settings"}, "threw \"out of popcorn\" from create");
  fails("throws_from_destroy", "{}", {"settings"}, "threw \"out of popcorn\" from destroy");
  offends("accept any key", {"settings"}, "takes the unknown setting `surely_no_setting_of_yours`; expected a refusal");
  offends("hold its tongue", {"settings"}, "refuses the unknown setting `surely_no_setting_of_yours` without a word");
  fails("rogue", does("refuse"), {"settings"}, "(I will not work here.)");
}

BOOST_AUTO_TEST_CASE(interfaces_and_constants_are_tried_in_ids) {
  fails("no_interface", "{}", {"ids"}, "has no interface demur.strategy/1");
  fails("small_strategy", "{}", {"ids"}, "describes its demur.strategy/1 in 8 bytes");
  fails("no_adjust", "{}", {"ids"}, "leaves out one of reason, half_life_days and adjust");
  fails("bad_reason", "{}", {"ids"}, "answers to the reason \"Too bare\"");
  fails("nan_half_life", "{}", {"ids"}, "has a half-life of nan days");
  fails("throws_from_reason", "{}", {"ids"}, "threw \"out of popcorn\" from reason");
  offends("answer to any id", {"ids"}, "has an interface for the unknown id \"demur.surely_nothing/1\"; expected NULL");
}

BOOST_AUTO_TEST_CASE(answers_out_of_bounds_fail_wherever_answers_are_wanted) {
  const words steps{"bounds", "hostile_inputs", "services"};
  fails("bare", "{}", steps, "dislike 1 of the trial: gave genre:Horror the magnitude 2; expected -1 <= magnitude < 1");
  fails("unsupporting", "{}", steps, "failed with status 2; expected status 0");
  fails("rogue", does("twice"), steps, "adjusted genre:Horror twice");
  fails("rogue", does("NaN"), steps, "the magnitude nan");
  fails("rogue", does("swallow"), steps, "the magnitude 7");
  fails("rogue", does("family movie"), steps, "gave the family \"movie\"");
}

BOOST_AUTO_TEST_CASE(what_throws_from_adjust_fails_wherever_it_is_called) {
  const words steps{"bounds", "hostile_inputs", "views", "services", "old_host"};
  fails("throws_from_adjust", "{}", steps, "threw \"out of popcorn\" from adjust; expected that no exception leaves");
  fails("throws_a_number", "{}", steps, "threw something that is no std::exception from adjust");
}

BOOST_AUTO_TEST_CASE(answers_that_differ_fail_in_determinism) {
  offends("count calls", {"determinism"},
          "answers dislike 1 of the trial with genre:Horror -0.25, but the second time with genre:Horror "
          "-0.0012437810945273");
  offends("differ in batches", {"determinism"}, "but in a batch with genre:Horror -0.5; expected the same answer");
}

BOOST_AUTO_TEST_CASE(what_is_long_may_come) {
  offends("choke on what is long", {"hostile_inputs", "services"},
          "32 genres and a cast of 32, of 100 characters each: failed with status 1");
}

BOOST_AUTO_TEST_CASE(misuse_of_the_input_fails_in_views) {
  const words steps{"views", "services", "old_host"};
  offends("write to its input", steps, "wrote to its input (movie_title); expected that it only reads it");
  offends("read past the end", steps, "reached past the end of its input (movie_title)");
  offends("keep views", steps, "kept a view of its input (user_id) and used it after the call");
  offends("keep its settings", {"views"}, "kept a view of its input (config) and used it after the call");
}

BOOST_AUTO_TEST_CASE(services_are_asked_for_in_time_and_not_relied_upon) {
  offends("ask late", {"services", "old_host"}, "asks for demur.weights/1 after create(); expected");
  offends("trust weights", {"services"}, "with services that know nothing: gave genre:Horror the magnitude nan");
  const check_run run = run_check("offender", does("need services"));
  BOOST_TEST(run.failed == words{}, per_element());
  BOOST_TEST(run.noted == (words{"services", "old_host", "speed"}), per_element());
  BOOST_TEST(run.sentences.at("services")
                 .starts_with("does not work without demur.catalogue/1 (I cannot work without a catalogue)"));
}

BOOST_AUTO_TEST_CASE(who_looks_past_a_size_fails_with_an_old_host) {
  offends("look past the size of the host", {"old_host"},
          "with a host of plugin ABI 1.0: reached past the end of its input (demur_host)");
  offends("look past the size of the sink", {"old_host"},
          "with a host of plugin ABI 1.0: reached past the end of its input (demur_sink)");
}

BOOST_AUTO_TEST_CASE(what_it_costs_is_measured) {
  offends("leak", {"leaks"}, "bytes in 20000 calls and did not give them back; expected at most 32768 bytes");
  offends("leak instances", {"leaks"}, "in 200 times create() and destroy() and did not give them back");
  const check_run thread = run_check("offender", does("leave a thread"), "--quick");
  BOOST_TEST(thread.failed == words{}, per_element());
  BOOST_TEST(thread.sentences.at("threads").starts_with("leaves 1 more threads behind after destroy()"));
}

BOOST_AUTO_TEST_CASE(more_than_a_millisecond_is_too_slow) {
  offends("be slow", {"speed"}, "ns for a dislike; expected at most 1000000 ns");
}

BOOST_AUTO_TEST_CASE(the_quick_form_leaves_out_what_takes_time_and_is_quick) {
  const auto began = std::chrono::steady_clock::now();
  const check_run run = run_check("wrong_genre", "{}", "--quick");
  const auto took = std::chrono::steady_clock::now() - began;
  BOOST_TEST(run.begun.back() == "end");
  BOOST_TEST(run.sentences.count("leaks") + run.sentences.count("speed") == 0U);
  BOOST_TEST(run.failed == words{}, per_element());
  BOOST_TEST((took < 2s));
}

BOOST_AUTO_TEST_CASE(a_plugin_that_prints_does_not_get_between_the_lines) {
  BOOST_TEST(run_check("offender", does("print")).failed == words{}, per_element());
}

BOOST_AUTO_TEST_CASE(a_check_apart_tells_the_first_fault_in_a_sentence) {
  BOOST_TEST(apart("wrong_genre") == "passed");
  BOOST_TEST(
      apart("bare") ==
      "plugins/it.so dislike 1 of the trial: gave genre:Horror the magnitude 2 (step bounds of the plugin check); "
      "expected -1 <= magnitude < 1.");
}

BOOST_AUTO_TEST_CASE(a_check_apart_survives_a_crash) {
  BOOST_TEST(apart("offender", does("crash in create")) ==
             "plugins/it.so was killed by SIGSEGV in step settings of the plugin check; expected that it comes back.");
  BOOST_TEST(apart("offender", does("crash in adjust")) ==
             "plugins/it.so was killed by SIGSEGV in step bounds of the plugin check; expected that it comes back.");
  BOOST_TEST(apart("offender", does("crash at the end")) ==
             "plugins/it.so was killed by SIGSEGV in step end of the plugin check; expected that it comes back.");
  BOOST_TEST(apart("offender", does("exit in adjust")) ==
             "plugins/it.so ended the program in step bounds of the plugin check; expected that it leaves the process "
             "to its host.");
}

BOOST_AUTO_TEST_CASE(a_check_apart_ends_a_plugin_that_hangs) {
  const auto began = std::chrono::steady_clock::now();
  BOOST_TEST(apart("offender", does("hang in adjust"), 700ms) ==
             "plugins/it.so was not ready after 700 ms in step bounds of the plugin check; expected that each call "
             "comes back soon.");
  BOOST_TEST((std::chrono::steady_clock::now() - began < 2s));
}

BOOST_AUTO_TEST_CASE(a_check_apart_passes_on_neither_the_environment_nor_what_is_open) {
  ::setenv("DEMUR_TEST_PASSWORD", "sesame", 1);
  const int open_file = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  BOOST_TEST(apart("offender", does("look around")) == "passed");
  ::close(open_file);
  ::unsetenv("DEMUR_TEST_PASSWORD");
}

BOOST_AUTO_TEST_CASE(a_check_apart_without_its_program_is_unavailable) {
  const auto checked = check_apart("no/such/program", library_of("wrong_genre"), "it.so", "{}", 1s);
  BOOST_REQUIRE(!checked);
  BOOST_TEST((checked.problem().code == error_code::unavailable));
  BOOST_TEST(checked.problem().detail == "The program no/such/program cannot be run: No such file or directory");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::plugin
