#include "apps/command.hpp"
#include "apps/fake_server.hpp"
#include "baseline.hpp"
#include "real_data.hpp"
#include "replay_plan.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <map>

namespace demur {
namespace {

namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(real_data, *boost::unit_test::precondition(if_there()))

BOOST_AUTO_TEST_CASE(the_data_set_has_the_counts_that_are_published) {
  const cli::movielens_data data = cli::read_movielens(real_folder());
  BOOST_TEST(data.movies.size() == 9'742u);
  BOOST_TEST(data.ratings.size() == 100'836u);
  BOOST_TEST(data.with_cast == 3'539);
  BOOST_TEST(data.with_franchise == 1'859);
  BOOST_TEST(data.with_directors == 9'514);
  BOOST_TEST(data.odd.empty());

  const auto planned = cli::plan_replay(data);
  BOOST_TEST(planned.size() == 13'523u);
  std::map<std::int64_t, int> by_user;
  std::map<std::string, int> by_reason;
  for (const auto& item : planned) {
    ++by_user[data.ratings[item.rating].user];
    ++by_reason[item.reason];
  }
  const auto with_at_least = [&](int least) {
    return std::count_if(by_user.begin(), by_user.end(), [least](const auto& user) { return user.second >= least; });
  };
  BOOST_TEST(with_at_least(1) == 526);
  BOOST_TEST(with_at_least(5) == 346);
  BOOST_TEST(with_at_least(20) == 138);
  // Counted apart from this code, with another program.
  BOOST_TEST(by_reason["wrong_genre"] == 1'413);
  BOOST_TEST(by_reason["poor_quality"] == 850);
  BOOST_TEST(by_reason["not_interested"] == 11'260);
}

BOOST_AUTO_TEST_CASE(a_replay_ends_with_the_figures_of_the_csv_and_a_second_one_stores_nothing) {
  fake_demur demur;
  const fake_server server(demur.behaviour());
  const std::vector<std::string> line{"replay", "movielens", real_folder(), "--server", server.url()};
  const command_run first = run_command(line);
  BOOST_TEST(first.code == 0, first.err);
  BOOST_TEST(
      first.says("2.0 or lower        13,523\nsent                13,523\nstored              13,523\n"
                 "already there            0\nrefused                  0\nas not_interested   11,260\n"
                 "as poor_quality        850\nas wrong_genre       1,413\n"));
  const command_run second = run_command(line);
  BOOST_TEST(second.says("stored                   0\nalready there       13,523\n"));
  BOOST_TEST(demur.stored() == 13'523u);
}

BOOST_AUTO_TEST_CASE(an_import_sends_every_row) {
  fake_demur demur;
  const fake_server server(demur.behaviour());
  const command_run run = run_command({"import", "movielens", real_folder(), "--server", server.url(), "--json"});
  BOOST_TEST(run.code == 0, run.err);
  const json::value counts = json::parse(run.out);
  BOOST_TEST(counts.at("movies").at("stored").to_number<int>() == 9'742);
  BOOST_TEST(counts.at("ratings").at("stored").to_number<int>() == 100'836);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
