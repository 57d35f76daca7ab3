#include "apps/command.hpp"
#include "apps/fake_server.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace demur {
namespace {

namespace json = boost::json;

/// Three films, of which the server does not like the second; ratings of two users.
struct small_folder : scratch_folder {
  small_folder() {
    write("movies.csv", "movieId,title,genres\n1,One,Drama\n2,BAD,Drama\n3,Three,Horror|Crime\nbroken\n");
    write("ratings.csv", "userId,movieId,rating,timestamp\n7,1,2.0,86400\n7,3,4.5,86401\n12,1,0.5,0\n");
  }
};

fake_answer refuse_bad(const fake_request& request) {
  const auto bad = request.body.find("BAD");
  if (bad == std::string::npos) return {0};
  const std::string field =
      "[" + std::to_string(std::count(request.body.begin(), request.body.begin() + bad, '{') - 1) + "].movie_title";
  return {422, R"({"status":422,"detail":"x","field":")" + field + R"(","allowed":"something better"})"};
}

BOOST_AUTO_TEST_SUITE(importing)

BOOST_AUTO_TEST_CASE(a_bad_row_is_found_and_the_good_ones_around_it_are_stored) {
  fake_demur demur;
  demur.instead = [](const fake_request& request, std::size_t) { return refuse_bad(request); };
  const fake_server server(demur.behaviour());
  const small_folder folder;
  const command_run run = run_command({"import", "movielens", folder.path(), "--server", server.url(), "--json"});
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.complains("movies.csv line 5: 1 fields instead of 3, skipped"));

  const json::value counts = json::parse(run.out);
  BOOST_TEST(counts.at("movies").at("found").to_number<int>() == 3);
  BOOST_TEST(counts.at("movies").at("sent").to_number<int>() == 3);
  BOOST_TEST(counts.at("movies").at("stored").to_number<int>() == 2);
  BOOST_TEST(counts.at("movies").at("refused").to_number<int>() == 1);
  const auto& why = counts.at("movies").at("refused_because").as_object();
  BOOST_REQUIRE_EQUAL(why.size(), 1u);
  BOOST_TEST(std::string(why.begin()->key()) == "422 movie_title: allowed is something better");
  BOOST_TEST(counts.at("ratings").at("stored").to_number<int>() == 3);
  BOOST_TEST(counts.at("lines_skipped").to_number<int>() == 1);
}

BOOST_AUTO_TEST_CASE(ratings_go_by_user_with_their_own_times) {
  fake_demur demur;
  const fake_server server(demur.behaviour());
  const small_folder folder;
  const command_run run = run_command({"import", "movielens", folder.path(), "--server", server.url()});
  BOOST_TEST(run.code == 0);
  BOOST_TEST(run.says("there is no cast.csv; there is no franchise.csv"));
  const auto requests = server.requests();
  BOOST_REQUIRE_EQUAL(requests.size(), 3u);
  BOOST_TEST(requests[0].target == "/api/movies");
  BOOST_TEST(json::parse(requests[0].body).at(2).at("genres") == (json::array{"Horror", "Crime"}));
  BOOST_TEST(requests[1].user_id == "7");
  BOOST_TEST(json::parse(requests[1].body) ==
             json::parse(R"([{"movie_id":1,"rating":2E0,"created_at":"1970-01-02T00:00:00.000Z"},)"
                         R"({"movie_id":3,"rating":4.5E0,"created_at":"1970-01-02T00:00:01.000Z"}])"));
  BOOST_TEST(requests[2].user_id == "12");
}

BOOST_AUTO_TEST_CASE(more_than_a_thousand_rows_go_in_several_requests) {
  fake_demur demur;
  const fake_server server(demur.behaviour());
  const scratch_folder folder;
  std::string movies = "movieId,title,genres\n", ratings = "userId,movieId,rating,timestamp\n";
  for (int i = 0; i < 2'001; ++i) {
    movies += std::to_string(i) + ",Film,Drama\n";
    ratings += "1," + std::to_string(i) + ",3.0," + std::to_string(i) + "\n";
  }
  folder.write("movies.csv", movies);
  folder.write("ratings.csv", ratings);
  const command_run run = run_command({"import", "movielens", folder.path(), "--server", server.url()});
  BOOST_TEST(run.code == 0);
  BOOST_TEST(run.says("movies   2,001  2,001   2,001"));
  std::vector<std::size_t> rows;
  for (const auto& request : server.requests()) rows.push_back(json::parse(request.body).as_array().size());
  BOOST_TEST(rows == (std::vector<std::size_t>{1'000, 1'000, 1, 1'000, 1'000, 1}));
}

BOOST_AUTO_TEST_CASE(a_refusal_that_is_not_about_the_rows_ends_the_import) {
  const fake_server server({[](const fake_request&) {
    return fake_answer{404, R"({"detail":"There is no /api/movies."})"};
  }});
  const small_folder folder;
  const command_run run = run_command({"import", "movielens", folder.path(), "--server", server.url()});
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.complains("the server refused (404): There is no /api/movies."));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
