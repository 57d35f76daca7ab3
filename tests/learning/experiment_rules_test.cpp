#include "learning/experiment_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace demur;
using namespace demur::learning;

BOOST_TEST_DONT_PRINT_LOG_VALUE(demur::experiment_state)

namespace {

/// Users with an impression each, of whom these dislike and like it.
arm_moments arm(std::int64_t users, std::int64_t dislikes, std::int64_t likes = 0) {
  arm_moments made;
  for (std::int64_t i = 0; i < users; ++i) made.add({1, i < dislikes ? 1 : 0, i >= users - likes ? 1 : 0, 0, 0});
  return made;
}

experiment_plan plan() {
  experiment_plan made;
  made.name = "a";
  made.arms = {{"control", {}, true, 0.5}, {"candidate", 7, true, 0.5}};
  made.min_impressions = 1'000;
  made.max_impressions = 20'000;
  return made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(experiment_rules)

BOOST_AUTO_TEST_CASE(fewer_dislikes_win) {
  const verdict found = judge(plan(), {arm(10'000, 500), arm(10'000, 350)}, 1.0);
  BOOST_TEST((found.state == experiment_state::won));
  BOOST_TEST(found.p < 0.01);
  BOOST_TEST(
      found.decision.starts_with("Won: the users of the candidate disliked 3.50 % of the impressions against "
                                 "5.00 %, p "));
}

BOOST_AUTO_TEST_CASE(more_dislikes_lose) {
  const verdict found = judge(plan(), {arm(10'000, 350), arm(10'000, 500)}, 1.0);
  BOOST_TEST((found.state == experiment_state::lost));
  BOOST_TEST(found.decision.starts_with("Lost: "));
}

BOOST_AUTO_TEST_CASE(nothing_is_decided_before_each_arm_has_what_the_plan_asks_for) {
  const verdict found = judge(plan(), {arm(10'000, 500), arm(999, 0)}, 0.7);
  BOOST_TEST((found.state == experiment_state::running));
  BOOST_TEST(found.p == 0.7);
  experiment_plan hasty = plan();
  hasty.min_impressions = hasty.max_impressions = 1;
  BOOST_TEST((judge(hasty, {arm(10'000, 500), arm(29, 2)}, 1.0).state == experiment_state::running));
  BOOST_TEST((judge(hasty, {arm(10'000, 500), arm(30, 2)}, 1.0).state == experiment_state::inconclusive));
  BOOST_TEST((judge(hasty, {}, 1.0).state == experiment_state::running));
}

BOOST_AUTO_TEST_CASE(without_a_difference_it_ends_when_each_arm_has_seen_enough) {
  BOOST_TEST((judge(plan(), {arm(20'000, 900), arm(19'999, 900)}, 1.0).state == experiment_state::running));
  const verdict found = judge(plan(), {arm(20'000, 900), arm(20'000, 900)}, 1.0);
  BOOST_TEST((found.state == experiment_state::inconclusive));
  BOOST_TEST(found.p > 0.5);
}

BOOST_AUTO_TEST_CASE(a_p_of_an_earlier_look_stays) {
  const verdict found = judge(plan(), {arm(5'000, 250), arm(5'000, 248)}, 0.04);
  BOOST_TEST(found.p == 0.04);
  BOOST_TEST((found.state == experiment_state::won));
  BOOST_TEST(judge(plan(), {arm(5'000, 250), arm(5'000, 250)}, 0.06).p == 0.06);
}

BOOST_AUTO_TEST_CASE(fewer_dislikes_bought_with_likes_do_not_win) {
  // A fifth of the likes is gone, which is not sure yet; then it is.
  const verdict unsure = judge(plan(), {arm(10'000, 500, 100), arm(10'000, 350, 80)}, 1.0);
  BOOST_TEST((unsure.state == experiment_state::running));
  BOOST_TEST(unsure.p < 0.05);
  const verdict sure = judge(plan(), {arm(10'000, 500, 2'000), arm(10'000, 350, 1'200)}, 1.0);
  BOOST_TEST((sure.state == experiment_state::lost));
  BOOST_TEST(sure.decision == "Lost: the users of the candidate liked 12.00 % of the impressions against 20.00 %.");
  experiment_plan careless = plan();
  careless.max_like_drop = 1.0;
  BOOST_TEST((judge(careless, {arm(10'000, 500, 2'000), arm(10'000, 350, 1'200)}, 1.0).state == experiment_state::won));
}

BOOST_AUTO_TEST_CASE(a_look_is_due_every_hundred_impressions_and_later_every_hundredth) {
  BOOST_TEST(!look_is_due({arm(50, 0), arm(49, 0)}, 0));
  BOOST_TEST(look_is_due({arm(50, 0), arm(50, 0)}, 0));
  BOOST_TEST(!look_is_due({arm(10'000, 0), arm(10'199, 0)}, 20'000));
  BOOST_TEST(look_is_due({arm(10'000, 0), arm(10'200, 0)}, 20'000));
}

BOOST_AUTO_TEST_CASE(what_is_told_are_the_figures_of_the_arms) {
  experiment_report told;
  told.plan = plan();
  describe({arm(2'000, 100, 400), arm(1'000, 40, 180)}, told);
  BOOST_REQUIRE_EQUAL(told.arms.size(), 2U);
  BOOST_TEST(told.arms[1].arm.name == "candidate");
  BOOST_TEST(told.arms[1].users == 1'000);
  BOOST_TEST(told.arms[1].dislikes == 40);
  BOOST_TEST(*told.arms[1].dislike_rate == 0.04);
  BOOST_TEST(*told.arms[0].like_rate == 0.2);
  BOOST_TEST(*told.dislikes_per_impression.difference == -0.01, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(*told.dislikes_per_impression.low < -0.01);
  BOOST_TEST(*told.dislikes_per_impression.high > 0.0);
  BOOST_TEST(*told.likes_per_impression.difference == -0.02, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(told.sample_ratio_p < 1e-6);
}

BOOST_AUTO_TEST_CASE(what_is_not_known_yet_is_not_told) {
  experiment_report told;
  told.plan = plan();
  describe({}, told);
  BOOST_TEST(!told.arms[0].dislike_rate);
  BOOST_TEST(!told.dislikes_per_impression.difference);
  BOOST_TEST(told.sample_ratio_p == 1.0);
}

BOOST_AUTO_TEST_CASE(arms_read_back_as_they_were_written) {
  const both_arms arms{arm(20, 3, 4), arm(30, 5)};
  both_arms read;
  BOOST_TEST(read_arms(write_arms(arms), read));
  BOOST_CHECK(read == arms);
  BOOST_TEST(!read_arms("", read));
  BOOST_TEST(!read_arms("1\t2\n3\n", read));
}

BOOST_AUTO_TEST_SUITE_END()
