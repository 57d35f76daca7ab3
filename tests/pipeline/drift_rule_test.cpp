#include "pipeline/watching.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

using namespace demur;
using namespace demur::testing;

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
