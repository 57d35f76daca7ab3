#include "domain/faded_sum.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <vector>

using namespace demur;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;

namespace {

const timestamp new_year = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
constexpr double month = 30.0;
const auto exact = boost::test_tools::tolerance(1e-13);

struct term {
  double value;
  timestamp when;
};

faded_sum sum_of(const std::vector<term>& terms, double half_life_days = month) {
  faded_sum sum;
  for (const term& one : terms) sum.add(one.value, one.when, half_life_days);
  return sum;
}

/// Terms of a hundred days, to the millisecond.
std::vector<term> random_terms(std::mt19937_64& random, std::size_t count) {
  std::uniform_real_distribution<double> value(-0.7, 0.0);
  std::uniform_int_distribution<std::int64_t> age(0, 100 * 86'400'000LL);
  std::vector<term> terms(count);
  for (term& one : terms) one = {value(random), new_year + milliseconds(age(random))};
  return terms;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fading_of_one_thing)

BOOST_AUTO_TEST_CASE(half_is_left_after_a_half_life) {
  BOOST_TEST(fading(days{0}, month) == 1.0);
  BOOST_TEST(fading(days{30}, month) == 0.5);
  BOOST_TEST(fading(days{60}, month) == 0.25);
  BOOST_TEST(fading(days{300}, month) == 1.0 / 1024.0);
  // 2^(-1/2)
  BOOST_TEST(fading(days{15}, month) == 0.70710678118654752, exact);
  // 2^(-1/24): a half-life of one day, one hour on
  BOOST_TEST(fading(hours{1}, 1.0) == 0.97153194115360586, exact);
}

BOOST_AUTO_TEST_CASE(a_half_life_of_0_never_fades) {
  BOOST_TEST(fading(days{0}, 0.0) == 1.0);
  BOOST_TEST(fading(days{36'500}, 0.0) == 1.0);
}

BOOST_AUTO_TEST_CASE(what_lies_in_the_future_has_not_begun_to_fade) { BOOST_TEST(fading(days{-30}, month) == 1.0); }

BOOST_AUTO_TEST_CASE(a_millisecond_is_enough_to_be_less) {
  BOOST_TEST(fading(milliseconds{1}, month) < 1.0);
  BOOST_TEST(fading(milliseconds{1}, month) > 0.999'999'999);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(faded_sums)

BOOST_AUTO_TEST_CASE(an_empty_sum_is_0_at_any_time) {
  BOOST_TEST(faded_sum{}.at(new_year) == 0.0);
  BOOST_TEST(faded_sum{}.at(new_year - days{1'000}) == 0.0);
}

BOOST_AUTO_TEST_CASE(each_term_fades_from_its_own_time) {
  // At day 60 the first has passed two half-lives, the second one: 8/4 + 4/2.
  const faded_sum sum = sum_of({{8.0, new_year}, {4.0, new_year + days{30}}});
  BOOST_TEST(sum.at(new_year + days{60}) == 4.0);
  // At day 30 itself: 8/2 + 4.
  BOOST_TEST(sum.at(new_year + days{30}) == 8.0);
}

BOOST_AUTO_TEST_CASE(a_term_that_comes_late_counts_as_if_it_had_come_in_time) {
  const faded_sum in_time = sum_of({{8.0, new_year}, {4.0, new_year + days{30}}});
  const faded_sum late = sum_of({{4.0, new_year + days{30}}, {8.0, new_year}});
  BOOST_TEST((in_time == late));
}

BOOST_AUTO_TEST_CASE(a_late_term_leaves_the_reference_at_the_newest) {
  const faded_sum sum = sum_of({{1.0, new_year + days{30}}, {1.0, new_year}});
  BOOST_TEST((sum.reference_at == new_year + days{30}));
  BOOST_TEST(sum.value == 1.5);
}

BOOST_AUTO_TEST_CASE(the_order_of_arrival_does_not_matter) {
  std::mt19937_64 random(20'260'101);
  for (int round = 0; round < 200; ++round) {
    std::vector<term> terms = random_terms(random, 1 + static_cast<std::size_t>(round % 40));
    const timestamp later = new_year + days{120};
    const double expected = sum_of(terms).at(later);
    std::shuffle(terms.begin(), terms.end(), random);
    BOOST_TEST(sum_of(terms).at(later) == expected, exact);
  }
}

BOOST_AUTO_TEST_CASE(a_sum_is_what_its_terms_add_up_to_one_by_one) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 100; ++round) {
    const std::vector<term> terms = random_terms(random, 25);
    const timestamp later = new_year + days{100} + hours{round};
    double expected = 0.0;
    for (const term& one : terms)
      expected += one.value * std::exp2(-static_cast<double>((later - one.when).count()) / (month * 86'400'000.0));
    BOOST_TEST(sum_of(terms).at(later) == expected, exact);
  }
}

BOOST_AUTO_TEST_CASE(the_sums_of_two_nodes_add_up_to_the_sum_of_one) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 100; ++round) {
    const std::vector<term> terms = random_terms(random, 30);
    faded_sum here;
    faded_sum there;
    for (const term& one : terms) (random() % 2 == 0 ? here : there).add(one.value, one.when, month);
    const timestamp later = new_year + days{101};
    // What a node takes over from another is one term of that sum's time.
    faded_sum both = here;
    both.add(there.value, there.reference_at, there.half_life_days);
    BOOST_TEST(both.at(later) == sum_of(terms).at(later), exact);
  }
}

BOOST_AUTO_TEST_CASE(when_the_half_life_changes_old_terms_keep_the_old_one_until_then) {
  faded_sum sum;
  sum.add(8.0, new_year, 30.0);
  // 30 days at 30 days a half-life leave 4 of the 8; with the new 4 that is 8.
  sum.add(4.0, new_year + days{30}, 10.0);
  BOOST_TEST(sum.at(new_year + days{30}) == 8.0);
  // From there on all of it halves in 10 days.
  BOOST_TEST(sum.at(new_year + days{40}) == 4.0);
  BOOST_TEST(sum.at(new_year + days{60}) == 1.0);
}

BOOST_AUTO_TEST_CASE(what_never_faded_fades_from_the_change_on) {
  faded_sum sum;
  sum.add(6.0, new_year, 0.0);
  sum.add(2.0, new_year + days{300}, 30.0);
  BOOST_TEST(sum.at(new_year + days{300}) == 8.0);
  BOOST_TEST(sum.at(new_year + days{330}) == 4.0);
}

BOOST_AUTO_TEST_CASE(a_sum_without_fading_is_a_plain_sum) {
  const faded_sum sum = sum_of({{1.0, new_year}, {2.0, new_year + days{900}}, {4.0, new_year - days{900}}}, 0.0);
  BOOST_TEST(sum.at(new_year + days{9'000}) == 7.0);
}

BOOST_AUTO_TEST_CASE(terms_that_cancel_leave_an_empty_sum_to_start_from) {
  faded_sum sum = sum_of({{1.0, new_year + days{30}}, {-1.0, new_year + days{30}}});
  BOOST_TEST(sum.at(new_year + days{60}) == 0.0);
  sum.add(2.0, new_year, month);
  BOOST_TEST(sum.at(new_year + days{30}) == 1.0);
}

BOOST_AUTO_TEST_CASE(a_sum_fades_to_nothing_and_no_further) {
  const faded_sum sum = sum_of({{-1.0, new_year}});
  BOOST_TEST(sum.at(new_year + days{365 * 200}) == 0.0);
}

BOOST_AUTO_TEST_SUITE_END()
