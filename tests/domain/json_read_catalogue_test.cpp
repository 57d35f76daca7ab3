#include "domain/reading.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace demur;
using namespace demur::test;

namespace {

const std::string any_id = "an integer from 0 to 9007199254740991";
const std::string title = "1 to 300 characters, none of them a control character";
const std::string rows = "an array of 1 to 1,000 objects";
const std::string stars = "a number from 0.5 to 5 in steps of 0.5";
const std::string user = "1 to 128 visible ASCII characters";

}  // namespace

BOOST_AUTO_TEST_SUITE(reading_movies)

BOOST_AUTO_TEST_CASE(rows_are_read_in_order) {
  const auto read = read_movies(R"([{"movie_id":2,"movie_title":"Saw","genres":["Horror","Horror"],"cast":["A"],
      "franchise":"Saw","directors":["W","W","V"]},{"movie_id":1,"movie_title":"Heat","directors":null}])");
  BOOST_TEST_REQUIRE(read.has_value());
  movie saw{2, "Saw", {"Horror"}, {"A"}, "Saw", {"W", "V"}};
  movie heat{1, "Heat", {}, {}, std::nullopt};
  BOOST_TEST((*read == std::vector<movie>{saw, heat}));
}

BOOST_AUTO_TEST_CASE(a_bad_row_refuses_the_whole_and_is_named) {
  const std::vector<expected_error> cases{
      {"[]", "", "an array of 0", rows},
      {"{}", "", "{}", rows},
      {"[1]", "[0]", "1", "an object"},
      {R"([{"movie_id":1,"movie_title":"A"},{"movie_title":"B"}])", "[1].movie_id", "nothing", any_id},
      {R"([{"movie_id":1}])", "[0].movie_title", "nothing", title},
      {R"([{"movie_id":1,"movie_title":null}])", "[0].movie_title", "null", title},
      {R"([{"movie_id":1,"movie_title":"A","genres":["B",3]}])", "[0].genres[1]", "3",
       "1 to 100 characters, none of them a control character"},
      {R"([{"movie_id":1,"movie_title":"A","directors":["1","2","3","4","5","6","7","8","9"]}])", "[0].directors",
       "more than 8 names", "up to 8 different names"},
      {R"([{"movie_id":1,"movie_title":"A","gneres":[]}])", "[0].gneres", "\"gneres\"", "genres"},
      {R"([{"movie_id":1,"movie_title":"A","movie_id":2}])", "[0].movie_id", "the same key twice", "every key once"},
  };
  for (const auto& expected : cases) check(problem_of(read_movies(expected.body)), expected);
  BOOST_TEST(http_status(problem_of(read_movies("[")).code) == 400);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reading_ratings)

BOOST_AUTO_TEST_CASE(stars_and_likes_are_read) {
  const auto read = read_ratings(R"([{"movie_id":1,"rating":4.0},{"movie_id":2,"rating":0.5,
      "created_at":"2020-01-01T00:00:00Z"},{"movie_id":3,"liked":true,"user_id":"bob"}])",
                                 sent_by("ann"));
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST_REQUIRE(read->size() == 3U);
  const auto& all = *read;
  BOOST_TEST(all[0].rating.value() == 4.0);
  BOOST_TEST(all[0].liked);
  BOOST_TEST(all[0].user_id == "ann");
  BOOST_TEST((all[0].created_at == noon));
  BOOST_TEST(!all[1].liked);
  BOOST_TEST(format_time(all[1].created_at) == "2020-01-01T00:00:00.000Z");
  BOOST_TEST(!all[2].rating.has_value());
  BOOST_TEST(all[2].liked);
  BOOST_TEST(all[2].user_id == "bob");
}

BOOST_AUTO_TEST_CASE(every_half_star_is_one_and_nothing_between) {
  for (int halves = 1; halves <= 10; ++halves) {
    const std::string body = R"([{"movie_id":1,"rating":)" + std::to_string(halves / 2) + (halves % 2 ? ".5}]" : "}]");
    BOOST_TEST(read_ratings(body, sent_by("ann"))->front().rating.value() == halves / 2.0);
  }
  for (const char* bad : {"0", "0.4", "0.75", "5.5", "-1", "4.000000001", "1e9", "\"4\"", "true"})
    check(problem_of(read_ratings(R"([{"movie_id":1,"rating":)" + std::string(bad) + "}]", sent_by("ann"))),
          {bad, "[0].rating", bad, stars});
}

BOOST_AUTO_TEST_CASE(a_bad_row_refuses_the_whole_and_is_named) {
  const std::vector<expected_error> cases{
      {R"({"movie_id":1,"rating":3})", "", R"({"movie_id":1,"rating":3})", rows},
      {R"([{"movie_id":1}])", "[0].rating", "nothing", stars},
      {R"([{"movie_id":1,"liked":false}])", "[0].liked", "false", "true"},
      {R"([{"movie_id":1,"liked":1}])", "[0].liked", "1", "true"},
      {R"([{"movie_id":1,"liked":true,"rating":3}])", "[0].liked", "given beside rating", "either rating or liked"},
      {R"([{"rating":3}])", "[0].movie_id", "nothing", any_id},
      {R"([{"movie_id":1,"rating":3,"created_at":"2026-03-02T00:00:00Z"}])", "[0].created_at",
       "\"2026-03-02T00:00:00Z\"", "an RFC 3339 time that is not in the future, like 2026-01-31T12:00:00Z"},
  };
  for (const auto& expected : cases) check(problem_of(read_ratings(expected.body, sent_by("ann"))), expected);
  const std::string nobody = R"([{"movie_id":1,"rating":3,"user_id":"bob"},{"movie_id":1,"rating":3}])";
  check(problem_of(read_ratings(nobody, sent_by(""))), {nobody, "X-User-ID", "nothing", user}, error_code::no_identity);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reading_a_recommendation_set)

BOOST_AUTO_TEST_CASE(what_was_shown_is_read) {
  const auto read = read_recommendation_set(R"({"recommendation_set_id":9,"model_version_id":3,"items":[
      {"movie_id":1,"movie_title":"A","predicted_score":0.5,"propensity":1},{"movie_title":"B"}]})",
                                            sent_by("ann"));
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST(read->recommendation_set_id == 9);
  BOOST_TEST(read->user_id == "ann");
  BOOST_TEST(read->model_version_id == 3);
  BOOST_TEST((read->created_at == noon));
  BOOST_TEST_REQUIRE(read->items.size() == 2U);
  BOOST_TEST(read->items[0].movie_id.value() == 1);
  BOOST_TEST(read->items[0].predicted_score.value() == 0.5);
  BOOST_TEST(read->items[0].propensity.value() == 1.0);
  BOOST_TEST(!read->items[1].movie_id.has_value());
  BOOST_TEST(!read->items[1].propensity.has_value());
  BOOST_TEST(read_recommendation_set(R"({"items":[{"movie_id":1}]})", sent_by("ann"))->recommendation_set_id == 0);
}

BOOST_AUTO_TEST_CASE(a_bad_set_is_refused_and_the_item_named) {
  const std::string propensity = "a number above 0 and up to 1";
  const std::vector<expected_error> cases{
      {R"([])", "", "[]", "an object"},
      {R"({})", "items", "nothing", rows},
      {R"({"items":[]})", "items", "an array of 0", rows},
      {R"({"items":[{}]})", "items[0].movie_title", "nothing", "1 to 300 characters, where no movie_id is given"},
      {R"({"items":[{"movie_id":1},{"movie_id":2,"propensity":0}]})", "items[1].propensity", "0", propensity},
      {R"({"items":[{"movie_id":1,"propensity":1.01}]})", "items[0].propensity", "1.01", propensity},
      {R"({"items":[{"movie_id":1,"predicted_score":-1}]})", "items[0].predicted_score", "-1", "a number from 0 to 1"},
      {R"({"recommendation_set_id":0,"items":[{"movie_id":1}]})", "recommendation_set_id", "0",
       "an integer from 1 to 9007199254740991"},
  };
  for (const auto& expected : cases)
    check(problem_of(read_recommendation_set(expected.body, sent_by("ann"))), expected);
  check(problem_of(read_recommendation_set("{}", sent_by(""))), {"{}", "X-User-ID", "nothing", user},
        error_code::no_identity);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reading_a_rerank_request)

BOOST_AUTO_TEST_CASE(candidates_say_whether_they_bring_features) {
  const auto read = read_rerank(R"({"candidates":[{"movie_id":1,"score":0.5},{"movie_title":"B","score":1,
      "genres":[]},{"movie_id":3,"score":0,"franchise":"Saw","cast":["A"],"genres":["Horror"]},
      {"movie_id":4,"score":0.25,"genres":null}]})",
                                sent_by("ann"));
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST(read->user_id == "ann");
  BOOST_TEST_REQUIRE(read->candidates.size() == 4U);
  const auto& all = read->candidates;
  BOOST_TEST(!all[0].has_features);
  BOOST_TEST(all[0].score == 0.5);
  BOOST_TEST(all[1].has_features);
  BOOST_TEST(all[2].has_features);
  BOOST_TEST(all[2].franchise.value() == "Saw");
  BOOST_TEST((all[2].cast == std::vector<std::string>{"A"}));
  BOOST_TEST((all[2].genres == std::vector<std::string>{"Horror"}));
  BOOST_TEST(!all[3].has_features);
}

BOOST_AUTO_TEST_CASE(a_bad_candidate_is_refused_and_named) {
  const std::vector<expected_error> cases{
      {R"({})", "candidates", "nothing", rows},
      {R"({"candidates":{}})", "candidates", "{}", rows},
      {R"({"candidates":[]})", "candidates", "an array of 0", rows},
      {R"({"candidates":[{"movie_id":1}]})", "candidates[0].score", "nothing", "a number from 0 to 1"},
      {R"({"candidates":[{"movie_id":1,"score":1},{"movie_id":1,"score":1.5}]})", "candidates[1].score", "1.5",
       "a number from 0 to 1"},
      {R"({"candidates":[{"score":1}]})", "candidates[0].movie_title", "nothing",
       "1 to 300 characters, where no movie_id is given"},
      {R"({"candidates":[{"movie_id":1,"score":1,"cast":["",""]}]})", "candidates[0].cast[0]", "\"\"",
       "1 to 100 characters, none of them a control character"},
      {R"({"candidate":[]})", "candidate", "\"candidate\"", "candidates"},
  };
  for (const auto& expected : cases) check(problem_of(read_rerank(expected.body, sent_by("ann"))), expected);
  check(problem_of(read_rerank("{}", sent_by(""))), {"{}", "X-User-ID", "nothing", user}, error_code::no_identity);
  const std::string many = R"({"candidates":[)" + times(1'000, R"({"movie_id":1,"score":1},)") + "{}]}";
  check(problem_of(read_rerank(many, sent_by("ann"))), {many, "candidates", "an array of 1001", rows});
}

BOOST_AUTO_TEST_SUITE_END()
