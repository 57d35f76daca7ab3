#include "runtime/facade.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace demur {

namespace {

using testing::eventually;
using testing::facade;
using testing::problem_of;
using testing::value_of;

struct started : facade {
  started() { start(); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(runtime_facade)

BOOST_FIXTURE_TEST_CASE(a_dislike_is_answered_with_its_effects_and_ranking_follows, started) {
  const receipt got = value_of(running->dislike(horror("ann")));
  BOOST_TEST(got.user_id == "ann");
  BOOST_TEST(*got.example_id == got.dislike_id);
  BOOST_TEST(got.filtered);
  BOOST_REQUIRE_EQUAL(got.adjustments.size(), 1u);
  BOOST_TEST(got.adjustments[0].weight_after == 0.85);
  const rerank_answer ranked = value_of(running->rerank(one_horror("ann")));
  BOOST_TEST(ranked.candidates.at(0).multiplier == 0.85, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(running->reasons().size() == 7u);
}

BOOST_FIXTURE_TEST_CASE(many_dislikes_are_answered_row_by_row, started) {
  auto bad = horror("ann", 2);
  bad.genres = {""};
  const auto rows = value_of(running->dislike_all({horror("ann", 1), bad, horror("ben", 3)}));
  BOOST_REQUIRE_EQUAL(rows.size(), 3u);
  BOOST_TEST(rows[0].has_value());
  BOOST_TEST(rows[1].problem().field == "genres[0]");
  BOOST_TEST(rows[2]->user_id == "ben");
  BOOST_TEST(value_of(running->dislike_all({})).empty());
  BOOST_TEST(value_of(running->metrics()).total_dislikes == 2);
}

BOOST_FIXTURE_TEST_CASE(an_experiment_goes_from_its_plan_to_its_end, started) {
  experiment_plan plan;
  plan.name = "with feedback";
  plan.arms = {{"without", {}, false, 0.5}, {"with", {}, true, 0.5}};
  const id experiment_id = value_of(running->begin_experiment(plan)).experiment_id;
  recommendation_set shown;
  shown.user_id = "ann";
  shown.items = {{1, "Movie 1", {}, {}}};
  value_of(running->add_recommendation_set(shown));
  value_of(running->dislike(horror("ann")));
  const auto told = value_of(running->experiment(experiment_id));
  BOOST_TEST(told.arms.at(0).dislikes + told.arms.at(1).dislikes == 1);
  BOOST_TEST(value_of(running->assignment(experiment_id, "ann")).experiment_id == experiment_id);
  BOOST_TEST((value_of(running->stop_experiment(experiment_id)).state == experiment_state::stopped));
  BOOST_TEST(value_of(running->experiments()).size() == 1u);
  BOOST_TEST(problem_of(running->assignment(experiment_id, "ann")).field == "experiment_id");
  plan.alpha = 2.0;
  BOOST_TEST(problem_of(running->begin_experiment(plan)).field == "alpha");
}

BOOST_FIXTURE_TEST_CASE(the_impact_of_features_is_told_beside_what_is_known_of_them, started) {
  value_of(running->add_movies({{1, "Saw", {"Horror"}, {}, {}}, {2, "Gigi", {"Musical"}, {}, {}}}));
  value_of(running->dislike(horror("ann")));
  const auto told = value_of(running->feature_impact({"wrong_genre", "genre", 5}));
  BOOST_REQUIRE_EQUAL(told.features.size(), 1u);
  BOOST_TEST(told.features[0].feature == "genre:Horror");
  BOOST_TEST(told.features[0].baseline == "catalogue");
  BOOST_TEST(problem_of(running->feature_impact({"", "", 0})).field == "limit");
}

BOOST_FIXTURE_TEST_CASE(a_repeated_key_gets_the_first_receipt_also_after_a_restart, started) {
  auto again = [&] { return value_of(running->dislike(horror("ann"), "key")); };
  receipt first = again();
  // What the kept answer does not hold.
  for (impact& adjustment : first.adjustments) adjustment.applied_at = {};
  BOOST_TEST((again() == first));
  start();
  BOOST_TEST((again() == first));
  BOOST_TEST(value_of(running->metrics()).total_dislikes == 1);
  BOOST_TEST(problem_of(running->dislike(horror("ann", 2), "key")).field == "Idempotency-Key");
  BOOST_TEST(problem_of(running->dislike(horror("ann"), "a key")).field == "Idempotency-Key");
}

BOOST_FIXTURE_TEST_CASE(what_was_stored_is_read_back, started) {
  BOOST_TEST(value_of(running->add_movies({{7, "Seven", {"Crime"}, {"Brad"}, std::nullopt}})) == 1);
  BOOST_TEST(value_of(running->add_ratings({{"ann", 7, 4.5, false, {}}})) == 1);
  BOOST_TEST(value_of(running->add_recommendation_set({41, "ann", 0, {}, {{7, "Seven", 0.9, std::nullopt}}})) == 41);
  BOOST_TEST((problem_of(running->add_recommendation_set({41, "ann", 0, {}, {{7, "Seven", 0.9, std::nullopt}}})).code ==
              error_code::conflict));
  dislike_request known;
  known.user_id = "ann";
  known.movie_id = 7;
  value_of(running->dislike(known));
  for (id movie_id = 1; movie_id <= 4; ++movie_id) value_of(running->dislike(horror("ann", movie_id)));

  const history_page page = value_of(running->history("ann", 4));
  BOOST_TEST(page.total == 5);
  BOOST_TEST(page.dislikes.size() == 4u);
  const history_page rest = value_of(running->history("ann", 4, *page.next_cursor));
  BOOST_REQUIRE_EQUAL(rest.dislikes.size(), 1u);
  BOOST_TEST(rest.dislikes[0].movie_title == "Seven");
  BOOST_TEST(rest.dislikes[0].reason == "not_interested");
  BOOST_TEST(value_of(running->patterns("ann")).total_dislikes == 5);
  BOOST_TEST(value_of(running->patterns("")).reason_distribution.at("wrong_genre") == 4);
  BOOST_TEST(value_of(running->metrics()).strategies.at("wrong_genre").calls == 4);
}

BOOST_FIXTURE_TEST_CASE(a_retrain_by_hand_makes_a_model_that_serves, started) {
  BOOST_TEST((problem_of(running->retrain()).code == error_code::conflict));
  std::vector<dislike_request> crowd;
  for (int i = 0; i < 20; ++i) crowd.push_back(horror("user" + std::to_string(i), i));
  value_of(running->dislike_all(crowd));
  const retrain_ticket ticket = value_of(running->retrain());
  BOOST_TEST(ticket.claimed_examples == 20);
  BOOST_TEST(eventually([&] { return value_of(running->metrics()).model_version_id == ticket.retrain_id; }));
  BOOST_TEST((value_of(running->models()).at(0).state == model_state::live));
  const rerank_answer ranked = value_of(running->rerank(one_horror("newcomer")));
  BOOST_TEST(ranked.model_version_id == ticket.retrain_id);
  BOOST_TEST(ranked.candidates.at(0).multiplier == 0.85, boost::test_tools::tolerance(1e-12));
}

BOOST_FIXTURE_TEST_CASE(a_version_is_taken_back_and_promoted_again, started) {
  std::vector<dislike_request> crowd;
  for (int i = 0; i < 20; ++i) crowd.push_back(horror("user" + std::to_string(i), i));
  value_of(running->dislike_all(crowd));
  const id version = value_of(running->retrain()).retrain_id;
  BOOST_TEST(eventually([&] { return value_of(running->metrics()).model_version_id == version; }));
  BOOST_TEST(value_of(running->rollback_model(version, "It hides all of Horror.")).model_version_id == 0);
  BOOST_TEST(value_of(running->rerank(one_horror("newcomer"))).candidates.at(0).multiplier == 1.0);
  const model_version_page page = value_of(running->model_version(version, 7));
  BOOST_TEST((page.version.state == model_state::rolled_back));
  BOOST_TEST(page.version.reason == "It hides all of Horror.");
  BOOST_TEST(page.claimed_dislikes.size() == 7u);
  BOOST_TEST(value_of(running->model_version(version, 50, *page.next_cursor)).claimed_dislikes.size() == 13u);
  BOOST_TEST(value_of(running->promote_model(version)).model_version_id == version);
  BOOST_TEST(value_of(running->rerank(one_horror("newcomer"))).candidates.at(0).multiplier == 0.85,
             boost::test_tools::tolerance(1e-12));
  BOOST_TEST((problem_of(running->promote_model(version)).code == error_code::conflict));
  BOOST_TEST((problem_of(running->promote_model(7)).code == error_code::not_found));
  BOOST_TEST((problem_of(running->model_version(7)).code == error_code::not_found));
  BOOST_TEST(problem_of(running->model_version(version, 0)).field == "limit");
  BOOST_TEST(problem_of(running->rollback_model(version, "\x01")).field == "reason");
}

BOOST_FIXTURE_TEST_CASE(what_an_embedder_passes_is_checked, started) {
  BOOST_TEST(problem_of(running->dislike({})).field == "user_id");
  BOOST_TEST(problem_of(running->add_movies({{1, "", {}, {}, {}}})).field == "[0].movie_title");
  BOOST_TEST(problem_of(running->add_ratings({{"ann", 1, 9.0, false, {}}})).field == "[0].rating");
  BOOST_TEST(problem_of(running->add_recommendation_set({})).field == "user_id");
  BOOST_TEST(problem_of(running->rerank({"ann", {}})).field == "candidates");
  auto request = one_horror("ann");
  request.candidates[0].genres = {"Hor\nror"};
  BOOST_TEST(problem_of(running->rerank(request)).field == "candidates[0].genres[0]");
  request = one_horror("ann");
  request.candidates[0].score = std::nan("");
  BOOST_TEST(problem_of(running->rerank(request)).field == "candidates[0].score");
  BOOST_TEST(problem_of(running->history("ann", 0)).field == "limit");
  BOOST_TEST(problem_of(running->history("a b")).field == "user_id");
  BOOST_TEST(problem_of(running->patterns("a b")).field == "user_id");
}

BOOST_FIXTURE_TEST_CASE(settings_that_are_not_allowed_start_nothing, facade) {
  chosen.store.readers = 0;
  const auto refused = runtime::start(chosen);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.problem().field == "store.readers");
  BOOST_TEST(!std::filesystem::exists(folder));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
