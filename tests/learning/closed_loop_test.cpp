#include "learning/loop_figures.hpp"
#include "learning/synthetic_world.hpp"

#include <demur/closed_loop.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace demur::learning {
namespace {

const auto exact = boost::test_tools::tolerance(1e-12);

closed_loop_plan small_plan() {
  closed_loop_plan plan;
  plan.users = 80;
  plan.items = 240;
  plan.days = 10;
  plan.shown = 8;
  plan.retrain_every = 3;
  plan.worlds = 4;
  plan.factors = 16;
  return plan;
}

/// Large enough for the intervals of what is claimed of it to be far from 0.
closed_loop_plan telling_plan() {
  closed_loop_plan plan = small_plan();
  plan.users = 120;
  plan.days = 15;
  plan.worlds = 6;
  return plan;
}

closed_loop_report run(const closed_loop_plan& plan) {
  auto report = run_closed_loop(plan);
  BOOST_TEST_REQUIRE(report.has_value());
  return *std::move(report);
}

const closed_loop_arm& arm_of(const closed_loop_report& report, const std::string& name) {
  return *std::find_if(report.arms.begin(), report.arms.end(), [&](const auto& each) { return each.name == name; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(closed_loop)

BOOST_AUTO_TEST_CASE(a_draw_is_the_same_for_the_same_name_and_draws_spread_evenly) {
  const draws_by_name draws(5), same(5), other(6);
  std::vector<int> hits(10);
  for (std::uint64_t k = 0; k < 10'000; ++k) ++hits[draws.below(10, 1, k % 7, k, 3)];
  for (const int count : hits) BOOST_TEST((count > 880 && count < 1'120));
  BOOST_TEST(draws.unit(1, 2, 3, 4) == same.unit(1, 2, 3, 4));
  BOOST_TEST(draws.unit(1, 2, 3, 4) != other.unit(1, 2, 3, 4));
  BOOST_TEST(draws.unit(1, 2, 3, 4) != draws.unit(1, 3, 2, 4));
}

BOOST_AUTO_TEST_CASE(the_same_seed_makes_the_same_world_and_a_user_says_the_same_of_the_same_item_on_the_same_day) {
  const synthetic_world one(20, 200, 1.0, 3), same(20, 200, 1.0, 3), other(20, 200, 1.0, 4);
  int different = 0, another_day = 0;
  for (std::size_t user = 0; user < 20; ++user)
    for (std::uint32_t item = 0; item < 200; ++item) {
      const reaction said = one.react(user, item, 5), again = same.react(user, item, 5);
      BOOST_TEST((said.said == again.said && said.reason == again.reason && said.blamed == again.blamed));
      BOOST_TEST(one.utility(user, item) == same.utility(user, item));
      different += one.utility(user, item) == other.utility(user, item) ? 0 : 1;
      another_day += said.said == one.react(user, item, 6).said ? 0 : 1;
    }
  BOOST_TEST(different > 3'900);
  BOOST_TEST((another_day > 400 && another_day < 2'400));
}

BOOST_AUTO_TEST_CASE(users_dislike_what_is_of_little_worth_to_them_and_the_reason_names_the_kind_of_feature) {
  const synthetic_world world(50, 300, 1.0, 7);
  std::map<reaction::opinion, double> sum, count;
  std::map<std::string, int> reasons;
  const std::map<std::string, std::set<std::string>> may_mean{
      {"wrong_genre", {"genre"}}, {"poor_quality", {"cast", "director"}}, {"franchise_fatigue", {"franchise"}}};
  for (std::size_t user = 0; user < world.users(); ++user)
    for (std::uint32_t item = 0; item < world.items().size(); ++item) {
      const reaction said = world.react(user, item, 1);
      sum[said.said] += world.utility(user, item);
      count[said.said] += 1.0;
      ++reasons[said.reason];
      for (const std::uint32_t feature : said.blamed) {
        const std::string& name = world.features().name(feature);
        BOOST_TEST(may_mean.at(said.reason).contains(name.substr(0, name.find(':'))));
        const auto own = world.features().of(item);
        BOOST_TEST(std::binary_search(own.begin(), own.end(), feature));
      }
    }
  using enum reaction::opinion;
  BOOST_TEST(sum[dislike] / count[dislike] < -0.9);
  BOOST_TEST(std::abs(sum[none] / count[none]) < 0.5);
  BOOST_TEST(sum[like] / count[like] > 0.9);
  for (const char* reason : {"wrong_genre", "poor_quality", "franchise_fatigue", "not_interested"})
    BOOST_TEST(reasons[reason] > 10, reason);
}

BOOST_AUTO_TEST_CASE(what_is_popular_is_met_by_more_users_before_the_first_day) {
  const synthetic_world world(200, 200, 1.0, 9);
  std::vector<std::int64_t> met(world.items().size());
  for (std::size_t user = 0; user < world.users(); ++user) {
    const auto items = world.met_before(user, 20);
    BOOST_TEST(items.size() == 20U);
    BOOST_TEST(std::set<std::uint32_t>(items.begin(), items.end()).size() == 20U);
    for (const std::uint32_t item : items) ++met[item];
  }
  BOOST_TEST((gini(met) > 0.3 && gini(met) < 0.7), gini(met));
}

BOOST_AUTO_TEST_CASE(the_figures_of_a_day_are_those_counted_by_hand) {
  BOOST_TEST(gini({3, 3, 3, 3}) == 0.0, exact);
  BOOST_TEST(gini({0, 5, 0, 0}) == 0.75, exact);
  BOOST_TEST(gini({1, 3}) == 0.25, exact);

  const synthetic_world world(2, 100, 1.0, 1);
  day_tally tally(world);
  BOOST_TEST(tally.figures().empty());
  tally.shown(0, std::vector<std::uint32_t>{1, 2});
  tally.shown(1, std::vector<std::uint32_t>{1, 1});
  tally.heard(reaction::opinion::dislike);
  tally.heard(reaction::opinion::none);
  const closed_loop_figures figures = tally.figures();
  BOOST_TEST(figures.at("dislikes") == 0.25, exact);
  BOOST_TEST(figures.at("likes") == 0.0);
  BOOST_TEST(figures.at("coverage") == 0.02, exact);
  BOOST_TEST(figures.at("utility") == (world.utility(0, 1) + world.utility(0, 2) + 2.0 * world.utility(1, 1)) / 4.0,
             exact);
  const auto both = world.genres_of(1) & world.genres_of(2), any = world.genres_of(1) | world.genres_of(2);
  const double apart = 1.0 - static_cast<double>(std::popcount(both)) / std::popcount(any);
  BOOST_TEST(figures.at("diversity") == apart / 2.0, exact);
  BOOST_TEST(mean_over_days(std::vector<closed_loop_figures>{{{"a", 1.0}}, {}, {{"a", 2.0}}}).at("a") == 1.5, exact);
}

BOOST_AUTO_TEST_CASE(the_same_plan_gives_the_same_figures_whatever_the_number_of_threads) {
  closed_loop_plan plan = small_plan();
  plan.days = 5;
  plan.worlds = 2;
  plan.threads = 1;
  const auto once = run(plan);
  plan.threads = 3;
  std::int64_t told = 0;
  const auto again = run_closed_loop(plan, [&](std::int64_t over, std::int64_t all) {
    BOOST_TEST(over == ++told);
    BOOST_TEST(all == 30);
  });
  BOOST_TEST(told == 30);
  for (std::size_t k = 0; k < once.arms.size(); ++k) BOOST_TEST((once.arms[k].by_day == again->arms[k].by_day));
  plan.seed = 2;
  const auto later = run(plan);
  BOOST_TEST((later.arms[0].by_day[0] == once.arms[0].by_day[1]));
  BOOST_TEST((later.arms[0].by_day[1] != once.arms[0].by_day[1]));
}

BOOST_AUTO_TEST_CASE(who_listens_to_dislikes_hears_fewer_of_them_and_more_likes) {
  const auto report = run(telling_plan());
  for (const char* name : {"late", "with"}) {
    const auto& difference = arm_of(report, name).difference;
    BOOST_TEST(difference.at("dislikes").high < 0.0, name);
    BOOST_TEST(difference.at("likes").low > 0.0, name);
    BOOST_TEST(difference.at("utility").low > 0.0, name);
  }
  BOOST_TEST(arm_of(report, "without").difference.empty());
  BOOST_TEST(arm_of(report, "with").by_day[0].size() == 15U);
}

BOOST_AUTO_TEST_CASE(where_nobody_loathes_anything_listening_does_no_harm) {
  closed_loop_plan plan = telling_plan();
  plan.loathing = 0.0;
  plan.arms = {"without", "with"};
  const auto report = run(plan);
  const auto& without = arm_of(report, "without");
  const auto& difference = arm_of(report, "with").difference;
  BOOST_TEST(difference.at("dislikes").high < 0.02 * without.mean.at("dislikes"));
  BOOST_TEST(difference.at("likes").low > -0.02 * without.mean.at("likes"));
  BOOST_TEST(difference.at("diversity").low > -0.02 * without.mean.at("diversity"));
}

BOOST_AUTO_TEST_CASE(where_chance_fills_all_lists_the_arms_differ_in_nothing) {
  closed_loop_plan plan = small_plan();
  plan.exploration = 1.0;
  plan.worlds = 1;
  const auto report = run(plan);
  BOOST_TEST((arm_of(report, "without").by_day == arm_of(report, "with").by_day));
  BOOST_TEST(arm_of(report, "with").mean.at("gini") < 0.5);
}

BOOST_AUTO_TEST_CASE(with_a_training_every_day_nothing_is_late) {
  closed_loop_plan plan = small_plan();
  plan.retrain_every = 1;
  plan.days = 4;
  plan.worlds = 1;
  const auto report = run(plan);
  BOOST_TEST((arm_of(report, "late").by_day == arm_of(report, "with").by_day));
  BOOST_TEST((arm_of(report, "without").by_day != arm_of(report, "with").by_day));
}

BOOST_AUTO_TEST_CASE(users_who_have_answered_to_all_items_are_shown_none_and_nothing_breaks) {
  closed_loop_plan plan = small_plan();
  plan.users = 2;
  plan.items = 100;
  plan.shown = 5;
  plan.days = 700;
  plan.retrain_every = 100;
  plan.worlds = 1;
  plan.arms = {"with"};
  const auto report = run(plan);
  BOOST_TEST(report.arms[0].by_day[0].size() == 700U);
  BOOST_TEST(report.arms[0].by_day[0].back().empty());
  BOOST_TEST(report.arms[0].mean.at("coverage") > 0.0);
  BOOST_TEST(report.arms[0].difference.empty());
}

BOOST_AUTO_TEST_CASE(a_plan_that_is_not_allowed_is_refused_by_the_name_of_its_field_too) {
  const auto field_of = [](auto change) {
    closed_loop_plan plan = small_plan();
    change(plan);
    const auto refused = run_closed_loop(plan);
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(!refused.problem().allowed.empty());
    return refused.problem().field;
  };
  BOOST_TEST(field_of([](auto& plan) { plan.arms = {"magic"}; }) == "arms");
  BOOST_TEST(field_of([](auto& plan) { plan.arms.clear(); }) == "arms");
  BOOST_TEST(field_of([](auto& plan) { plan.users = 0; }) == "users");
  BOOST_TEST(field_of([](auto& plan) { plan.items = 99; }) == "items");
  BOOST_TEST(field_of([](auto& plan) { plan.days = 0; }) == "days");
  BOOST_TEST(field_of([](auto& plan) { plan.shown = plan.items / 20 + 1; }) == "shown");
  BOOST_TEST(field_of([](auto& plan) { plan.retrain_every = 0; }) == "retrain_every");
  BOOST_TEST(field_of([](auto& plan) { plan.exploration = 1.5; }) == "exploration");
  BOOST_TEST(field_of([](auto& plan) { plan.loathing = -1.0; }) == "loathing");
  BOOST_TEST(field_of([](auto& plan) { plan.worlds = 0; }) == "worlds");
  BOOST_TEST(field_of([](auto& plan) { plan.threads = -1; }) == "threads");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur::learning
