#include "domain/concentration.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>

using namespace demur;

namespace {

const auto exact = boost::test_tools::tolerance(1e-12);

/// The sum that binomial_tail stands for, term by term: hits, hits + 1, ... trials.
double tail_by_terms(std::int64_t hits, std::int64_t trials, double share) {
  double tail = 0.0;
  for (std::int64_t k = hits; k <= trials; ++k) {
    double term = 1.0;
    for (std::int64_t i = 0; i < k; ++i) term *= share * static_cast<double>(trials - i) / static_cast<double>(i + 1);
    tail += term * std::pow(1.0 - share, static_cast<double>(trials - k));
  }
  return tail;
}

/// Lets everything pass the test that has the ratio.
settings::patterns_section by_ratio_alone() {
  settings::patterns_section chosen;
  chosen.significance = 1.1;
  return chosen;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(demur::severity)

BOOST_AUTO_TEST_SUITE(binomial_tails)

BOOST_AUTO_TEST_CASE(small_tails_are_those_worked_out_by_hand) {
  BOOST_TEST(binomial_tail(1, 1, 0.5) == 0.5, exact);
  BOOST_TEST(binomial_tail(2, 3, 0.5) == 0.5, exact);              // (3 + 1) / 8
  BOOST_TEST(binomial_tail(3, 3, 0.1) == 0.001, exact);            // 0.1^3
  BOOST_TEST(binomial_tail(2, 5, 0.2) == 0.26272, exact);          // 1 - 0.8^5 - 5 * 0.2 * 0.8^4
  BOOST_TEST(binomial_tail(1, 10, 0.1) == 0.6513215599, exact);    // 1 - 0.9^10
  BOOST_TEST(binomial_tail(10, 10, 0.5) == 1.0 / 1024.0, exact);   // 2^-10
  BOOST_TEST(binomial_tail(5, 10, 0.5) == 638.0 / 1024.0, exact);  // (252 + 210 + 120 + 45 + 10 + 1) / 2^10
  BOOST_TEST(binomial_tail(4, 4, 0.25) == 1.0 / 256.0, exact);
}

BOOST_AUTO_TEST_CASE(at_least_none_is_certain_and_more_than_all_impossible) {
  BOOST_TEST(binomial_tail(0, 10, 0.3) == 1.0);
  BOOST_TEST(binomial_tail(0, 0, 0.3) == 1.0);
  BOOST_TEST(binomial_tail(11, 10, 0.3) == 0.0);
  BOOST_TEST(binomial_tail(1, 0, 0.3) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_share_of_0_never_hits_and_a_share_of_1_always) {
  BOOST_TEST(binomial_tail(1, 10, 0.0) == 0.0);
  BOOST_TEST(binomial_tail(0, 10, 0.0) == 1.0);
  BOOST_TEST(binomial_tail(10, 10, 1.0) == 1.0);
}

BOOST_AUTO_TEST_CASE(a_tail_is_the_sum_of_its_terms) {
  for (const double share : {0.001, 0.01, 0.1, 0.3, 0.5, 0.9})
    for (const std::int64_t trials : {1, 2, 7, 20, 100})
      for (std::int64_t hits = 1; hits <= trials; hits += 1 + trials / 10)
        BOOST_TEST(binomial_tail(hits, trials, share) == tail_by_terms(hits, trials, share),
                   boost::test_tools::tolerance(1e-10));
}

BOOST_AUTO_TEST_CASE(a_million_trials_give_a_probability) {
  const double even = binomial_tail(500'000, 1'000'000, 0.5);
  BOOST_TEST(even > 0.5);
  BOOST_TEST(even < 0.501);
  BOOST_TEST(binomial_tail(510'000, 1'000'000, 0.5) < 1e-80);
  BOOST_TEST(binomial_tail(1'000'000, 1'000'000, 1e-6) == 0.0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(concentrations)

BOOST_AUTO_TEST_CASE(the_ratio_to_the_baseline_grades) {
  const auto chosen = by_ratio_alone();
  // Powers of two, so that a ratio is exactly the limit.
  BOOST_TEST(concentration(12, 32, 0.25, chosen) == severity::low);      // 1.5
  BOOST_TEST(concentration(11, 32, 0.25, chosen) == severity::none);     // 1.375
  BOOST_TEST(concentration(23, 32, 0.25, chosen) == severity::low);      // 2.875
  BOOST_TEST(concentration(24, 32, 0.25, chosen) == severity::medium);   // 3
  BOOST_TEST(concentration(23, 32, 0.125, chosen) == severity::medium);  // 5.75
  BOOST_TEST(concentration(24, 32, 0.125, chosen) == severity::high);    // 6
  BOOST_TEST(concentration(32, 32, 0.125, chosen) == severity::high);    // 8
}

BOOST_AUTO_TEST_CASE(fewer_than_the_minimum_are_no_pattern_however_rare_the_feature) {
  const settings::patterns_section chosen;
  BOOST_TEST(concentration(2, 2, 1e-6, chosen) == severity::none);
  BOOST_TEST(concentration(3, 3, 1e-6, chosen) == severity::high);
}

BOOST_AUTO_TEST_CASE(chance_must_be_below_the_significance_and_not_at_it) {
  settings::patterns_section chosen;
  // P(4 of 4 at 1/4) = 1/256.
  chosen.significance = binomial_tail(4, 4, 0.25);
  BOOST_TEST(concentration(4, 4, 0.25, chosen) == severity::none);
  chosen.significance = std::nextafter(chosen.significance, 1.0);
  BOOST_TEST(concentration(4, 4, 0.25, chosen) == severity::medium);
}

BOOST_AUTO_TEST_CASE(a_high_ratio_that_chance_explains_is_no_pattern) {
  const settings::patterns_section chosen;
  // P(3 or more of 3 at 0.3) = 0.027: more than 0.01, though the ratio is 3.3.
  BOOST_TEST(concentration(3, 3, 0.3, chosen) == severity::none);
  // P(3 of 3 at 0.2) = 0.008.
  BOOST_TEST(concentration(3, 3, 0.2, chosen) == severity::medium);
}

BOOST_AUTO_TEST_CASE(a_significant_excess_of_a_small_ratio_is_no_pattern) {
  const settings::patterns_section chosen;
  // 14,000 of 100,000 against 0.1 is 13 standard deviations, but only 1.4 times.
  BOOST_TEST(binomial_tail(14'000, 100'000, 0.1) < 1e-100);
  BOOST_TEST(concentration(14'000, 100'000, 0.1, chosen) == severity::none);
  BOOST_TEST(concentration(15'001, 100'000, 0.1, chosen) == severity::low);
}

BOOST_AUTO_TEST_CASE(without_a_baseline_or_trials_there_is_no_pattern) {
  const auto chosen = by_ratio_alone();
  BOOST_TEST(concentration(5, 5, 0.0, chosen) == severity::none);
  BOOST_TEST(concentration(5, 0, 0.5, chosen) == severity::none);
  BOOST_TEST(concentration(0, 5, 0.5, chosen) == severity::none);
}

BOOST_AUTO_TEST_CASE(what_everything_has_never_stands_out) {
  BOOST_TEST(concentration(1'000, 1'000, 1.0, by_ratio_alone()) == severity::none);
}

BOOST_AUTO_TEST_CASE(every_limit_is_a_setting) {
  settings::patterns_section chosen = by_ratio_alone();
  chosen.min_frequency = 10;
  chosen.low_ratio = 2.0;
  chosen.medium_ratio = 4.0;
  chosen.high_ratio = 8.0;
  BOOST_TEST(concentration(9, 9, 0.0625, chosen) == severity::none);
  BOOST_TEST(concentration(10, 80, 0.0625, chosen) == severity::low);
  BOOST_TEST(concentration(10, 40, 0.0625, chosen) == severity::medium);
  BOOST_TEST(concentration(10, 20, 0.0625, chosen) == severity::high);
  BOOST_TEST(concentration(15, 128, 0.0625, chosen) == severity::none);  // 1.875
}

BOOST_AUTO_TEST_SUITE_END()
