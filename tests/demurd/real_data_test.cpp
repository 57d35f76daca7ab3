#include "demurd/at_work.hpp"
#include "real_data.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace demur {
namespace {

namespace json = boost::json;

/// Ratings of 2.0 or lower by user, counted from the file without any of demur's code.
std::map<std::string, std::int64_t> low_ratings() {
  std::map<std::string, std::int64_t> by_user;
  std::ifstream file(real_folder() + "/ratings.csv");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const auto user = line.find(','), movie = line.find(',', user + 1);
    if (std::stod(line.substr(movie + 1)) <= 2.0) ++by_user[line.substr(0, user)];
  }
  return by_user;
}

json::object run(const demurd_at_work& demurd, const std::string& command, std::vector<std::string> more = {}) {
  std::vector<std::string> line{"--server", demurd.url(), "--json", command, "movielens", real_folder()};
  line.insert(line.end(), more.begin(), more.end());
  program demur(line, {}, "demur");
  BOOST_REQUIRE_MESSAGE(demur.wait(std::chrono::seconds(120)) == 0, demur.err());
  return json::parse(demur.out()).as_object();
}

BOOST_AUTO_TEST_SUITE(real_data, *boost::unit_test::precondition(if_there()))

BOOST_AUTO_TEST_CASE(an_import_stores_every_row_once) {
  demurd_at_work demurd("imported");
  const auto first = run(demurd, "import");
  BOOST_TEST(first.at("movies").at("stored").as_int64() == 9'742);
  BOOST_TEST(first.at("ratings").at("sent").as_int64() == 100'836);
  BOOST_TEST(first.at("ratings").at("stored").as_int64() == 100'836);
  BOOST_TEST(first.at("ratings").at("already_there").as_int64() == 0);
  const auto second = run(demurd, "import");
  BOOST_TEST(second.at("ratings").at("sent").as_int64() == 100'836);
  BOOST_TEST(second.at("ratings").at("stored").as_int64() == 0);
  BOOST_TEST(second.at("ratings").at("already_there").as_int64() == 100'836);
}

BOOST_AUTO_TEST_CASE(a_replay_gives_the_figures_of_a_separate_count_and_a_second_one_stores_nothing) {
  demurd_at_work demurd("replayed");
  const auto first = run(demurd, "replay");
  web::http_client over(demurd.port());
  const auto metrics = get(over, "/api/feedback-metrics").json();

  std::int64_t low = 0;
  for (const auto& [user, count] : low_ratings()) {
    low += count;
    BOOST_TEST(get(over, "/api/dislike-history?limit=1", user).json().at("total").as_int64() == count);
  }
  BOOST_TEST(low == 13'523);
  // The rule of --help, counted by another program in another language.
  const json::object by_reason{{"not_interested", 11'260}, {"poor_quality", 850}, {"wrong_genre", 1'413}};
  constexpr double mean_score = 0.6007129409154782;

  for (const char* count : {"found", "sent", "stored"}) BOOST_TEST(first.at(count).as_int64() == low);
  for (const char* count : {"already_there", "refused", "unanswered"}) BOOST_TEST(first.at(count).as_int64() == 0);
  BOOST_TEST((first.at("by_reason") == by_reason));

  BOOST_TEST(metrics.at("total_dislikes").as_int64() == low);
  BOOST_TEST(metrics.at("total_negative_examples").as_int64() == low);
  BOOST_TEST((metrics.at("dislikes_by_reason") == by_reason));
  for (const char* mean : {"average_dislike_predicted_score", "avg_prediction_error"})
    BOOST_TEST(metrics.at(mean).to_number<double>() == mean_score, boost::test_tools::tolerance(1e-9));

  const auto second = run(demurd, "replay");
  BOOST_TEST(second.at("sent").as_int64() == low);
  BOOST_TEST(second.at("stored").as_int64() == 0);
  BOOST_TEST(second.at("already_there").as_int64() == low);
  BOOST_TEST(get(over, "/api/feedback-metrics").json().at("total_dislikes").as_int64() == low);
}

BOOST_AUTO_TEST_CASE(a_replay_with_the_original_times_gives_the_same_counts) {
  demurd_at_work demurd("replayed");
  const auto counts = run(demurd, "replay", {"--timeline", "original"});
  BOOST_TEST(counts.at("stored").as_int64() == 13'523);
  web::http_client over(demurd.port());
  BOOST_TEST(get(over, "/api/feedback-metrics").json().at("total_dislikes").as_int64() == 13'523);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
