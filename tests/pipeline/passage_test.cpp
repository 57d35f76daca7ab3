#include "domain/json_write.hpp"
#include "pipeline/deterministic.hpp"

namespace demur {

namespace {

using testing::hand_clock;
using testing::horror;
using testing::many;
using testing::one;
using testing::pipeline_under_test;
using testing::scratch_folder;
using testing::test_settings;
using answer_ptr = pipeline_under_test::answer_ptr;

struct running {
  scratch_folder folder{"passage"};
  hand_clock clock;
  settings chosen = test_settings(folder);
  pipeline_under_test pipeline{chosen, clock};
};

rerank_answer rerank(pipeline_under_test& pipeline, const std::string& user_id, id movie_id,
                     std::vector<std::string> genres) {
  auto request = std::make_shared<rerank_request>();
  request->user_id = user_id;
  rerank_candidate& candidate = request->candidates.emplace_back();
  candidate.movie_id = movie_id;
  candidate.score = 0.5;
  candidate.genres = std::move(genres);
  candidate.has_features = true;
  const auto got = pipeline.ask<std::shared_ptr<const reply<rerank_answer>>>(
      pipeline.queries, rerank_atom::value, std::shared_ptr<const rerank_request>(request));
  BOOST_REQUIRE(!got->problem);
  return got->value;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(passage)

BOOST_FIXTURE_TEST_CASE(a_dislike_comes_back_with_all_its_effects, running) {
  const receipt got = pipeline.dislike(horror("u"));
  BOOST_TEST(got.dislike_id > 0);
  BOOST_TEST(*got.example_id == got.dislike_id);
  BOOST_TEST(*got.weight == 0.8);
  BOOST_TEST(got.filtered);
  BOOST_REQUIRE_EQUAL(got.adjustments.size(), 1u);
  BOOST_TEST(got.adjustments[0].impact_type == "genre_weight");
  BOOST_TEST(got.adjustments[0].feature_affected == "genre:Horror");
  BOOST_TEST(got.adjustments[0].adjustment_magnitude == -0.15);
  BOOST_TEST(got.adjustments[0].weight_before == 1.0);
  BOOST_TEST(got.adjustments[0].weight_after == 0.85);
  BOOST_TEST(!got.retraining_triggered);
  BOOST_TEST(got.model_version_id == 0);
}

BOOST_FIXTURE_TEST_CASE(two_fresh_dislikes_multiply_even_within_one_batch, running) {
  const auto answer = pipeline.submit(many({horror("u", 1), horror("u", 2)}));
  BOOST_REQUIRE_EQUAL(answer->rows.size(), 2u);
  BOOST_TEST(answer->rows[1]->adjustments[0].weight_before == 0.85);
  BOOST_TEST(answer->rows[1]->adjustments[0].weight_after == 0.7225, boost::test_tools::tolerance(1e-12));
}

BOOST_FIXTURE_TEST_CASE(a_weight_returns_to_one_with_its_half_life, running) {
  pipeline.dislike(horror("u"));
  pipeline.pass(std::chrono::days(30));
  const auto answer = rerank(pipeline, "u", 99, {"Horror"});
  // exp(ln(0.85) / 2)
  BOOST_TEST(answer.candidates[0].multiplier == 0.921954445729289, boost::test_tools::tolerance(1e-12));
}

BOOST_FIXTURE_TEST_CASE(ranking_sees_a_dislike_as_soon_as_it_is_answered, running) {
  BOOST_TEST(rerank(pipeline, "u", 1, {"Horror"}).filtered.empty());
  pipeline.dislike(horror("u", 1));
  const auto same = rerank(pipeline, "u", 1, {"Horror"});
  BOOST_REQUIRE_EQUAL(same.filtered.size(), 1u);
  BOOST_TEST(same.filtered[0].reason == "wrong_genre");
  const auto other = rerank(pipeline, "u", 2, {"Horror", "Comedy"});
  // The mean over the family: (0.85 + 1) / 2.
  BOOST_TEST(other.candidates[0].multiplier == 0.925, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(rerank(pipeline, "someone_else", 1, {"Horror"}).candidates[0].multiplier == 1.0);
}

BOOST_FIXTURE_TEST_CASE(already_watched_filters_and_teaches_nothing, running) {
  auto request = horror("u");
  request.reason = "already_watched";
  const receipt got = pipeline.dislike(request);
  BOOST_TEST(!got.example_id.has_value());
  BOOST_TEST(!got.weight.has_value());
  BOOST_TEST(got.filtered);
  BOOST_REQUIRE_EQUAL(got.adjustments.size(), 1u);
  BOOST_TEST(got.adjustments[0].impact_type == "filter");
  BOOST_TEST(got.adjustments[0].feature_affected == "movie:1");
  BOOST_TEST(got.adjustments[0].adjustment_magnitude == 0.0);
  BOOST_TEST(pipeline.metrics().total_negative_examples == 0);
  BOOST_TEST(pipeline.metrics().total_dislikes == 1);
}

BOOST_FIXTURE_TEST_CASE(what_comes_while_a_batch_is_on_its_way_makes_the_next_one, running) {
  auto first = pipeline.post(one(horror("a")));
  // The door, then the ingestion: it lets the first go alone, for it waits for nothing.
  pipeline.scheduler().run_once();
  pipeline.scheduler().run_once();
  auto second = pipeline.post(one(horror("b")));
  auto third = pipeline.post(one(horror("c")));
  const id a = pipeline.receive<answer_ptr>(first)->rows.front()->dislike_id;
  const id b = pipeline.receive<answer_ptr>(second)->rows.front()->dislike_id;
  const id c = pipeline.receive<answer_ptr>(third)->rows.front()->dislike_id;
  BOOST_TEST(a < b);
  BOOST_TEST(b < c);
}

BOOST_FIXTURE_TEST_CASE(an_unknown_reason_is_refused_with_the_list_of_what_is_loaded, running) {
  auto request = horror("u");
  request.reason = "too_long";
  const auto answer = pipeline.submit(one(request));
  BOOST_REQUIRE(answer->refused.has_value());
  BOOST_TEST(answer->refused->field == "reason");
  BOOST_TEST(answer->refused->found == "too_long");
  BOOST_TEST(
      answer->refused->allowed ==
      "already_watched, content_warning, cooldown, franchise_fatigue, not_interested, poor_quality, wrong_genre");
  BOOST_TEST(pipeline.metrics().total_dislikes == 0);
}

BOOST_FIXTURE_TEST_CASE(good_rows_of_a_batch_are_stored_though_others_are_refused, running) {
  auto bad = horror("u", 2);
  bad.reason = "nonsense";
  const auto answer = pipeline.submit(many({horror("u", 1), bad, horror("u", 3)}));
  BOOST_REQUIRE_EQUAL(answer->rows.size(), 3u);
  BOOST_TEST(answer->rows[0].has_value());
  BOOST_TEST(!answer->rows[1].has_value());
  BOOST_TEST(answer->rows[2].has_value());
  BOOST_TEST(pipeline.metrics().total_dislikes == 2);
}

BOOST_FIXTURE_TEST_CASE(the_catalogue_completes_what_a_dislike_leaves_out, running) {
  auto movies = std::make_shared<std::vector<movie>>();
  movies->push_back({7, "Seven", {"Crime", "Thriller"}, {"Brad"}, std::nullopt});
  const auto stored = pipeline.ask<reply<std::int64_t>>(pipeline.door, movies_atom::value,
                                                        std::shared_ptr<const std::vector<movie>>(movies));
  BOOST_TEST(stored.value == 1);
  dislike_request request;
  request.user_id = "u";
  request.movie_id = 7;
  request.reason = "wrong_genre";
  const receipt got = pipeline.dislike(request);
  BOOST_REQUIRE_EQUAL(got.adjustments.size(), 2u);
  BOOST_TEST(got.adjustments[0].feature_affected == "genre:Crime");
  const auto history = pipeline.ask<reply<history_page>>(pipeline.queries, history_atom::value, std::string("u"),
                                                         std::int64_t{50}, id{0});
  BOOST_TEST(history.value.dislikes[0].movie_title == "Seven");
}

BOOST_FIXTURE_TEST_CASE(a_movie_that_is_not_known_needs_a_title, running) {
  dislike_request request;
  request.user_id = "u";
  request.movie_id = 404;
  request.reason = "not_interested";
  const auto answer = pipeline.submit(one(request));
  BOOST_REQUIRE(answer->refused.has_value());
  BOOST_TEST(answer->refused->field == "movie_title");
}

BOOST_FIXTURE_TEST_CASE(history_is_newest_first_and_pages, running) {
  for (id movie_id = 1; movie_id <= 5; ++movie_id) pipeline.dislike(horror("u", movie_id));
  pipeline.dislike(horror("other", 9));
  const auto page = [&](std::int64_t limit, id cursor) {
    return pipeline.ask<reply<history_page>>(pipeline.queries, history_atom::value, std::string("u"), limit, cursor)
        .value;
  };
  const auto first = page(3, 0);
  BOOST_TEST(first.total == 5);
  BOOST_REQUIRE_EQUAL(first.dislikes.size(), 3u);
  BOOST_TEST(*first.dislikes[0].movie_id == 5);
  BOOST_REQUIRE(first.next_cursor.has_value());
  const auto second = page(3, *first.next_cursor);
  BOOST_REQUIRE_EQUAL(second.dislikes.size(), 2u);
  BOOST_TEST(*second.dislikes[0].movie_id == 2);
  BOOST_TEST(!second.next_cursor.has_value());
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_and_stores_nothing_of_it) {
  scratch_folder folder("overflow");
  hand_clock clock;
  settings chosen = test_settings(folder);
  chosen.pipeline.queue = 3;
  pipeline_under_test pipeline(chosen, clock);
  auto fits = pipeline.post(many({horror("a", 1), horror("a", 2), horror("a", 3)}));
  pipeline.scheduler().run_once();
  auto too_much = pipeline.post(one(horror("b")));
  pipeline.scheduler().run_once();
  const auto refused = pipeline.receive<answer_ptr>(too_much);
  BOOST_REQUIRE(refused->refused.has_value());
  BOOST_TEST((refused->refused->code == error_code::overloaded));
  BOOST_TEST(refused->refused->retry_after.has_value());
  BOOST_TEST(!pipeline.receive<answer_ptr>(fits)->refused.has_value());
  BOOST_TEST(pipeline.metrics().total_dislikes == 3);
  BOOST_TEST(!pipeline.submit(one(horror("b")))->refused.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
