#include "learning/sequential_test.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace demur;
using learning::arm_comparison;
using learning::arm_moments;
using learning::compare;
using learning::rate_of;
using learning::sequential_test;
using learning::user_counts;

namespace {

constexpr double alpha = 0.05;
constexpr double tau = 0.01;

/// An arm whose users come again and again, some of them much more often than others, each with a taste of his own: the
/// dislikes of a user are beta-binomial.
class crowd {
public:
  /// `alike`: correlation of a user's impressions; 0: none.
  crowd(int users, double rate, double alike, std::mt19937_64& random) : random_(random), people_(users) {
    double weight = 0.0;
    for (person& one : people_) {
      one.rate = alike > 0.0 ? beta(rate * (1.0 / alike - 1.0), (1.0 - rate) * (1.0 / alike - 1.0)) : rate;
      weight += std::exponential_distribution<double>(1.0)(random_);
      one.until = weight;
    }
    whole_ = weight;
  }

  /// Of everybody, before the experiment.
  void live(int impressions) {
    for (int i = 0; i < impressions; ++i) {
      person& one = somebody();
      ++one.counts.impressions_before;
      if (dislikes(one)) ++one.counts.dislikes_before;
    }
  }

  /// `factor`: how many times as often as before the experiment everybody dislikes.
  void show(int impressions, double factor = 1.0) {
    for (int i = 0; i < impressions; ++i) {
      person& one = somebody();
      const user_counts before = one.counts;
      ++one.counts.impressions;
      if (dislikes(one, factor)) ++one.counts.dislikes;
      if (before.impressions == 0)
        moments.add(one.counts);
      else
        moments.replace(before, one.counts);
    }
  }

  arm_moments moments;

private:
  struct person {
    double rate = 0.0;
    double until = 0.0;
    user_counts counts;
  };

  double uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
  bool dislikes(const person& one, double factor = 1.0) { return uniform() < factor * one.rate; }
  double beta(double one, double other) {
    const double x = std::gamma_distribution<double>(one)(random_);
    const double y = std::gamma_distribution<double>(other)(random_);
    return x + y > 0.0 ? x / (x + y) : 0.0;
  }
  person& somebody() {
    const double place = uniform() * whole_;
    return *std::lower_bound(people_.begin(), people_.end(), place,
                             [](const person& one, double at) { return one.until < at; });
  }

  std::mt19937_64& random_;
  std::vector<person> people_;
  double whole_ = 0.0;
};

/// Two independent impressions of a rate each; every user has one.
void show_strangers(arm_moments& arm, int impressions, double rate, std::mt19937_64& random) {
  for (int i = 0; i < impressions; ++i) {
    const bool disliked = static_cast<double>(random() >> 11) * 0x1p-53 < rate;
    arm.add({1, disliked ? 1 : 0, 0, 0, 0});
  }
}

/// What somebody would do who looks at independent impressions, again and again.
bool naive_z_rejects(const arm_moments& control, const arm_moments& candidate) {
  const auto one = control.totals(), other = candidate.totals();
  const double n = static_cast<double>(one.impressions), m = static_cast<double>(other.impressions);
  const double pooled = static_cast<double>(one.dislikes + other.dislikes) / (n + m);
  const double difference = static_cast<double>(other.dislikes) / m - static_cast<double>(one.dislikes) / n;
  return std::abs(difference) > 1.96 * std::sqrt(pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m));
}

bool enough(const arm_moments& control, const arm_moments& candidate) {
  return std::min(control.users(), candidate.users()) >= sequential_test::least_users;
}

double mean(const std::vector<double>& of) {
  double sum = 0.0;
  for (const double one : of) sum += one;
  return sum / static_cast<double>(of.size());
}

double variance(const std::vector<double>& of) {
  const double centre = mean(of);
  double sum = 0.0;
  for (const double one : of) sum += (one - centre) * (one - centre);
  return sum / static_cast<double>(of.size() - 1);
}

const auto exact = boost::test_tools::tolerance(1e-12);

}  // namespace

BOOST_AUTO_TEST_SUITE(sequential)

BOOST_AUTO_TEST_CASE(moments_are_those_of_the_users_in_any_order) {
  const std::vector<user_counts> people{{3, 1, 2, 4, 1}, {7, 0, 1, 0, 0}, {1, 1, 0, 9, 3}};
  arm_moments forwards, backwards, grown;
  for (const user_counts& one : people) forwards.add(one);
  for (auto one = people.rbegin(); one != people.rend(); ++one) backwards.add(*one);
  for (const user_counts& one : people) {
    user_counts start{1, 0, 0, one.impressions_before, one.dislikes_before};
    grown.add(start);
    grown.replace(start, one);
  }
  BOOST_CHECK(forwards == backwards);
  BOOST_CHECK(forwards == grown);
  BOOST_TEST(forwards.users() == 3);
  BOOST_CHECK((forwards.totals() == user_counts{11, 2, 3, 13, 4}));
  BOOST_TEST(forwards.sum({1, -2, 0, 0, 0.5}) == 11 - 4 + 2.0);
  // (n - d) (l + 2 e) of each.
  BOOST_TEST(forwards.product({1, -1, 0, 0, 0}, {0, 0, 1, 0, 2}) == 2 * 4 + 7 * 1 + 0.0);
  BOOST_TEST(forwards.product({0, 0, 1, 0, 2}, {1, -1, 0, 0, 0}) == 15.0);
}

BOOST_AUTO_TEST_CASE(moments_read_back_as_they_were_written) {
  arm_moments all, read;
  all.add({3, 1, 2, 4, 1});
  all.add({7, 0, 1, 0, 0});
  record_writer out;
  all.write(out);
  out.end();
  const std::string text = out.take();
  record_reader in(text);
  BOOST_TEST(in.next());
  read.read(in);
  BOOST_TEST(in.ok());
  BOOST_CHECK(all == read);
}

BOOST_AUTO_TEST_CASE(independent_impressions_give_the_formula_of_the_binomial) {
  arm_moments control, candidate;
  for (int i = 0; i < 1'000; ++i) {
    control.add({1, i < 50 ? 1 : 0, 0, 0, 0});
    candidate.add({1, i < 40 ? 1 : 0, 0, 0, 0});
  }
  const auto seen = compare(control, candidate, rate_of::dislikes);
  BOOST_REQUIRE(seen);
  BOOST_TEST(seen->difference == -0.01, exact);
  const double p = 0.045, n = 1'000;
  // Squares about the pooled rate, each arm with its own mean, and n - 1 for n.
  BOOST_TEST(seen->variance == 2.0 * p * (1.0 - p) / (n - 1), exact);
  BOOST_TEST(seen->variance_reduction == 0.0);
  const double v = seen->variance * n, d = 0.01;
  const double l =
      std::sqrt(v / (v + n * tau * tau)) * std::exp(n * n * tau * tau * d * d / (2 * v * (v + n * tau * tau)));
  BOOST_TEST(log_likelihood_ratio(*seen, tau) == std::log(l), exact);
}

BOOST_AUTO_TEST_CASE(an_arm_with_too_little_says_nothing) {
  arm_moments one, other;
  one.add({1, 0, 0, 0, 0});
  BOOST_CHECK(!compare(one, other, rate_of::dislikes));
  one.add({1, 0, 0, 0, 0});
  other.add({0, 0, 0, 0, 0});
  other.add({0, 0, 0, 0, 0});
  BOOST_CHECK(!compare(one, other, rate_of::dislikes));
}

BOOST_AUTO_TEST_CASE(where_nobody_dislikes_anything_nothing_is_shown) {
  arm_moments one, other;
  for (int i = 0; i < 100; ++i) {
    one.add({5, 0, 0, 0, 0});
    other.add({5, 0, 0, 0, 0});
  }
  const auto seen = compare(one, other, rate_of::dislikes);
  BOOST_REQUIRE(seen);
  BOOST_TEST(seen->variance == 0.0);
  BOOST_TEST(sequential_test(tau).observe(*seen) == 1.0);
  BOOST_CHECK(!always_valid_interval(*seen, tau, alpha));
}

BOOST_AUTO_TEST_CASE(where_all_users_are_alike_nothing_is_shown) {
  arm_moments one, other;
  for (int i = 0; i < 100; ++i) {
    one.add({10, 1, 0, 0, 0});
    other.add({10, 1, 0, 0, 0});
  }
  const auto seen = compare(one, other, rate_of::dislikes);
  BOOST_TEST(seen->variance == 0.0);
  BOOST_CHECK(!always_valid_interval(*seen, tau, alpha));
}

BOOST_AUTO_TEST_CASE(an_arm_without_a_dislike_is_not_taken_for_one_without_variance) {
  arm_moments one, other;
  for (int i = 0; i < 100; ++i) {
    one.add({1, i < 10 ? 1 : 0, 0, 0, 0});
    other.add({1, 0, 0, 0, 0});
  }
  const double p = 0.05;
  BOOST_TEST(compare(one, other, rate_of::dislikes)->variance >= 2.0 * p * (1.0 - p) / 100);
}

BOOST_AUTO_TEST_CASE(p_never_rises) {
  sequential_test test(tau);
  const double low = test.observe({-0.02, 1e-5, 0.0});
  BOOST_TEST(low < 0.05);
  BOOST_TEST(test.observe({0.0, 1e-5, 0.0}) == low);
  BOOST_TEST(sequential_test(tau, low).observe({0.0, 1e-5, 0.0}) == low);
}

BOOST_AUTO_TEST_CASE(the_interval_excludes_zero_exactly_when_the_ratio_passes_one_over_alpha) {
  for (double difference = -0.03; difference < 0.03; difference += 0.0007) {
    const arm_comparison seen{difference, 2e-5, 0.0};
    const auto interval = always_valid_interval(seen, tau, alpha);
    const bool excluded = interval->low > 0.0 || interval->high < 0.0;
    BOOST_TEST(excluded == (log_likelihood_ratio(seen, tau) > std::log(1.0 / alpha)));
  }
}

BOOST_AUTO_TEST_CASE(users_lost_on_one_side_are_noticed) {
  BOOST_TEST(learning::sample_ratio_p(5'000, 5'050, 0.5, 0.5) > 0.5);
  BOOST_TEST(learning::sample_ratio_p(5'000, 4'500, 0.5, 0.5) < 1e-6);
  BOOST_TEST(learning::sample_ratio_p(1'000, 9'000, 0.1, 0.9) == 1.0);
  BOOST_TEST(learning::sample_ratio_p(0, 0, 0.5, 0.5) == 1.0);
}

BOOST_AUTO_TEST_SUITE_END()

/// What the figures promise, by trial. Users have a taste each and come unequally often.
BOOST_AUTO_TEST_SUITE(sequential_by_trial)

BOOST_AUTO_TEST_CASE(with_no_difference_whoever_keeps_looking_is_misled_no_more_than_alpha) {
  constexpr int experiments = 2'000, looks = 50, step = 100;
  std::mt19937_64 random(1);
  int rejected = 0, naively = 0, uncovered = 0;
  for (int i = 0; i < experiments; ++i) {
    crowd control(300, 0.05, 0.05, random), candidate(300, 0.05, 0.05, random);
    if (i % 2 == 0) {
      control.live(1'500);
      candidate.live(1'500);
    }
    sequential_test test(tau);
    bool naive = false, outside = false;
    for (int look = 0; look < looks; ++look) {
      control.show(step);
      candidate.show(step);
      if (!enough(control.moments, candidate.moments)) continue;
      const auto seen = compare(control.moments, candidate.moments, rate_of::dislikes);
      test.observe(*seen);
      naive = naive || naive_z_rejects(control.moments, candidate.moments);
      const auto interval = always_valid_interval(*seen, tau, alpha);
      outside = outside || (interval && (interval->low > 0.0 || interval->high < 0.0));
    }
    if (test.p() <= alpha) ++rejected;
    if (naive) ++naively;
    if (outside) ++uncovered;
  }
  BOOST_TEST_MESSAGE("type I under peeking: " << rejected << ", naive z: " << naively << " of " << experiments);
  BOOST_TEST(rejected <= alpha * experiments);
  BOOST_TEST(uncovered <= alpha * experiments);
  // The control: so would the usual test.
  BOOST_TEST(naively > 5 * alpha * experiments);
}

BOOST_AUTO_TEST_CASE(a_fifth_fewer_dislikes_are_found_within_twenty_thousand_impressions) {
  constexpr int experiments = 200, step = 100, most = 20'000;
  std::mt19937_64 random(2);
  int found = 0;
  std::vector<int> needed;
  for (int i = 0; i < experiments; ++i) {
    arm_moments control, candidate;
    sequential_test test(tau);
    int shown = 0;
    while (shown < most && test.p() > alpha) {
      show_strangers(control, step, 0.05, random);
      show_strangers(candidate, step, 0.04, random);
      shown += step;
      test.observe(*compare(control, candidate, rate_of::dislikes));
    }
    if (test.p() <= alpha) {
      ++found;
      BOOST_TEST(compare(control, candidate, rate_of::dislikes)->difference < 0.0);
    }
    needed.push_back(shown);
  }
  std::nth_element(needed.begin(), needed.begin() + experiments / 2, needed.end());
  const int median = needed[experiments / 2];
  BOOST_TEST_MESSAGE("power: " << found << " of " << experiments << ", median " << median << " per arm");
  BOOST_TEST(found >= 0.9 * experiments);
  BOOST_TEST(median > 4'500);
  BOOST_TEST(median < 8'500);
}

BOOST_AUTO_TEST_CASE(the_users_past_makes_the_estimate_sharper_and_moves_it_nowhere) {
  constexpr int experiments = 600;
  std::mt19937_64 random(3);
  std::vector<double> plain, adjusted, claimed;
  double reduction = 0.0;
  for (int i = 0; i < experiments; ++i) {
    crowd control(300, 0.05, 0.15, random), candidate(300, 0.05, 0.15, random);
    control.live(6'000);
    candidate.live(6'000);
    control.show(6'000);
    candidate.show(6'000, 0.8);
    const auto seen = compare(control.moments, candidate.moments, rate_of::dislikes);
    const auto one = control.moments.totals(), other = candidate.moments.totals();
    plain.push_back(static_cast<double>(other.dislikes) / static_cast<double>(other.impressions) -
                    static_cast<double>(one.dislikes) / static_cast<double>(one.impressions));
    adjusted.push_back(seen->difference);
    claimed.push_back(seen->variance);
    reduction += seen->variance_reduction / experiments;
  }
  BOOST_TEST_MESSAGE("plain " << mean(plain) << ", adjusted " << mean(adjusted) << "; variance " << variance(plain)
                              << ", " << variance(adjusted) << ", claimed " << mean(claimed) << ", reduction "
                              << reduction);
  BOOST_TEST(reduction > 0.2);
  BOOST_TEST(std::abs(mean(adjusted) + 0.01) < 3.0 * std::sqrt(variance(adjusted) / experiments));
  BOOST_TEST(variance(adjusted) < (1.0 - 0.5 * reduction) * variance(plain));
  BOOST_TEST(mean(claimed) == variance(adjusted), boost::test_tools::tolerance(0.2));
}

BOOST_AUTO_TEST_SUITE_END()
