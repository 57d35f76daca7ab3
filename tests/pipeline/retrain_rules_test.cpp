#include "pipeline/watching.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::testing;

BOOST_FIXTURE_TEST_SUITE(by_count, watching)

BOOST_AUTO_TEST_CASE(the_twentieth_unused_example_is_due_and_not_the_nineteenth) {
  BOOST_TEST(rule_of(19, {}) == "");
  const auto why = due_after({});
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->rule == "count");
  BOOST_TEST(why->unused_examples == 20);
  BOOST_TEST(!why->mean_error);
  BOOST_TEST(why->feature == "");
  BOOST_TEST(why->feature_dislikes == 0);
  BOOST_TEST(why->distinct_users == 0);
  BOOST_TEST(state.unused() == 20);
}

BOOST_AUTO_TEST_CASE(dislikes_without_an_example_are_not_counted) {
  BOOST_TEST(rule_of(100, {.reason = "already_watched", .predicted_score = 1.0}) == "");
  BOOST_TEST(rule_of(20, {}) == "count");
}

BOOST_AUTO_TEST_CASE(the_cause_names_the_mean_error_of_those_that_have_one) {
  rule_of(18, {});
  due_after({.predicted_score = 0.25});
  const auto why = due_after({.predicted_score = 0.5});
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->mean_error.value() == 0.375);
}

BOOST_AUTO_TEST_CASE(the_threshold_is_a_setting) {
  chosen.retrain.feedback_accumulation_threshold = 3;
  restart();
  BOOST_TEST(rule_of(3, {}) == "count");
}

BOOST_AUTO_TEST_CASE(without_an_example_nothing_is_due) {
  BOOST_TEST(!state.retrain_due());
  BOOST_TEST(state.unused() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(by_mean_error, watching)

BOOST_AUTO_TEST_CASE(the_mean_error_counts_from_ten_examples_on) {
  BOOST_TEST(rule_of(9, {.predicted_score = 0.75}) == "");
  const auto why = due_after({.predicted_score = 0.75});
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->rule == "mean_error");
  BOOST_TEST(why->mean_error.value() == 0.75);
  BOOST_TEST(why->unused_examples == 10);
}

BOOST_AUTO_TEST_CASE(at_the_threshold_it_has_not_passed_it) {
  chosen.retrain.mean_error_threshold = 0.75;
  restart();
  BOOST_TEST(rule_of(12, {.predicted_score = 0.75}) == "");
  BOOST_TEST(rule_after({.predicted_score = 0.76}) == "mean_error");
}

BOOST_AUTO_TEST_CASE(only_errors_that_are_known_are_examples_for_the_mean) {
  BOOST_TEST(rule_of(9, {.predicted_score = 1.0}) == "");
  BOOST_TEST(rule_of(9, {}) == "");
  BOOST_TEST(rule_after({.predicted_score = 1.0}) == "mean_error");
}

BOOST_AUTO_TEST_CASE(good_predictions_hold_the_mean_down) {
  BOOST_TEST(rule_of(4, {.predicted_score = 0.0}) == "");
  // 10 of 14 are 0.714; 9 of 13 are 0.692.
  BOOST_TEST(rule_of(10, {.predicted_score = 1.0}) == "mean_error");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(by_feature, watching)

BOOST_AUTO_TEST_CASE(a_feature_that_stands_out_is_due_with_the_fifth_user) {
  put_horror();
  BOOST_TEST(rule_of_users(4, {.genres = {"Horror"}}) == "");
  const auto why = due_after({.user = "fifth", .genres = {"Horror"}, .predicted_score = 0.5});
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->rule == "feature");
  BOOST_TEST(why->feature == "genre:Horror");
  BOOST_TEST(why->feature_dislikes == 5);
  BOOST_TEST(why->distinct_users == 5);
  BOOST_TEST(why->unused_examples == 5);
  BOOST_TEST(why->mean_error.value() == 0.5);
}

BOOST_AUTO_TEST_CASE(one_user_is_no_quorum_however_often_he_speaks) {
  put_horror();
  BOOST_TEST(rule_of(15, {.genres = {"Horror"}}) == "");
  BOOST_TEST(rule_of_users(3, {.genres = {"Horror"}}) == "");
  BOOST_TEST(rule_after({.user = "fifth", .genres = {"Horror"}}) == "feature");
}

BOOST_AUTO_TEST_CASE(a_feature_that_all_is_made_of_does_not_stand_out) {
  for (id movie_id = 1; movie_id < 10; ++movie_id) put(film(movie_id, {"Drama"}));
  put(film(10, {"Horror"}));
  BOOST_TEST(rule_of_users(19, {.genres = {"Drama"}}) == "");
}

BOOST_AUTO_TEST_CASE(the_quorum_is_a_setting) {
  chosen.retrain.quorum = 3;
  restart();
  put_horror();
  BOOST_TEST(rule_of_users(3, {.genres = {"Horror"}}) == "feature");
}

BOOST_AUTO_TEST_CASE(a_dislike_without_that_feature_is_not_the_one_with_which_it_is_due) {
  put_horror();
  rule_of_users(4, {.genres = {"Horror"}});
  case_entry fifth = stream.next({.user = "fifth", .genres = {"Horror"}});
  state.count(fifth);
  const case_entry drama = count({.genres = {"Drama"}});
  BOOST_TEST(!state.retrain_due(drama));
  BOOST_TEST(state.retrain_due().has_value());
}

BOOST_AUTO_TEST_CASE(where_the_catalogue_is_unknown_the_dislikes_that_were_used_are_the_yardstick) {
  // Used: 19 Drama, of one user lest they be due themselves. (0 + 1) / (19 + 2 + 1) of Horror, against 5 of 5 now.
  rule_of(19, {.genres = {"Drama"}});
  state.claim_unused(stream.last_id());
  BOOST_TEST(rule_of_users(5, {.genres = {"Horror"}}) == "feature");
}

BOOST_AUTO_TEST_CASE(what_was_disliked_as_much_before_does_not_stand_out_now) {
  // Used: 19 Drama, so (19 + 1) / (19 + 1 + 1).
  rule_of(19, {.genres = {"Drama"}});
  state.claim_unused(stream.last_id());
  BOOST_TEST(rule_of_users(19, {.genres = {"Drama"}}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(claims, watching)

BOOST_AUTO_TEST_CASE(if_retraining_is_by_hand_nothing_is_ever_due_but_examples_are_counted) {
  chosen.retrain.automatic = false;
  restart();
  put_horror();
  BOOST_TEST(rule_of_users(100, {.genres = {"Horror"}, .predicted_score = 1.0}) == "");
  BOOST_TEST(state.unused() == 100);
}

BOOST_AUTO_TEST_CASE(what_was_claimed_does_not_count_any_more) {
  BOOST_TEST(rule_of(20, {}) == "count");
  state.claim_unused(stream.last_id());
  BOOST_TEST(state.unused() == 0);
  BOOST_TEST(state.unused_since() == 20);
  BOOST_TEST(!state.retrain_due());
  BOOST_TEST(rule_of(20, {}) == "count");
}

BOOST_AUTO_TEST_CASE(a_claim_that_is_given_back_counts_again_with_what_came_since) {
  BOOST_TEST(rule_of(20, {.predicted_score = 0.5}) == "count");
  state.claim_unused(stream.last_id());
  BOOST_TEST(rule_of(3, {.predicted_score = 0.5}) == "");
  state.give_back_unused();
  BOOST_TEST(state.unused() == 23);
  BOOST_TEST(state.unused_since() == 0);
  const auto why = state.retrain_due();
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->rule == "count");
  BOOST_TEST(why->unused_examples == 23);
  BOOST_TEST(why->mean_error.value() == 0.5);
}

BOOST_AUTO_TEST_CASE(only_the_last_claim_is_given_back) {
  rule_of(20, {});
  state.claim_unused(stream.last_id());
  rule_of(5, {});
  state.claim_unused(stream.last_id());
  BOOST_TEST(state.unused_since() == 25);
  rule_of(2, {});
  state.give_back_unused();
  BOOST_TEST(state.unused() == 7);
  BOOST_TEST(state.unused_since() == 20);
}

BOOST_AUTO_TEST_CASE(users_of_a_claim_that_is_given_back_and_later_ones_make_a_quorum_together) {
  put_horror();
  BOOST_TEST(rule_of_users(3, {.genres = {"Horror"}}) == "");
  state.claim_unused(stream.last_id());
  // User 0 has spoken before.
  BOOST_TEST(rule_of_users(2, {.genres = {"Horror"}}) == "");
  BOOST_TEST(rule_after({.user = "user 4", .genres = {"Horror"}}) == "");
  state.give_back_unused();
  BOOST_TEST(!state.retrain_due());
  BOOST_TEST(rule_after({.user = "user 5", .genres = {"Horror"}}) == "feature");
}

BOOST_AUTO_TEST_CASE(recounted_are_only_the_examples_after_the_claim) {
  std::vector<case_entry> entries;
  for (int i = 0; i < 10; ++i) entries.push_back(count({.genres = {"Horror"}}));
  state.recount_unused(6, 6);
  BOOST_TEST(state.unused() == 0);
  for (const auto& entry : entries)
    if (entry.row.dislike_id > 6) state.count_unused(entry);
  state.recounted();
  BOOST_TEST(state.unused() == 4);
  BOOST_TEST(state.unused_since() == 6);
}

BOOST_AUTO_TEST_CASE(a_dislike_that_was_claimed_before_it_is_counted_is_not_unused) {
  // As at a start: the claim is known before the dislikes are read again.
  state.recount_unused(6, 6);
  state.recounted();
  for (int i = 0; i < 10; ++i) count({});
  BOOST_TEST(state.unused() == 4);
}

BOOST_AUTO_TEST_CASE(what_comes_while_examples_are_counted_anew_is_counted_once) {
  std::vector<case_entry> entries;
  for (int i = 0; i < 10; ++i) entries.push_back(count({}));
  state.claim_unused(stream.last_id());
  state.use_claimed();
  state.recount_unused(4, state.judged_through());
  for (int i = 0; i < 3; ++i) entries.push_back(count({}));
  BOOST_TEST(state.unused() == 0);
  BOOST_TEST(state.recounting());
  for (const auto& entry : entries) state.count_unused(entry);
  state.recounted();
  BOOST_TEST(state.unused() == 9);
  count({});
  BOOST_TEST(state.unused() == 10);
}

BOOST_AUTO_TEST_SUITE_END()
