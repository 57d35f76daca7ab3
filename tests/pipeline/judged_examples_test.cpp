#include "pipeline/watching.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::testing;

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
