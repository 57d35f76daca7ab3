#include "pipeline/deterministic.hpp"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

namespace demur {

namespace {

using testing::hand_clock;
using testing::horror;
using testing::many;
using testing::one;
using testing::pipeline_under_test;
using testing::scratch_folder;
using testing::test_settings;

/// Messages as an embedder sends them who brings his own actor system: nobody has looked at them before.
struct embedding {
  scratch_folder folder{"embedder"};
  hand_clock clock;
  settings chosen = test_settings(folder);
  pipeline_under_test pipeline{chosen, clock};

  template <class Value>
  static auto shared(Value value) {
    return std::make_shared<const Value>(std::move(value));
  }
  std::optional<error> put(std::vector<movie> movies) {
    return pipeline.ask<reply<std::int64_t>>(pipeline.door, movies_atom::value, shared(std::move(movies))).problem;
  }
  std::optional<error> put(std::vector<user_rating> ratings) {
    return pipeline.ask<reply<std::int64_t>>(pipeline.door, ratings_atom::value, shared(std::move(ratings))).problem;
  }
  std::optional<error> put(recommendation_set shown) {
    return pipeline.ask<reply<id>>(pipeline.door, shown_atom::value, shared(std::move(shown))).problem;
  }
  std::optional<error> rerank(rerank_request request) {
    return pipeline
        .ask<std::shared_ptr<const reply<rerank_answer>>>(pipeline.queries, rerank_atom::value,
                                                          shared(std::move(request)))
        ->problem;
  }
  std::optional<error> history(const std::string& user_id, std::int64_t limit, id cursor) {
    return pipeline.ask<reply<history_page>>(pipeline.queries, history_atom::value, user_id, limit, cursor).problem;
  }
};

void check_field(const std::optional<error>& problem, const std::string& field) {
  BOOST_REQUIRE_MESSAGE(problem.has_value(), field << " was let through");
  BOOST_TEST(problem->field == field);
  BOOST_TEST(!problem->allowed.empty());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(embedder)

BOOST_FIXTURE_TEST_CASE(a_dislike_without_a_reason_is_of_no_interest, embedding) {
  auto request = horror("u");
  request.reason.clear();
  request.genres = {"Horror", "Horror"};
  const receipt got = pipeline.dislike(request);
  BOOST_TEST(got.adjustments.size() == 1u);
  BOOST_TEST(pipeline.metrics().dislikes_by_reason.at("not_interested") == 1);
}

BOOST_FIXTURE_TEST_CASE(a_row_that_does_not_keep_to_the_rules_is_refused_in_its_place, embedding) {
  auto tab = horror("u", 2);
  tab.genres = {"Hor\tror"};
  auto line = horror("u", 3);
  line.cast = {"Actor\n3"};
  auto nobody = horror("", 4);
  auto nan = horror("u", 5);
  nan.predicted_score = std::nan("");
  const auto answer = pipeline.submit(many({horror("u", 1), tab, line, nobody, nan}));
  BOOST_REQUIRE_EQUAL(answer->rows.size(), 5u);
  BOOST_TEST(answer->rows[0].has_value());
  const char* const fields[] = {"genres[0]", "cast[0]", "user_id", "predicted_score"};
  for (std::size_t i = 0; i < 4; ++i) check_field(answer->rows[i + 1].problem(), fields[i]);
  BOOST_TEST(pipeline.metrics().total_dislikes == 1);
}

BOOST_FIXTURE_TEST_CASE(a_submission_that_is_neither_one_nor_a_batch_is_refused, embedding) {
  auto none = std::make_shared<submission>();
  check_field(pipeline.submit(none)->refused, "rows");
  auto two = std::make_shared<submission>(*many({horror("u", 1), horror("u", 2)}));
  two->batch = false;
  check_field(pipeline.submit(two)->refused, "rows");
  BOOST_TEST(pipeline.submit(many({}))->rows.empty());
}

BOOST_FIXTURE_TEST_CASE(an_idempotency_key_belongs_to_somebody_and_is_visible, embedding) {
  check_field(pipeline.submit(one(horror("u"), "a\tkey"))->refused, "Idempotency-Key");
  auto nobodys = std::make_shared<submission>(*one(horror("u"), "key"));
  nobodys->user_id.clear();
  check_field(pipeline.submit(nobodys)->refused, "user_id");
}

BOOST_FIXTURE_TEST_CASE(catalogue_rows_ratings_and_sets_are_looked_at, embedding) {
  using movies = std::vector<movie>;
  using ratings = std::vector<user_rating>;
  const timestamp now = *clock.now;
  BOOST_TEST(!put(movies{{1, "Movie", {"Horror", "Horror"}, {}, std::nullopt}}).has_value());
  check_field(put(movies{{1, "Movie", {}, {}, {}}, {2, "Mo\tvie", {}, {}, {}}}), "[1].movie_title");
  check_field(put(movies{{1, "Movie", {"\xFF"}, {}, {}}}), "[0].genres[0]");
  check_field(put(movies{{-1, "Movie", {}, {}, {}}}), "[0].movie_id");
  BOOST_TEST(!put(ratings{{"u", 1, 4.5, false, now}, {"u", 2, std::nullopt, true, now}}).has_value());
  check_field(put(ratings{{"u u", 1, 4.5, false, now}}), "[0].user_id");
  check_field(put(ratings{{"u", 1, 4.3, false, now}}), "[0].rating");
  check_field(put(ratings{{"u", 1, std::nullopt, false, now}}), "[0].rating");
  check_field(put(ratings{{"u", 1, 2.0, true, now}}), "[0].liked");
  check_field(put(ratings{{"u", 1, 2.0, false, now + std::chrono::hours(1)}}), "[0].created_at");
  BOOST_TEST(!put(recommendation_set{0, "u", 0, {}, {{1, "", 0.5, 0.1}}}).has_value());
  check_field(put(recommendation_set{0, "", 0, {}, {{1, "", 0.5, 0.1}}}), "user_id");
  check_field(put(recommendation_set{0, "u", 0, {}, {}}), "items");
  check_field(put(recommendation_set{0, "u", 0, {}, {{std::nullopt, "", 0.5, 0.1}}}), "items[0].movie_title");
  check_field(put(recommendation_set{0, "u", 0, {}, {{1, "", 0.5, 0.0}}}), "items[0].propensity");
}

BOOST_FIXTURE_TEST_CASE(questions_are_looked_at, embedding) {
  rerank_request request{"u", {rerank_candidate{}}};
  request.candidates[0].movie_id = 1;
  request.candidates[0].score = std::nan("");
  check_field(rerank(request), "candidates[0].score");
  request.candidates.clear();
  check_field(rerank(request), "candidates");
  check_field(history("u", 0, 0), "limit");
  check_field(history("u", 501, 0), "limit");
  check_field(history("u", 500, -1), "cursor");
  check_field(history("", 1, 0), "user_id");
  BOOST_TEST(!history("u", 500, 0).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
