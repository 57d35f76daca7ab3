#include "apps/command.hpp"
#include "closed_loop_report.hpp"
#include "html.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace demur {
namespace {

namespace json = boost::json;

std::vector<std::string> small_loop(std::vector<std::string> more = {}) {
  std::vector<std::string> line{"simulate", "--days",   "6", "--users",         "40", "--movies",
                                "160",      "--shown",  "8", "--retrain-every", "2",  "--factors",
                                "8",        "--worlds", "2", "--seed",          "11"};
  line.insert(line.end(), more.begin(), more.end());
  return line;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

BOOST_AUTO_TEST_SUITE(closed_loop_command)

BOOST_AUTO_TEST_CASE(a_closed_loop_needs_no_server_and_says_the_same_each_time) {
  const command_run shown = run_command(small_loop());
  BOOST_TEST(shown.code == 0, shown.err);
  for (const char* expected : {"40 users, 160 films, 6 days; 8 films a day", "a training every 2 days", "seeds from 11",
                               "Against without", "\n1-2 ", "\n5-6 ", "with diversity"})
    BOOST_TEST(shown.says(expected), expected << " is not in\n" << shown.out);
  BOOST_TEST(run_command(small_loop({"--threads", "1"})).out == shown.out);
}

BOOST_AUTO_TEST_CASE(its_json_has_every_arm_world_and_day) {
  const auto report = json::parse(run_command(small_loop({"--json", "--arms", "without", "with"})).out).as_object();
  BOOST_TEST(report.at("plan").at("items").as_int64() == 160);
  BOOST_TEST(report.at("plan").at("seed").to_number<int>() == 11);
  const json::array& arms = report.at("arms").as_array();
  BOOST_TEST_REQUIRE(arms.size() == 2U);
  BOOST_TEST(arms[0].at("difference").as_object().empty());
  const json::object& with = arms[1].as_object();
  BOOST_TEST(with.at("arm").as_string() == "with");
  BOOST_TEST(with.at("difference").at("dislikes").as_object().size() == 4U);
  BOOST_TEST(with.at("by_world").as_array().size() == 2U);
  const json::array& days = with.at("by_day").at(1).as_array();
  BOOST_TEST(days.size() == 6U);
  for (const char* figure : {"dislikes", "likes", "utility", "coverage", "gini", "diversity"})
    BOOST_TEST(days[5].as_object().contains(figure), figure);
}

BOOST_AUTO_TEST_CASE(its_page_plots_each_figure_day_by_day) {
  const scratch_folder folder;
  const std::string file = folder.path("loop.html");
  BOOST_TEST(run_command(small_loop({"--page", file})).code == 0);
  const std::string page = content_of(file);
  BOOST_TEST(page.starts_with("<!doctype html>"));
  BOOST_TEST(page.ends_with("</html>\n"));
  BOOST_TEST(times(page, "<svg") == cli::loop_figures().size());
  // Of each figure and arm a line for each of two worlds, and their mean.
  BOOST_TEST(times(page, "<polyline") == cli::loop_figures().size() * 3 * 3);
  BOOST_TEST(times(page, "nan") == 0U);
  for (const auto& figure : cli::loop_figures())
    BOOST_TEST(page.find("<h2>" + std::string(figure.title)) != std::string::npos, figure.title);
}

BOOST_AUTO_TEST_CASE(a_single_day_of_a_single_world_is_shown_too) {
  const scratch_folder folder;
  const std::string file = folder.path("loop.html");
  const command_run shown =
      run_command({"simulate", "--days", "1", "--worlds", "1", "--users", "10", "--movies", "200", "--page", file});
  BOOST_TEST(shown.code == 0, shown.err);
  BOOST_TEST(shown.says("one world: no interval"));
  BOOST_TEST(shown.says("\n1  "));
  const std::string page = content_of(file);
  BOOST_TEST(times(page, "<circle") == cli::loop_figures().size() * 3);
  BOOST_TEST(times(page, "nan") == 0U);
}

BOOST_AUTO_TEST_CASE(options_of_the_other_kind_of_simulation_are_refused) {
  const auto refuses = [](const std::vector<std::string>& line, const std::string& words) {
    const command_run refused = run_command(line);
    BOOST_TEST(refused.code == 2);
    BOOST_TEST(refused.complains(words), words << " is not in\n" << refused.err);
  };
  for (const char* option : {"--rate", "--seconds", "--patience"})
    refuses({"simulate", "--days", "3", option, "1"},
            std::string(option) + " is of the simulation that feeds a server; with --days there is none");
  for (const char* option : {"--worlds", "--shown", "--history", "--retrain-every", "--exploration", "--loathing",
                             "--factors", "--arms", "--threads", "--page"})
    refuses({"simulate", option, "1"}, std::string(option) + " is of the closed loop: it needs --days N");
}

BOOST_AUTO_TEST_CASE(what_is_out_of_bounds_is_refused_by_the_name_of_its_option) {
  const auto complaint = [](const std::vector<std::string>& more) {
    std::vector<std::string> line{"simulate", "--days", "2"};
    line.insert(line.end(), more.begin(), more.end());
    const command_run refused = run_command(line);
    BOOST_TEST(refused.code == 2);
    return refused.err;
  };
  BOOST_TEST(complaint({"--movies", "50"}) ==
             "demur: --movies is not allowed\n  found    50\n  allowed  100 to 20000\n");
  BOOST_TEST(complaint({"--retrain-every", "0"}).find("--retrain-every is not allowed") != std::string::npos);
  BOOST_TEST(complaint({"--arms", "magic"}).find("allowed  without, late, with") != std::string::npos);
  BOOST_TEST(complaint({"--users", "5", "--page", "/no/such/folder/page.html"}).find("cannot write") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_others_wrote_cannot_become_a_tag) {
  BOOST_TEST(cli::escaped("<b>&") == "&lt;b&gt;&amp;");
  cli::svg_drawing drawn(10, 10);
  drawn.text(1, 2, "<script>");
  BOOST_TEST(drawn.str().find("<script>") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
