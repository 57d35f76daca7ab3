#include "pipeline/counting.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::testing;

namespace {

struct watching : counting {
  /// With which rule a retrain is due after this dislike; empty: it is not. Both ways to ask must agree.
  std::string rule_after(const said& what) {
    const auto why = due_after(what);
    return why ? why->rule : std::string();
  }
  std::optional<retrain_cause> due_after(const said& what) {
    const auto why = state.retrain_due(count(what));
    BOOST_TEST(why.has_value() == state.retrain_due().has_value());
    return why;
  }
  /// The rule with the last of `times` of it; before that none may hold.
  std::string rule_of(int times, const said& what) {
    for (int i = 1; i < times; ++i) BOOST_TEST(rule_after(what) == "");
    return rule_after(what);
  }
  std::string rule_of_users(int users, said what, const std::string& prefix = "user ") {
    std::string last;
    for (int i = 0; i < users; ++i) {
      BOOST_TEST(last == "");
      what.user = prefix + std::to_string(i);
      last = rule_after(what);
    }
    return last;
  }
  /// A catalogue in which one in twenty is Horror.
  void put_horror() {
    put(film(1, {"Horror"}));
    put_others(19);
  }
};

}  // namespace

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

BOOST_FIXTURE_TEST_SUITE(after_a_rejection, watching)

BOOST_AUTO_TEST_CASE(the_same_examples_make_nothing_due_before_as_many_newer_ones_have_come) {
  BOOST_TEST(rule_of(20, {}) == "count");
  state.claim_unused(stream.last_id());
  rule_of(3, {});
  state.give_back_unused(true);
  BOOST_TEST(state.unused() == 23);
  BOOST_TEST(state.unused_since() == 0);
  BOOST_TEST(state.judged_through() == 20);
  BOOST_TEST(!state.retrain_due());
  // The three that came while it was trained are newer ones.
  BOOST_TEST(rule_of(16, {}) == "");
  const auto why = due_after({});
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->rule == "count");
  BOOST_TEST(why->unused_examples == 40);
}

BOOST_AUTO_TEST_CASE(no_other_rule_is_quicker) {
  put_horror();
  rule_of(10, {.predicted_score = 0.9});
  state.claim_unused(stream.last_id());
  state.give_back_unused(true);
  BOOST_TEST(rule_of_users(19, {.genres = {"Horror"}, .predicted_score = 1.0}) == "");
  BOOST_TEST(rule_after({.predicted_score = 1.0}) == "count");
}

BOOST_AUTO_TEST_CASE(dislikes_without_an_example_do_not_end_the_wait) {
  rule_of(20, {});
  state.claim_unused(stream.last_id());
  state.give_back_unused(true);
  BOOST_TEST(rule_of(30, {.reason = "already_watched"}) == "");
  BOOST_TEST(rule_of(20, {}) == "count");
}

BOOST_AUTO_TEST_CASE(the_second_rejection_is_waited_out_as_the_first) {
  rule_of(20, {});
  state.claim_unused(stream.last_id());
  state.give_back_unused(true);
  BOOST_TEST(rule_of(20, {}) == "count");
  state.claim_unused(stream.last_id());
  state.give_back_unused(true);
  BOOST_TEST(state.judged_through() == 40);
  BOOST_TEST(!state.retrain_due());
  BOOST_TEST(rule_of(20, {}) == "count");
}

BOOST_AUTO_TEST_CASE(a_failure_in_between_ends_no_wait_and_begins_none) {
  rule_of(20, {});
  state.claim_unused(stream.last_id());
  state.give_back_unused(true);
  rule_of(5, {});
  state.claim_unused(stream.last_id());  // by hand
  state.give_back_unused();
  BOOST_TEST(state.judged_through() == 20);
  BOOST_TEST(rule_of(15, {}) == "count");
}

BOOST_AUTO_TEST_CASE(once_a_version_is_live_the_rules_are_as_always) {
  rule_of(20, {});
  state.claim_unused(stream.last_id());
  state.give_back_unused(true);
  rule_of(2, {});
  state.claim_unused(stream.last_id());  // by hand
  state.use_claimed();
  BOOST_TEST(rule_of(10, {.predicted_score = 0.9}) == "mean_error");
}

BOOST_AUTO_TEST_CASE(examples_of_a_version_that_gave_way_to_an_older_one_are_waited_out_too) {
  std::vector<case_entry> entries;
  for (int i = 0; i < 25; ++i) entries.push_back(count({}));
  state.claim_unused(stream.last_id());
  state.use_claimed();
  state.recount_unused(0, state.judged_through());
  for (const auto& entry : entries) state.count_unused(entry);
  state.recounted();
  BOOST_TEST(state.unused() == 25);
  BOOST_TEST(!state.retrain_due());
  BOOST_TEST(rule_of(19, {}) == "");
  const auto why = due_after({});
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->unused_examples == 45);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// One impression in twenty is disliked by ann, of something that nobody else dislikes, until it has been learned.
struct drifting : watching {
  drifting() {
    chosen.retrain.drift_warm_up = 200;
    chosen.retrain.feedback_accumulation_threshold = 1'000;
    restart();
    for (int i = 0; i < 200; ++i) {
      state.count_shown(1);
      if (i % 20 == 0) count({.reason = i == 0 ? "already_watched" : "poor_quality"});
    }
    state.claim_unused(stream.last_id());
    state.use_claimed();
  }
  /// Every impression is disliked; the dislike with which a retrain is due.
  int dislikes_until_due(const said& what = {.reason = "poor_quality"}) {
    for (int i = 1; i <= 30; ++i) {
      state.count_shown(1);
      if (rule_after(what) == "drift") return i;
    }
    return 0;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(by_drift, drifting)

BOOST_AUTO_TEST_CASE(a_rate_of_dislikes_that_has_doubled_is_due_and_says_from_what_to_what) {
  // 9 of 200 in the warm-up. 7 / ln 2 is 10.1.
  std::optional<retrain_cause> why;
  for (int i = 0; i < 11; ++i) {
    BOOST_TEST(!why);
    state.count_shown(1);
    why = due_after({.reason = "poor_quality", .predicted_score = 0.25});
  }
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->rule == "drift");
  BOOST_TEST(why->dislike_rate_before.value() == 0.045);
  BOOST_TEST(why->dislike_rate_now.value() == 1.0);
  BOOST_TEST(why->impressions_since == 11);
  BOOST_TEST(why->unused_examples == 11);
  BOOST_TEST(why->mean_error.value() == 0.25);
  BOOST_TEST(why->feature == "");
}

BOOST_AUTO_TEST_CASE(an_alarm_waits_for_examples_to_learn_from) {
  chosen.retrain.drift_min_examples = 13;
  const std::string learned = state.save();
  restart();
  BOOST_TEST_REQUIRE(state.restore(learned));
  BOOST_TEST(dislikes_until_due() == 13);
}

BOOST_AUTO_TEST_CASE(what_is_no_complaint_is_no_dislike_here) {
  BOOST_TEST(dislikes_until_due({.reason = "already_watched"}) == 0);
}

BOOST_AUTO_TEST_CASE(the_rules_of_the_seed_come_first) {
  chosen.retrain.feedback_accumulation_threshold = 11;
  const std::string learned = state.save();
  restart();
  BOOST_TEST_REQUIRE(state.restore(learned));
  for (int i = 0; i < 10; ++i) {
    state.count_shown(1);
    BOOST_TEST(rule_after({.reason = "poor_quality"}) == "");
  }
  state.count_shown(1);
  BOOST_TEST(rule_after({.reason = "poor_quality"}) == "count");
}

BOOST_AUTO_TEST_CASE(an_alarm_is_over_with_the_retrain_it_led_to_unless_that_fails) {
  BOOST_TEST(dislikes_until_due() == 11);
  state.claim_unused(stream.last_id());
  state.give_back_unused();
  BOOST_TEST_REQUIRE(state.retrain_due().has_value());
  BOOST_TEST(state.retrain_due()->rule == "drift");
  state.claim_unused(stream.last_id());
  state.use_claimed();
  for (int i = 0; i < 20; ++i) BOOST_TEST(rule_after({.reason = "poor_quality"}) == "");
}

BOOST_AUTO_TEST_CASE(a_rejected_retrain_ends_the_alarm_too) {
  BOOST_TEST(dislikes_until_due() == 11);
  state.claim_unused(stream.last_id());
  state.give_back_unused(true);
  BOOST_TEST(!state.retrain_due());
  for (int i = 0; i < 20; ++i) BOOST_TEST(rule_after({.reason = "poor_quality"}) == "");
}

BOOST_AUTO_TEST_CASE(if_retraining_is_by_hand_drift_makes_nothing_due) {
  chosen.retrain.automatic = false;
  const std::string learned = state.save();
  restart();
  BOOST_TEST_REQUIRE(state.restore(learned));
  BOOST_TEST(dislikes_until_due() == 0);
}

BOOST_AUTO_TEST_CASE(a_threshold_of_0_watches_for_no_drift) {
  chosen.retrain.drift_threshold = 0.0;
  const std::string learned = state.save();
  restart();
  BOOST_TEST_REQUIRE(state.restore(learned));
  BOOST_TEST(dislikes_until_due() == 0);
}

BOOST_AUTO_TEST_CASE(a_small_copy_tells_the_same) {
  for (int i = 0; i < 10; ++i) {
    state.count_shown(1);
    count({.reason = "poor_quality"});
  }
  state.count_shown(1);
  const case_entry last = stream.next({.reason = "poor_quality"});
  auto copy = state.excerpt(last);
  copy.count(last);
  BOOST_TEST_REQUIRE(copy.retrain_due(last).has_value());
  BOOST_TEST(copy.retrain_due(last)->rule == "drift");
  BOOST_TEST(!state.retrain_due());
  state.count(last);
  BOOST_TEST((state.retrain_due(last) == copy.retrain_due(last)));
}

BOOST_AUTO_TEST_SUITE_END()
