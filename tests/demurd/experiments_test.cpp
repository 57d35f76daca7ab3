#include "demurd/at_work.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <string>

namespace demur {
namespace {

namespace json = boost::json;

const std::string plan =
    R"({"name":"does it help","arms":[{"name":"without","feedback":false},{"name":"with"}],"min_impressions":200})";
const std::string ten_items = R"({"items":[{"movie_id":1},{"movie_id":2},{"movie_id":3},{"movie_id":4},{"movie_id":5},)"
                              R"({"movie_id":6},{"movie_id":7},{"movie_id":8},{"movie_id":9},{"movie_id":10}]})";

BOOST_AUTO_TEST_SUITE(experiment)

BOOST_AUTO_TEST_CASE(an_experiment_is_begun_counted_decided_and_there_after_a_restart) {
  demurd_at_work demurd("experiment", "[experiments]\nlook_interval = \"50ms\"\n");
  std::string path;
  std::string decided;
  {
    web::http_client over(demurd.port());
    web::ws_client live(demurd.port(), "/api/live?topics=experiment");
    const auto begun = post(over, "/api/experiments", "", plan);
    BOOST_TEST_REQUIRE(begun.status == 201, begun.body);
    path = "/api/experiments/" + std::to_string(begun.json().at("experiment_id").as_int64());
    std::map<std::string, bool> candidate;
    for (int i = 0; i < 200; ++i) {
      const std::string user = "user" + std::to_string(i);
      const auto told = get(over, path + "/assignment", user);
      BOOST_TEST_REQUIRE(told.status == 200, told.body);
      candidate[user] = told.json().at("feedback").as_bool();
    }
    // Who gets the candidate dislikes one time in twenty what the others dislike always; soon it is decided.
    int with = 0;
    for (const auto& [user, is_candidate] : candidate) {
      BOOST_TEST_REQUIRE(post(over, "/api/recommendation-sets", user, ten_items).status == 201);
      if (!is_candidate || with++ % 20 == 0)
        BOOST_TEST(post(over, "/api/dislike", user, R"({"movie_id":1,"movie_title":"Saw"})").status == 201);
    }
    for (std::string phase; phase != "decided";) {
      const json::object message = live.next();
      BOOST_TEST_REQUIRE(!message.empty());
      if (message.at("type").as_string() == "experiment")
        phase = std::string(message.at("data").at("phase").as_string());
    }
    const auto shown = get(over, path);
    BOOST_TEST(shown.json().at("state").as_string() == "won");
    BOOST_TEST(post(over, path + "/stop", "", "{}").status == 409);
    decided = get(over, "/api/experiments").body;
  }
  demurd.restart();
  web::http_client over(demurd.port());
  BOOST_TEST(get(over, "/api/experiments").body == decided);
  BOOST_TEST(get(over, path + "/assignment", "ann").status == 409);
  BOOST_TEST(get(over, "/api/experiments/1").status == 404);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
