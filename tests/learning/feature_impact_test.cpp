#include "learning/feature_impact.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <random>
#include <vector>

using namespace demur::learning;

namespace {

/// A family of features that are shown equally often, of which some are disliked more.
struct world {
  std::vector<dislike_counts> features;
  dislike_counts all;
};

/// `factors`: how many times as often a feature is disliked. Every item has one feature.
world draw(const std::vector<double>& factors, double impressions_each, double rate, std::mt19937_64& random) {
  world drawn;
  for (const double factor : factors) {
    std::binomial_distribution<std::int64_t> disliked(static_cast<std::int64_t>(impressions_each), rate * factor);
    const std::int64_t dislikes = disliked(random);
    drawn.features.push_back({dislikes, dislikes, static_cast<std::int64_t>(impressions_each), 0});
    drawn.all.dislikes += dislikes;
    drawn.all.squares += dislikes;
  }
  const auto shown = static_cast<std::int64_t>(impressions_each) * static_cast<std::int64_t>(factors.size());
  for (dislike_counts& one : drawn.features) one.all_exposures = shown;
  return drawn;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(impact_of_features)

BOOST_AUTO_TEST_CASE(the_raw_effect_is_the_logarithm_of_the_ratio_of_the_rates) {
  const auto effects = estimate_effects({{400, 400, 4'000, 8'000}}, {600, 600, 0, 0});
  BOOST_TEST(effects[0].raw == std::log((400.0 / 4'000) / (200.0 / 4'000)), boost::test_tools::tolerance(0.01));
  BOOST_TEST(effects[0].standard_error == std::sqrt(1.0 / 400.5 + 1.0 / 200.5), boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(of_features_without_effect_the_intervals_cover_zero_as_often_as_they_say) {
  std::mt19937_64 random(4);
  int covered = 0, features = 0, found = 0;
  double sum = 0.0;
  for (int i = 0; i < 200; ++i) {
    const world drawn = draw(std::vector<double>(40, 1.0), 2'000, 0.05, random);
    for (const feature_effect& one : estimate_effects(drawn.features, drawn.all)) {
      ++features;
      sum += one.log_odds;
      if (one.low <= 0.0 && 0.0 <= one.high) ++covered;
      if (one.q <= 0.05) ++found;
    }
  }
  BOOST_TEST(covered >= 0.95 * features);
  BOOST_TEST(std::abs(sum / features) < 0.01);
  // Of 200 families of 40 no more than a twentieth has a false one.
  BOOST_TEST(found <= 20);
}

BOOST_AUTO_TEST_CASE(a_planted_effect_is_found_and_the_others_stay) {
  std::mt19937_64 random(5);
  int found = 0, false_ones = 0;
  for (int i = 0; i < 100; ++i) {
    std::vector<double> factors(40, 1.0);
    factors[7] = 2.0;
    const world drawn = draw(factors, 2'000, 0.05, random);
    const auto effects = estimate_effects(drawn.features, drawn.all);
    if (effects[7].q <= 0.05 && effects[7].low > 0.0) ++found;
    for (std::size_t other = 0; other < effects.size(); ++other)
      if (other != 7 && effects[other].q <= 0.05) ++false_ones;
  }
  BOOST_TEST(found >= 98);
  BOOST_TEST(false_ones <= 12);
}

BOOST_AUTO_TEST_CASE(a_rare_feature_shrinks_more_than_a_frequent_one_with_the_same_ratio) {
  std::vector<dislike_counts> features{{2, 2, 10, 22'010}, {400, 400, 2'000, 22'010}};
  for (int i = 0; i < 20; ++i) features.push_back({100, 100, 1'000, 22'010});
  const dislike_counts all{2'402, 2'402, 0, 0};
  const auto effects = estimate_effects(features, all);
  BOOST_TEST(effects[0].raw > 0.5);
  BOOST_TEST(effects[1].raw > 0.5);
  BOOST_TEST(effects[0].log_odds < 0.4 * effects[0].raw);
  BOOST_TEST(effects[1].log_odds > 0.8 * effects[1].raw);
  BOOST_TEST(effects[0].p > 0.05);
  BOOST_TEST(effects[1].q < 0.001);
}

BOOST_AUTO_TEST_CASE(dislikes_of_one_user_weigh_less_than_those_of_many) {
  std::vector<dislike_counts> crowd{{30, 30, 300, 3'000}}, zealot{{30, 900, 300, 3'000}};
  const dislike_counts all{100, 100, 0, 0}, with_zealot{100, 970, 0, 0};
  const auto many = estimate_effects(crowd, all)[0], one = estimate_effects(zealot, with_zealot)[0];
  BOOST_TEST(many.raw == one.raw);
  BOOST_TEST(many.p < 1e-6);
  BOOST_TEST(one.p > 0.05);
}

BOOST_AUTO_TEST_CASE(more_dislikes_than_known_impressions_do_no_harm) {
  const auto effects = estimate_effects({{50, 50, 10, 40}, {10, 10, 0, 40}}, {80, 80, 0, 0});
  for (const feature_effect& one : effects) {
    BOOST_TEST(std::isfinite(one.log_odds));
    BOOST_TEST(one.low < one.high);
  }
}

BOOST_AUTO_TEST_CASE(no_features_have_no_effects) { BOOST_TEST(estimate_effects({}, {}).empty()); }

BOOST_AUTO_TEST_CASE(false_discovery_rates_are_those_of_benjamini_and_hochberg) {
  // Their first example: fifteen tests, of which four are rejected at .05.
  const std::vector<double> p{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                              0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
  const auto q = false_discovery_rates(p);
  BOOST_TEST(q[3] == 0.0095 * 15 / 4, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(q[3] <= 0.05);
  BOOST_TEST(q[4] > 0.05);
  for (std::size_t i = 1; i < q.size(); ++i) BOOST_TEST(q[i - 1] <= q[i]);
  BOOST_TEST(q.back() == 1.0);
}

BOOST_AUTO_TEST_CASE(concentration_counts_the_users_who_make_half) {
  const auto found = concentrate({1, 1, 6, 1, 3, 0});
  BOOST_TEST(found.users == 5);
  BOOST_TEST(found.half_users == 1);
  BOOST_TEST(found.top_share == 0.5);
  BOOST_TEST(concentrate({1, 1, 1, 1}).half_users == 2);
  BOOST_TEST(concentrate({}).half_users == 0);
}

BOOST_AUTO_TEST_SUITE_END()
