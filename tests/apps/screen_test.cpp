#include "apps/command.hpp"
#include "bodies.hpp"
#include "progress.hpp"
#include "table.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

namespace demur {
namespace {

BOOST_AUTO_TEST_SUITE(screen)

BOOST_AUTO_TEST_CASE(columns_are_as_wide_as_their_widest_cell_in_characters_not_bytes) {
  cli::table rows({{"name"}, {"count", cli::table::align::right}});
  rows.row({"Tch\u00e9ky", "7"});
  rows.row({"Bo", "1,234,567"});
  std::ostringstream out;
  rows.print(out);
  BOOST_TEST(out.str() == "name        count\nTch\u00e9ky          7\nBo      1,234,567\n");
}

BOOST_AUTO_TEST_CASE(long_cells_end_in_an_ellipsis_and_control_characters_cannot_steer_the_terminal) {
  BOOST_TEST(cli::fitted("abcdef", 4) == "abc\u2026");
  BOOST_TEST(cli::fitted("\u00e9\u00e9\u00e9", 3) == "\u00e9\u00e9\u00e9");
  BOOST_TEST(cli::fitted("a\x1b[2Jb\n", 9) == "a [2Jb ");
}

BOOST_AUTO_TEST_CASE(thousands_are_grouped) {
  BOOST_TEST(cli::grouped(0) == "0");
  BOOST_TEST(cli::grouped(999) == "999");
  BOOST_TEST(cli::grouped(13'523) == "13,523");
  BOOST_TEST(cli::grouped(-1'234'567) == "-1,234,567");
}

BOOST_AUTO_TEST_CASE(times_are_written_as_rfc_3339_and_shown_shorter) {
  const timestamp time{std::chrono::milliseconds(1'795'390'472'123)};
  BOOST_TEST(cli::time_text(time) == "2026-11-22T23:34:32.123Z");
  BOOST_TEST(cli::time_text(timestamp{}) == "1970-01-01T00:00:00.000Z");
  BOOST_TEST(cli::short_time("2026-11-22T23:34:32.123Z") == "2026-11-22 23:34:32");
  BOOST_TEST(cli::short_time("") == "");
}

BOOST_AUTO_TEST_CASE(a_terminal_gets_a_bar_that_goes_away_and_a_file_gets_none) {
  for (const bool tty : {true, false}) {
    std::ostringstream out, err;
    cli::terminal target{out, err, tty, tty};
    {
      cli::progress bar(target, "work", 200);
      std::this_thread::sleep_for(std::chrono::milliseconds(110));
      bar.at(50);
    }
    BOOST_TEST(out.str().empty());
    BOOST_TEST((err.str().find("work  [######..................]  25 %  50 of 200") != std::string::npos) == tty);
    BOOST_TEST(err.str().ends_with("\r\x1b[K") == tty);
  }
}

BOOST_AUTO_TEST_CASE(help_and_version_are_answers_and_a_bad_line_is_exit_code_2) {
  const command_run help = run_command({"--help"});
  BOOST_TEST(help.code == 0);
  for (const char* command : {"import", "replay", "post", "history", "patterns", "metrics", "models", "retrain",
                              "rerank", "watch", "simulate", "load", "verify"}) {
    BOOST_TEST(help.says(command), command);
    const command_run of_command = run_command({command, "--help"});
    BOOST_TEST(of_command.code == 0);
    BOOST_TEST(of_command.says("Example"), command);
  }
  BOOST_TEST(run_command({"--version"}).says("demur 0."));
  BOOST_TEST(run_command({}).code == 2);
  BOOST_TEST(run_command({"post", "--user"}).code == 2);
  BOOST_TEST(run_command({"load", "--connections", "0"}).code == 2);
  const command_run typo = run_command({"pots"});
  BOOST_TEST(typo.code == 2);
  BOOST_TEST(typo.complains("there is no command \"pots\""));
  BOOST_TEST(typo.complains("post, history"));
}

BOOST_AUTO_TEST_CASE(the_server_may_be_named_before_or_after_the_command) {
  const std::string nobody = "http://127.0.0.1:1";
  BOOST_TEST(run_command({"--server", nobody, "metrics"}).complains(nobody));
  BOOST_TEST(run_command({"metrics", "--server", nobody}).complains(nobody));
  BOOST_TEST(run_command({"import", "movielens", "nowhere", "--server", "ftp://x"}).complains("unknown scheme"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
