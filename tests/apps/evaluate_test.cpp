#include "apps/command.hpp"
#include "opinions_file.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace demur {
namespace {

namespace json = boost::json;

cli::read_opinions read(const std::string& path) { return cli::read_opinions_from(path, {}); }

std::int64_t likes_in(const cli::read_opinions& found) {
  return std::count_if(found.data.opinions.begin(), found.data.opinions.end(),
                       [](const auto& said) { return said.liked; });
}

/// Two camps: each likes the first or the second half of 40 items, and dislikes some of the other.
std::string two_camps() {
  std::string rows = "user_id,item_id,rating\n";
  for (int user = 0; user < 40; ++user)
    for (int item = 0; item < 40; ++item) {
      const bool own = (item < 20) == (user < 20);
      if ((user * 7 + item * 3) % 5 < 2) continue;
      rows += "u" + std::to_string(user) + ",i" + std::to_string(item) + (own ? ",5\n" : ",1\n");
    }
  return rows;
}

BOOST_AUTO_TEST_SUITE(evaluate_command)

BOOST_AUTO_TEST_CASE(a_csv_file_may_have_ratings_sentiments_or_likes) {
  const scratch_folder folder;
  const auto ratings = read(folder.write("a.csv", "userId,movieId,rating\nann,7,4.5\nann,8,3\nbob,7,2\n"));
  BOOST_TEST(ratings.data.opinions.size() == 2U);
  BOOST_TEST(likes_in(ratings) == 1);
  const auto sentiments = read(folder.write("b.csv", "uri,sentiment,user\nx,1,ann\ny,-1,ann\nz,0,ann\n"));
  BOOST_TEST(sentiments.data.opinions.size() == 2U);
  BOOST_TEST(likes_in(sentiments) == 1);
  const auto likes = read(folder.write("c.csv", "user,item,liked\nann,x,true\nann,y,0\nann,z,many\n"));
  BOOST_TEST(likes.data.opinions.size() == 2U);
  BOOST_TEST(likes_in(likes) == 1);
  BOOST_TEST(likes.odd.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_older_movielens_folders_are_read_with_their_genres) {
  const scratch_folder million, thousands;
  million.write("ratings.dat", "1::10::5::978300760\n1::11::1::978300760\n1::x::1::1\n");
  million.write("movies.dat", "10::Toy Story (1995)::Animation|Comedy\n");
  const auto one = read(million.path());
  BOOST_TEST(one.data.opinions.size() == 2U);
  BOOST_TEST(one.odd.size() == 1U);
  BOOST_TEST((one.data.features.at(10) == std::vector<std::string>{"genre:Animation", "genre:Comedy"}));

  thousands.write("u.data", "196\t242\t5\t881250949\n196\t302\t2\t881250950\n");
  thousands.write("u.item", "242|Kolya (1996)|24-Jan-1997||url|0|0|0|0|0|1|0|0|0|0|0|0|0|0|0|0|0|0|0\n");
  const auto other = read(thousands.path());
  BOOST_TEST(other.data.opinions.size() == 2U);
  BOOST_TEST((other.data.features.at(242) == std::vector<std::string>{"genre:Comedy"}));
}

BOOST_AUTO_TEST_CASE(a_small_data_set_is_evaluated_the_same_each_time_and_shown_as_table_json_and_page) {
  const scratch_folder folder;
  const std::string file = folder.write("camps.csv", two_camps());
  const std::string page = folder.path("report.html");
  const std::vector<std::string> line{"evaluate", file, "--seeds", "3", "--factors", "8", "--page", page};
  const auto shown = run_command(line);
  BOOST_TEST(shown.code == 0);
  for (const char* expected :
       {"40 users, 40 items", "likes_only", "overlay", "Against likes_only", "One fresh dislike"})
    BOOST_TEST(shown.says(expected), expected << " is not in\n" << shown.out);
  BOOST_TEST(run_command(line).out == shown.out);

  auto as_json = line;
  as_json.emplace_back("--json");
  const auto report = json::parse(run_command(as_json).out).as_object();
  BOOST_TEST(report.at("arms").as_array().size() == 4U);
  BOOST_TEST(report.at("plan").at("seeds").as_int64() == 3);

  std::ifstream written(page);
  const std::string html{std::istreambuf_iterator<char>(written), {}};
  BOOST_TEST(html.starts_with("<!doctype html>"));
  BOOST_TEST(html.find("<svg") != std::string::npos);
  BOOST_TEST(html.find("camps.csv") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_evaluated_is_said_with_what_is_allowed) {
  const scratch_folder folder;
  const std::string file = folder.write("camps.csv", two_camps());
  const auto says = [](const command_run& refused, const std::string& words) {
    BOOST_TEST(refused.code == 2);
    BOOST_TEST(refused.complains(words), words << " is not in\n" << refused.err);
  };
  says(run_command({"evaluate", folder.path("nowhere")}), "there is no data set at");
  says(run_command({"evaluate", folder.write("odd.csv", "a,b\n1,2\n")}), "there is no column \"user_id\"");
  says(run_command({"evaluate", file, "--arms", "magic"}),
       "popularity, ease, likes_only, likes_overlay, dislikes, overlay");
  says(run_command({"evaluate", file, "--like-from", "2", "--dislike-through", "3"}),
       "--dislike-through must be below");
  says(run_command({"evaluate", file, "--page", "/no/such/folder/page.html"}), "cannot write");
  says(run_command({"evaluate", folder.write("none.csv", "user_id,item_id,rating\n")}), "no like and no dislike");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
