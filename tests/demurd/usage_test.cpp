#include "demurd/program.hpp"

#include <demur/settings.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <string>
#include <vector>

namespace demur {
namespace {

struct refusal {
  std::vector<std::string> options;
  std::string sentence;
};

/// The settings in force, as --print-settings shows them.
settings in_force(std::vector<std::string> options) {
  options.emplace_back("--print-settings");
  program demurd(options);
  BOOST_REQUIRE_MESSAGE(demurd.wait() == 0, demurd.err());
  const auto read = parse_settings(demurd.out(), "printed");
  if (!read) BOOST_FAIL(read.problem().detail);
  return *read;
}

BOOST_AUTO_TEST_SUITE(usage)

BOOST_AUTO_TEST_CASE(help_names_options_signals_and_exit_codes) {
  program demurd({"--help"});
  BOOST_TEST(demurd.wait() == 0);
  const std::string help = demurd.out();
  for (const char* word : {"--config FILE", "--listen ADDR:PORT", "--data DIR", "--plugins DIR", "--store URL",
                           "--log-level", "--print-settings", "--check", "--version", "SIGTERM", "Exit codes:"})
    BOOST_TEST(help.find(word) != std::string::npos, word);
}

BOOST_AUTO_TEST_CASE(the_version_is_said) {
  program demurd({"--version"});
  BOOST_TEST(demurd.wait() == 0);
  BOOST_TEST(demurd.out().starts_with("demurd "));
}

BOOST_AUTO_TEST_CASE(wrong_options_and_settings_end_with_2_and_a_sentence) {
  std::ofstream("typo.toml") << "[server]\nthreds = 3\n";
  const refusal cases[] = {
      {{"--lisen", "127.0.0.1:0"}, "--lisen"},
      {{"serve"}, "serve"},
      {{"--config"}, "--config"},
      {{"--config", ""}, "--config: names no file"},
      {{"--listen", "127.0.0.1:1", "--listen", "127.0.0.1:2"}, "--listen"},
      {{"--config", "absent.toml"}, "The settings file absent.toml cannot be read: No such file or directory."},
      {{"--config", "typo.toml"}, "typo.toml:2: there is no setting server.threds; did you mean server.threads?"},
      {{"--config", "typo.toml", "--check"}, "did you mean server.threads?"},
      {{"--listen", "8080"}, "--listen: server.listen is \"8080\"; allowed is ADDR:PORT"},
      {{"--log-level", "loud"}, "--log-level: log.level is \"loud\"; allowed is one of \"trace\""},
      {{"--store", "demur.db"}, "--store: store.url is "},
      {{"--data", ""}, "--data: data_folder is \"\""},
  };
  for (const auto& [options, sentence] : cases) {
    program demurd(options);
    BOOST_TEST(demurd.wait() == 2, sentence);
    BOOST_TEST(demurd.err().find(sentence) != std::string::npos, demurd.err());
    BOOST_TEST(demurd.out() == "");
  }
}

BOOST_AUTO_TEST_CASE(good_settings_are_said_to_be_good) {
  program demurd({"--check", "--config", DEMUR_SOURCE_DIR "/config/demur.toml"});
  BOOST_TEST(demurd.wait() == 0);
  BOOST_TEST(demurd.out() == "The settings are good.\n");
  BOOST_TEST(demurd.err() == "");
}

BOOST_AUTO_TEST_CASE(without_a_file_the_defaults_are_printed) {
  program demurd({"--print-settings"});
  BOOST_TEST(demurd.wait() == 0);
  BOOST_TEST((demurd.out() == render_settings()));
}

BOOST_AUTO_TEST_CASE(the_command_line_beats_the_file_and_the_file_the_defaults) {
  std::ofstream("some.toml") << "data_folder = 'of the file'\n[server]\nlisten = '127.0.0.1:1'\nthreads = 3\n"
                                "[plugins.mild]\nfactor = 0.5\n";
  const settings chosen = in_force(
      {"--config", "some.toml", "--listen", "[::1]:2", "--store", "sqlite3://other.db", "--log-level", "warn"});
  BOOST_TEST(chosen.server.listen == "[::1]:2");
  BOOST_TEST(chosen.store.url == "sqlite3://other.db");
  BOOST_TEST(chosen.log.level == "warn");
  BOOST_TEST(chosen.data_folder == "of the file");
  BOOST_TEST(chosen.server.threads == 3);
  BOOST_TEST(chosen.plugins.config.at("mild") == R"({"factor":0.5})");
  BOOST_TEST(chosen.plugins.folder == settings{}.plugins.folder);

  const settings moved = in_force({"--config", "some.toml", "--data", "here", "--plugins", "there"});
  BOOST_TEST(moved.data_folder == "here");
  BOOST_TEST(moved.plugins.folder == "there");
}

BOOST_AUTO_TEST_CASE(output_that_cannot_be_written_is_a_failure) {
  program demurd({"--print-settings"}, "exec >/dev/full");
  BOOST_TEST(demurd.wait() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
