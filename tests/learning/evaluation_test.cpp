#include "learning/ease.hpp"
#include "learning/paired.hpp"
#include "learning/ranking_metrics.hpp"
#include "learning/toy_world.hpp"

#include <demur/evaluation.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace demur::learning {
namespace {

const auto exact = boost::test_tools::tolerance(1e-12);

evaluation_data data_of(const toy_world& world) {
  evaluation_data data;
  for (std::uint32_t user = 0; user < world.opinions.rows(); ++user)
    for (const interaction& said : world.opinions.row(user))
      data.opinions.push_back({user, world.items[said.other], said.weight > 0.0F});
  for (std::size_t item = 0; item < world.items.size(); ++item)
    for (const std::uint32_t feature : world.features.of(item))
      data.features[world.items[item]].push_back(world.features.name(feature));
  return data;
}

evaluation_plan small_plan() {
  evaluation_plan plan;
  plan.seeds = 3;
  plan.factors = 8;
  plan.epochs = 5;
  return plan;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(evaluation)

BOOST_AUTO_TEST_CASE(the_metrics_of_a_ranking_are_those_counted_by_hand) {
  // Ranked 4, 3, 2, 1, 0; item 2 was trained on.
  const std::vector<float> scores{0.1F, 0.2F, 0.3F, 0.4F, 0.5F};
  const std::vector<std::uint32_t> seen{2}, likes{1, 4}, dislikes{3};
  const user_metrics measured = measure_user(scores, seen, likes, dislikes);
  const double second = 1.0 / std::log2(3.0), third = 1.0 / std::log2(4.0);
  BOOST_TEST(*measured.ndcg_10 == (1.0 + third) / (1.0 + second), exact);
  BOOST_TEST(*measured.recall_20 == 1.0, exact);
  BOOST_TEST(*measured.dhr_10 == 1.0, exact);
  BOOST_TEST(*measured.ndcl_100 == second, exact);
  BOOST_TEST(*measured.auc == 0.5, exact);
  const user_metrics no_dislikes = measure_user(scores, seen, likes, {});
  BOOST_TEST(!no_dislikes.dhr_20);
  BOOST_TEST(!no_dislikes.auc);
}

BOOST_AUTO_TEST_CASE(the_first_items_are_the_highest_and_of_equals_the_first) {
  const std::vector<float> scores{1.0F, 3.0F, 3.0F, 2.0F, 9.0F};
  const std::vector<std::uint32_t> hidden{4};
  const std::vector<ranked_item> expected{{1, 3.0F}, {2, 3.0F}, {3, 2.0F}};
  BOOST_TEST((top_items(scores, 3, hidden) == expected));
  BOOST_TEST(top_items(scores, 99, hidden).size() == 4U);
  BOOST_TEST(top_items(scores, 0, hidden).empty());
}

BOOST_AUTO_TEST_CASE(a_fifth_of_the_likes_and_of_the_dislikes_is_held_out_and_nothing_is_lost) {
  const toy_world world(21);
  const holdout split = hold_out(world.opinions, 7);
  for (std::size_t user = 0; user < world.opinions.rows(); ++user) {
    const auto all = world.opinions.row(user);
    const auto likes = static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const interaction& said) { return said.weight > 0.0F; }));
    const std::size_t dislikes = all.size() - likes;
    BOOST_TEST(split.likes[user].size() == (likes >= 5 ? likes / 5 : 0));
    BOOST_TEST(split.dislikes[user].size() == (dislikes >= 5 ? dislikes / 5 : 0));
    std::vector<std::uint32_t> together = items_of(split.training.row(user));
    BOOST_TEST(std::is_sorted(together.begin(), together.end()));
    together.insert(together.end(), split.likes[user].begin(), split.likes[user].end());
    together.insert(together.end(), split.dislikes[user].begin(), split.dislikes[user].end());
    std::sort(together.begin(), together.end());
    BOOST_TEST((together == items_of(all)));
  }
  BOOST_TEST((hold_out(world.opinions, 7).likes == split.likes));
  BOOST_TEST((hold_out(world.opinions, 8).likes != split.likes));
}

BOOST_AUTO_TEST_CASE(a_paired_difference_has_the_interval_of_students_t) {
  const std::vector<double> ours{1.0, 2.0, 4.0}, theirs{1.0, 1.0, 1.0};
  const paired_difference found = difference_of(ours, theirs);
  BOOST_TEST(found.mean == 4.0 / 3.0, exact);
  BOOST_TEST(found.relative == 4.0 / 3.0, exact);
  // t(2, 0.975) times the standard error sqrt(14 / 3 / 2 / 3).
  BOOST_TEST(found.high - found.mean == 4.302652729696142 * 0.8819171036881969, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(found.mean - found.low == found.high - found.mean, exact);
  BOOST_TEST(difference_of({{3.0}}, {{1.0}}).low == 2.0);
}

BOOST_AUTO_TEST_CASE(ease_is_the_closed_form_and_has_no_item_explain_itself) {
  interactions likes(3);
  for (int fan = 0; fan < 4; ++fan) {
    likes.add({0, 1.0F});
    likes.add({1, 1.0F});
    likes.end_row();
  }
  likes.add({2, 1.0F});
  likes.end_row();
  const square_matrix weights = fit_ease(likes, 1.0F);
  BOOST_TEST(weights(0, 0) == 0.0F);
  // Of [[5, 4], [4, 5]] the inverse is [[5, -4], [-4, 5]] / 9.
  BOOST_TEST(weights(0, 1) == 0.8F, boost::test_tools::tolerance(1e-5F));
  BOOST_TEST(std::abs(weights(0, 2)) < 1e-6F);
}

BOOST_AUTO_TEST_CASE(in_a_world_of_tastes_learning_from_dislikes_helps_and_popularity_is_the_floor) {
  const auto report = evaluate(data_of(toy_world(22, 300)), small_plan());
  BOOST_TEST_REQUIRE(report.has_value());
  const auto arm = [&](const std::string& name) -> const evaluation_arm& {
    return *std::find_if(report->arms.begin(), report->arms.end(), [&](const auto& each) { return each.name == name; });
  };
  BOOST_TEST(arm("likes_only").mean.at("ndcg_10") > arm("popularity").mean.at("ndcg_10"));
  BOOST_TEST(arm("overlay").mean.at("auc") > arm("likes_only").mean.at("auc"));
  BOOST_TEST(arm("overlay").difference.at("auc").low > 0.0);
  BOOST_TEST(arm("overlay").difference.at("dhr_10").mean < 0.0);
  BOOST_TEST(arm("likes_only").difference.empty());
  BOOST_TEST(report->responsiveness.users > 0);
  BOOST_TEST(report->responsiveness.share_after_dislike < report->responsiveness.share_before);
  BOOST_TEST(report->responsiveness.share_before <= report->responsiveness.share_after_like);
}

BOOST_AUTO_TEST_CASE(the_same_data_and_plan_give_the_same_figures) {
  const evaluation_data data = data_of(toy_world(23));
  evaluation_plan plan = small_plan();
  const auto once = evaluate(data, plan);
  plan.threads = 3;
  const auto again = evaluate(data, plan);
  for (std::size_t k = 0; k < once->arms.size(); ++k) BOOST_TEST((once->arms[k].by_seed == again->arms[k].by_seed));
}

BOOST_AUTO_TEST_CASE(a_plan_that_is_not_allowed_is_refused_by_the_name_of_its_field) {
  const evaluation_data data = data_of(toy_world(24));
  const auto field_of = [&](auto change) {
    evaluation_plan plan = small_plan();
    change(plan);
    const auto refused = evaluate(data, plan);
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(!refused.problem().allowed.empty());
    return refused.problem().field;
  };
  BOOST_TEST(field_of([](auto& plan) { plan.arms = {"magic"}; }) == "arms");
  BOOST_TEST(field_of([](auto& plan) { plan.arms.clear(); }) == "arms");
  BOOST_TEST(field_of([](auto& plan) { plan.seeds = 0; }) == "seeds");
  BOOST_TEST(field_of([](auto& plan) { plan.factors = 0; }) == "factors");
  BOOST_TEST(field_of([](auto& plan) { plan.epochs = 0; }) == "epochs");
  BOOST_TEST(field_of([](auto& plan) { plan.alpha0 = 0.0; }) == "alpha0");
  BOOST_TEST(field_of([](auto& plan) { plan.lambda = -1.0; }) == "lambda");
  BOOST_TEST(!evaluate({}, small_plan()).has_value());
}

BOOST_AUTO_TEST_CASE(an_item_counts_a_feature_once_and_knows_who_shares_it) {
  const item_features features({{"genre:B", "genre:A", "genre:B"}, {}, {"genre:A"}});
  BOOST_TEST(features.items() == 3U);
  BOOST_TEST(features.features() == 2U);
  BOOST_TEST(features.of(0).size() == 2U);
  BOOST_TEST(features.of(1).empty());
  const auto with = features.with(features.find("genre:A"));
  BOOST_TEST((std::vector<std::uint32_t>(with.begin(), with.end()) == std::vector<std::uint32_t>{0, 2}));
  BOOST_TEST(features.find("genre:C") == features.features());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur::learning
