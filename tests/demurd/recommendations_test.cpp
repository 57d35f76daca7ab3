#include "demurd/at_work.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace demur {
namespace {

namespace json = boost::json;

constexpr const char* by_hand =
    "[retrain]\nautomatic = false\n[trainer.ials]\nfactors = 8\n[recommendations]\nexploration = 0.0\n";

/// Sixty people; of forty films the even ones are crime and the odd ones love, and each likes one of the two.
void feed(web::http_client& over) {
  json::array movies;
  for (int movie = 1; movie <= 40; ++movie)
    movies.push_back({{"movie_id", movie},
                      {"movie_title", "Film " + std::to_string(movie)},
                      {"genres", json::array{movie % 2 ? "Romance" : "Crime"}},
                      {"directors", json::array{"Director " + std::to_string(movie / 8)}}});
  BOOST_TEST(post(over, "/api/movies", {}, json::serialize(movies)).status == 200);
  for (int user = 0; user < 60; ++user) {
    json::array ratings;
    for (int movie = 1 + user % 3; movie <= 40; movie += 3)
      ratings.push_back({{"movie_id", movie}, {"rating", (user + movie) % 2 == 0 ? 5.0 : 1.0}});
    BOOST_TEST(post(over, "/api/ratings", "user" + std::to_string(user), json::serialize(ratings)).status == 200);
  }
  BOOST_TEST(post(over, "/api/ratings", "ann", R"([{"movie_id":2,"rating":5},{"movie_id":4,"rating":4.5},
             {"movie_id":6,"rating":3}])")
                 .status == 200);
}

std::int64_t retrain(web::http_client& over) {
  BOOST_TEST(post(over, "/api/dislike", "zoe", R"({"movie_id":1,"reason":"wrong_genre"})").status == 201);
  const auto ticket = post(over, "/api/retrain", {}, "{}");
  BOOST_REQUIRE_EQUAL(ticket.status, 202);
  const std::int64_t version = ticket.json().at("retrain_id").as_int64();
  const std::string path = "/api/models/" + std::to_string(version);
  for (int i = 0; i < 3'000; ++i) {
    const auto row = get(over, path).json();
    if (row.at("state").as_string() != "training") {
      BOOST_TEST(row.at("state").as_string() == "live");
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return version;
}

json::array recommended(web::http_client& over, const std::string& parameters = {}, const std::string& user = "ann") {
  const auto answer = get(over, "/api/recommendations" + parameters, user);
  BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
  return answer.json().at("recommendations").as_array();
}

std::vector<std::int64_t> ids(const json::array& movies) {
  std::vector<std::int64_t> made;
  for (const json::value& one : movies) made.push_back(one.at("movie_id").as_int64());
  return made;
}

double model_score(web::http_client& over, std::int64_t movie, const std::string& user = "ann") {
  const auto answer = post(over, "/api/rerank", user,
                           R"({"scores":"model","candidates":[{"movie_id":)" + std::to_string(movie) + "}]}");
  BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
  return answer.json().at("candidates").at(0).at("score").to_number<double>();
}

BOOST_AUTO_TEST_SUITE(recommendations_served)

BOOST_AUTO_TEST_CASE(a_model_of_ratings_recommends_hears_a_no_at_once_and_is_the_same_after_a_restart) {
  demurd_at_work demurd("recommends", by_hand);
  web::http_client over(demurd.port());
  const auto too_early = get(over, "/api/recommendations", "ann");
  BOOST_TEST(too_early.status == 409);
  BOOST_TEST(too_early.json().at("field").as_string() == "model_version_id");
  feed(over);
  const std::int64_t version = retrain(over);

  const auto answer = get(over, "/api/recommendations", "ann").json();
  BOOST_TEST(answer.at("model_version_id").as_int64() == version);
  BOOST_TEST(answer.at("recommendation_set_id").as_int64() > 0);
  const json::array& first = answer.at("recommendations").as_array();
  BOOST_TEST(first.size() == 10u);
  for (const json::value& movie : first) {
    // Crime, and none of those that she rated, the one of three stars included.
    BOOST_TEST(movie.at("movie_id").as_int64() % 2 == 0);
    BOOST_TEST(movie.at("movie_id").as_int64() > 6);
    BOOST_TEST(movie.at("genres").at(0).as_string() == "Crime");
    BOOST_TEST(movie.at("propensity").to_number<double>() == 1.0);
    BOOST_TEST(!movie.at("explored").as_bool());
  }

  const std::int64_t unwanted = first[0].at("movie_id").as_int64(), alike = first[1].at("movie_id").as_int64();
  const double before = model_score(over, alike);
  BOOST_TEST(before == first[1].at("score").to_number<double>(), boost::test_tools::tolerance(1e-4));
  BOOST_TEST(post(over, "/api/dislike", "ann",
                  R"({"reason":"wrong_genre","movie_id":)" + std::to_string(unwanted) + ",\"recommendation_set_id\":" +
                      std::to_string(answer.at("recommendation_set_id").as_int64()) + "}")
                 .status == 201);
  const auto then = ids(recommended(over));
  BOOST_TEST(std::count(then.begin(), then.end(), unwanted) == 0);
  const double after = model_score(over, alike);
  BOOST_TEST(after < before);

  demurd.restart();
  web::http_client again(demurd.port());
  BOOST_TEST(ids(recommended(again)) == then, boost::test_tools::per_element());
  // But for what faded in the moment between.
  BOOST_TEST(model_score(again, alike) == after, boost::test_tools::tolerance(1e-4));
  // It is learned now; the item stays away, and what is like it stays lower.
  retrain(again);
  const auto learned = ids(recommended(again));
  BOOST_TEST(std::count(learned.begin(), learned.end(), unwanted) == 0);
}

BOOST_AUTO_TEST_CASE(what_is_shown_is_logged_and_may_be_chosen) {
  demurd_at_work demurd("logged", by_hand);
  web::http_client over(demurd.port());
  feed(over);
  const std::int64_t version = retrain(over);
  for (const std::int64_t movie : ids(recommended(over, "?n=5&genres=Romance&exclude=1,3,5"))) {
    BOOST_TEST(movie % 2 == 1);
    BOOST_TEST(movie > 5);
  }
  for (const std::int64_t movie : ids(recommended(over, "?without_genres=Crime,Western"))) BOOST_TEST(movie % 2 == 1);
  BOOST_TEST(recommended(over, "?genres=Western").empty());
  // An impression each: five and ten so far, all of them love films.
  const auto rates = get(over, "/api/feedback-metrics").json().at("dislike_rate_by_genre").as_object();
  BOOST_TEST(rates.at("Romance").at("impressions").as_int64() == 15);

  std::set<std::int64_t> seen;
  int explored = 0;
  for (int i = 0; i < 40; ++i)
    for (const json::value& movie : recommended(over, "?exploration=0.5")) {
      seen.insert(movie.at("movie_id").as_int64());
      explored += movie.at("explored").as_bool() ? 1 : 0;
      const double propensity = movie.at("propensity").to_number<double>();
      BOOST_TEST((propensity > 0.0 && propensity <= 1.0));
    }
  BOOST_TEST(std::abs(explored - 200) < 60);
  BOOST_TEST(seen.size() > 30u);

  const std::int64_t second = retrain(over);
  const auto of_first = get(over, "/api/recommendations?model_version_id=" + std::to_string(version), "ann").json();
  BOOST_TEST(of_first.at("model_version_id").as_int64() == version);
  BOOST_TEST(get(over, "/api/recommendations", "ann").json().at("model_version_id").as_int64() == second);
  // One of whom nothing is known gets what most people like.
  BOOST_TEST(recommended(over, {}, "stranger").size() == 10u);
}

BOOST_AUTO_TEST_CASE(bad_parameters_are_named) {
  demurd_at_work demurd("parameters", by_hand);
  web::http_client over(demurd.port());
  const auto field_of = [&](const std::string& parameters) {
    const auto refused = get(over, "/api/recommendations" + parameters, "ann");
    BOOST_TEST(refused.status == 422);
    return std::string(refused.json().at("field").as_string());
  };
  BOOST_TEST(field_of("?n=0") == "n");
  BOOST_TEST(field_of("?n=101") == "n");
  BOOST_TEST(field_of("?exclude=1,x") == "exclude");
  BOOST_TEST(field_of("?exclude=1,,2") == "exclude");
  BOOST_TEST(field_of("?exploration=0.6") == "exploration");
  BOOST_TEST(field_of("?exploration=nan") == "exploration");
  BOOST_TEST(field_of("?model_version_id=-1") == "model_version_id");
  BOOST_TEST(field_of("?experiment_id=0") == "experiment_id");
  BOOST_TEST(field_of("?experiment_id=5&model_version_id=5") == "experiment_id");
  BOOST_TEST(field_of("?feedback=no") == "feedback");
  BOOST_TEST(field_of("?genre=Crime") == "genre");
  BOOST_TEST(get(over, "/api/recommendations").status == 401);
  BOOST_TEST(get(over, "/api/recommendations?model_version_id=77", "ann").status == 404);
  BOOST_TEST(get(over, "/api/recommendations?experiment_id=77", "ann").status == 404);
  // The empty model, which is live here, can be named as well, but does not rank.
  BOOST_TEST(get(over, "/api/recommendations?model_version_id=0", "ann").status == 409);
}

BOOST_AUTO_TEST_CASE(candidates_are_ranked_by_the_model_without_their_weights_counting_twice) {
  demurd_at_work demurd("by_model", by_hand);
  web::http_client over(demurd.port());
  const std::string wanted = R"({"candidates":[{"movie_id":7},{"movie_id":32},{"movie_id":10},{"movie_id":999}],
                                "scores":"model"})";
  BOOST_TEST(post(over, "/api/rerank", "ann", wanted).status == 409);
  feed(over);
  retrain(over);
  BOOST_TEST(post(over, "/api/dislike", "ann", R"({"movie_id":10,"reason":"poor_quality"})").status == 201);
  const auto answer = post(over, "/api/rerank", "ann", wanted).json();
  const json::array& ranked = answer.at("candidates").as_array();
  BOOST_REQUIRE_EQUAL(ranked.size(), 3u);
  BOOST_TEST(ranked[0].at("movie_id").as_int64() == 32);
  BOOST_TEST(ranked[0].at("movie_title").as_string() == "Film 32");
  for (const json::value& one : ranked) {
    BOOST_TEST(one.at("multiplier").to_number<double>() == 1.0);
    BOOST_TEST(std::abs(one.at("score").to_number<double>() - one.at("adjusted_score").to_number<double>()) < 1e-8);
    if (one.at("movie_id").as_int64() == 999) BOOST_TEST(one.at("score").to_number<double>() == 0.0);
  }
  BOOST_TEST(answer.at("filtered").at(0).at("movie_id").as_int64() == 10);
  const auto both = post(over, "/api/rerank", "ann", R"({"scores":"model","candidates":[{"movie_id":7,"score":0.5}]})");
  BOOST_TEST(both.status == 422);
  BOOST_TEST(both.json().at("field").as_string() == "candidates[0].score");
  const auto neither = post(over, "/api/rerank", "ann", R"({"scores":"given","candidates":[{"movie_id":7}]})");
  BOOST_TEST(neither.json().at("field").as_string() == "candidates[0].score");
  BOOST_TEST(post(over, "/api/rerank", "ann", R"({"scores":1,"candidates":[{"movie_id":7}]})").json().at("field") ==
             json::value("scores"));
}

BOOST_AUTO_TEST_CASE(without_feedback_a_dislike_is_hidden_and_changes_nothing_else) {
  demurd_at_work demurd("unheard", by_hand);
  web::http_client over(demurd.port());
  feed(over);
  retrain(over);
  auto before = ids(recommended(over));
  const std::int64_t unwanted = before.front();
  BOOST_TEST(post(over, "/api/dislike", "ann",
                  R"({"reason":"wrong_genre","genres":["Crime"],"movie_id":)" + std::to_string(unwanted) + "}")
                 .status == 201);
  const auto unheard = recommended(over, "?feedback=false&n=9");
  before.erase(before.begin());
  BOOST_TEST(ids(unheard) == before, boost::test_tools::per_element());
  const auto heard = recommended(over, "?n=9");
  BOOST_TEST(heard[0].at("score").to_number<double>() < unheard[0].at("score").to_number<double>());

  const auto reranked = [&](const std::string& with) {
    const auto answer = post(over, "/api/rerank", "ann",
                             "{" + with + R"("candidates":[{"movie_id":2,"score":0.5},{"movie_id":)" +
                                 std::to_string(unwanted) + R"(,"score":0.9}]})");
    BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
    BOOST_TEST(answer.json().at("filtered").at(0).at("movie_id").as_int64() == unwanted);
    return answer.json().at("candidates").at(0).at("multiplier").to_number<double>();
  };
  BOOST_TEST(std::abs(reranked("") - 0.85) < 1e-5);
  BOOST_TEST(reranked(R"("feedback":false,)") == 1.0);
  const std::string of_model = R"({"scores":"model","candidates":[{"movie_id":2}])";
  const auto score_of = [&](const std::string& body) {
    return post(over, "/api/rerank", "ann", body).json().at("candidates").at(0).at("score").to_number<double>();
  };
  BOOST_TEST(score_of(of_model + "}") < score_of(of_model + R"(,"feedback":false})"));
}

BOOST_AUTO_TEST_CASE(in_an_experiment_each_user_gets_the_version_and_the_feedback_of_his_arm) {
  // No retired version is kept, but for the experiment.
  demurd_at_work demurd("arms", "[retrain]\nautomatic = false\nkept_versions = 0\n[trainer.ials]\nfactors = 8\n");
  web::http_client over(demurd.port());
  feed(over);
  const std::int64_t first = retrain(over), second = retrain(over);
  const auto begun = post(over, "/api/experiments", {},
                          R"({"name":"arms","arms":[{"name":"old, unheard","feedback":false,"model_version_id":)" +
                              std::to_string(first) + R"(},{"name":"new"}]})");
  BOOST_TEST_REQUIRE(begun.status == 201, begun.body);
  const std::string number = std::to_string(begun.json().at("experiment_id").as_int64());
  std::set<std::string> arms;
  for (int person = 0; person < 20; ++person) {
    const std::string user = "user" + std::to_string(person);
    const auto given = get(over, "/api/recommendations?experiment_id=" + number, user).json();
    const std::string arm(given.at("arm").as_string());
    arms.insert(arm);
    BOOST_TEST(get(over, "/api/experiments/" + number + "/assignment", user).json().at("arm").as_string() == arm);
    const bool is_old = arm == "old, unheard";
    BOOST_TEST(given.at("model_version_id").as_int64() == (is_old ? first : second));
    const std::string disliked = std::to_string(given.at("recommendations").at(0).at("movie_id").as_int64());
    BOOST_TEST(post(over, "/api/dislike", user, R"({"reason":"wrong_genre","movie_id":)" + disliked + "}").status ==
               201);
    const auto ranked = post(over, "/api/rerank", user,
                             R"({"experiment_id":)" + number + R"(,"candidates":[{"movie_id":2,"score":0.5},)" +
                                 R"({"movie_id":3,"score":0.5}]})")
                            .json();
    BOOST_TEST(ranked.at("arm").as_string() == arm);
    BOOST_TEST(ranked.at("model_version_id").as_int64() == (is_old ? first : second));
    double least = 1.0;
    for (const json::value& one : ranked.at("candidates").as_array())
      least = std::min(least, one.at("multiplier").to_number<double>());
    BOOST_TEST((least < 1.0) == !is_old);
  }
  BOOST_TEST(arms.size() == 2u);
  const auto counted = get(over, "/api/experiments/" + number).json();
  std::int64_t users = 0;
  for (const json::value& arm : counted.at("arms").as_array()) users += arm.at("users").as_int64();
  BOOST_TEST(users == 20);

  const std::int64_t third = retrain(over);
  demurd.restart();  // so that nobody has the first one in memory
  web::http_client again(demurd.port());
  for (int person = 0; person < 20; ++person) {
    const auto given = get(again, "/api/recommendations?experiment_id=" + number, "user" + std::to_string(person));
    BOOST_TEST_REQUIRE(given.status == 200, given.body);
    const bool is_old = given.json().at("arm").as_string() == "old, unheard";
    BOOST_TEST(given.json().at("model_version_id").as_int64() == (is_old ? first : third));
  }

  // Whoever still names it when it has ended is served as everybody is.
  BOOST_TEST(post(again, "/api/experiments/" + number + "/stop", {}, "{}").status == 200);
  const auto after = get(again, "/api/recommendations?experiment_id=" + number, "user1").json();
  BOOST_TEST(after.at("arm").is_null());
  BOOST_TEST(after.at("model_version_id").as_int64() == third);
  const auto both = post(again, "/api/rerank", "ann",
                         R"({"experiment_id":)" + number + R"(,"model_version_id":)" + std::to_string(first) +
                             R"(,"candidates":[{"movie_id":7,"score":0.5}]})");
  BOOST_TEST(both.status == 422);
  BOOST_TEST(both.json().at("field").as_string() == "experiment_id");
}

BOOST_AUTO_TEST_CASE(a_dislike_that_names_a_title_alone_is_heard_where_the_catalogue_has_one_movie_of_it) {
  demurd_at_work demurd("titles", by_hand);
  web::http_client over(demurd.port());
  feed(over);
  retrain(over);
  const auto before = ids(recommended(over));
  const std::int64_t unwanted = before[0], alike = before[1];
  const double score = model_score(over, alike);
  const json::object said{{"movie_title", "Film " + std::to_string(unwanted)}};
  BOOST_TEST(post(over, "/api/dislike", "ann", json::serialize(said)).status == 201);
  const auto then = ids(recommended(over));
  BOOST_TEST(std::count(then.begin(), then.end(), unwanted) == 0);
  BOOST_TEST(model_score(over, alike) < score);
  const std::string named = std::to_string(unwanted);
  const auto ranked = post(over, "/api/rerank", "ann",
                           R"({"candidates":[{"movie_id":3,"score":0.1},{"movie_id":)" + named + R"(,"score":0.9}]})")
                          .json();
  BOOST_TEST(ranked.at("filtered").at(0).at("movie_id").as_int64() == unwanted);
  const auto told = get(over, "/api/explain?movie_id=" + named, "ann").json();
  BOOST_TEST(told.at("hidden").at("reason").as_string() == "not_interested");
}

BOOST_AUTO_TEST_CASE(an_explanation_adds_up_and_says_what_lifting_a_dislike_would_do) {
  demurd_at_work demurd("explains", by_hand);
  web::http_client over(demurd.port());
  feed(over);
  const auto explain = [&](std::int64_t movie, const std::string& user = "ann") {
    const auto answer = get(over, "/api/explain?movie_id=" + std::to_string(movie), user);
    BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
    return answer.json();
  };
  const auto untrained = explain(20);
  BOOST_TEST(untrained.at("model").is_null());
  BOOST_TEST(untrained.at("multiplier").to_number<double>() == 1.0);
  retrain(over);

  const double before = model_score(over, 20);
  BOOST_TEST(post(over, "/api/dislike", "ann", R"({"movie_id":10,"reason":"wrong_genre"})").status == 201);
  BOOST_TEST(post(over, "/api/dislike", "ann", R"({"movie_id":14,"reason":"not_interested"})").status == 201);
  const auto told = explain(20);
  const json::object& model = told.at("model").as_object();
  const double score = model.at("score").to_number<double>();
  BOOST_TEST(score == model_score(over, 20), boost::test_tools::tolerance(1e-4));
  double sum = 0.0;
  for (const json::value& part : model.at("parts").as_array()) sum += part.at("value").to_number<double>();
  BOOST_TEST(std::abs(sum - score) < 1e-6);
  BOOST_TEST(score < before);
  const json::array& dislikes = model.at("dislikes").as_array();
  BOOST_REQUIRE_EQUAL(dislikes.size(), 2u);
  for (const json::value& one : dislikes) {
    BOOST_TEST(one.at("effect").to_number<double>() < 0.0);
    BOOST_TEST(!one.at("learned").as_bool());
    const double without = one.at("score_without").to_number<double>();
    BOOST_TEST(std::abs(score - one.at("effect").to_number<double>() - without) < 1e-6);
  }
  BOOST_TEST(dislikes[0].at("effect").to_number<double>() <= dislikes[1].at("effect").to_number<double>());

  // What the strategies did: 0.85 and 0.925, each of which lifting would take away.
  BOOST_TEST(std::abs(told.at("multiplier").to_number<double>() - 0.85 * 0.925) < 1e-5);
  const json::object& crime = told.at("features").at(0).as_object();
  BOOST_TEST(crime.at("feature").as_string() == "genre:Crime");
  const json::array& adjustments = crime.at("adjustments").as_array();
  BOOST_REQUIRE_EQUAL(adjustments.size(), 2u);
  BOOST_TEST(adjustments[0].at("strategy").as_string() == "not_interested");
  BOOST_TEST(std::abs(adjustments[0].at("multiplier_without").to_number<double>() - 0.85) < 1e-5);
  BOOST_TEST(std::abs(adjustments[1].at("multiplier_without").to_number<double>() - 0.925) < 1e-5);
  BOOST_TEST(adjustments[1].at("faded_at").is_string());

  const auto hidden = explain(10);
  BOOST_TEST(hidden.at("hidden").at("reason").as_string() == "wrong_genre");
  retrain(over);
  const auto later = explain(20);
  for (const json::value& one : later.at("model").at("dislikes").as_array()) BOOST_TEST(one.at("learned").as_bool());
  // Named in the query as well, and named when it is not there.
  BOOST_TEST(get(over, "/api/explain?movie_id=20&user_id=ann").status == 200);
  BOOST_TEST(get(over, "/api/explain?movie_id=20").status == 401);
  BOOST_TEST(get(over, "/api/explain", "ann").json().at("field").as_string() == "movie_id");
  BOOST_TEST(explain(999'999).at("model").is_null());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
