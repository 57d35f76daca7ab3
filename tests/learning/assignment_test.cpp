#include "learning/assignment.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <vector>

using namespace demur;
using learning::assigned_arm;
using learning::assignment_position;

namespace {

std::string user(int number) { return "user" + std::to_string(number); }

/// Sum of (found - expected)^2 / expected.
template <class Counts>
double chi_square(const Counts& found, double expected) {
  double sum = 0.0;
  for (const int count : found) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(assignment)

BOOST_AUTO_TEST_CASE(a_user_stays_where_he_is_in_every_release) {
  // Written down once: another hash would move users to other arms in the middle of an experiment.
  BOOST_TEST(assignment_position(1, "ada") == 0x1.019dd09aae5eep-2);
  BOOST_TEST(assignment_position(374974989230080, "ada") == 0x1.04609ca8755eap-2);
}

BOOST_AUTO_TEST_CASE(users_lie_evenly_in_the_unit_interval) {
  constexpr int users = 100'000;
  std::array<int, 100> cells{};
  for (int i = 0; i < users; ++i) {
    const double place = assignment_position(7, user(i));
    BOOST_TEST_REQUIRE(place >= 0.0);
    BOOST_TEST_REQUIRE(place < 1.0);
    ++cells[static_cast<std::size_t>(place * 100.0)];
  }
  // 99 degrees of freedom: above 148.2 with a probability of .001.
  BOOST_TEST(chi_square(cells, users / 100.0) < 148.2);
}

BOOST_AUTO_TEST_CASE(two_experiments_divide_the_users_independently) {
  constexpr int users = 100'000;
  std::array<int, 64> cells{};
  for (int i = 0; i < users; ++i) {
    const auto one = static_cast<std::size_t>(assignment_position(7, user(i)) * 8.0);
    const auto other = static_cast<std::size_t>(assignment_position(8, user(i)) * 8.0);
    ++cells[8 * one + other];
  }
  // 63 degrees of freedom.
  BOOST_TEST(chi_square(cells, users / 64.0) < 103.4);
}

BOOST_AUTO_TEST_CASE(the_arms_get_their_shares) {
  constexpr int users = 100'000;
  const std::vector<double> shares{0.2, 0.6, 0.2};
  std::array<int, 3> arms{};
  for (int i = 0; i < users; ++i) ++arms[assigned_arm(9, user(i), shares)];
  double sum = 0.0;
  for (std::size_t arm = 0; arm < arms.size(); ++arm) {
    const double expected = users * shares[arm];
    sum += (arms[arm] - expected) * (arms[arm] - expected) / expected;
  }
  BOOST_TEST(sum < 13.8);
}

BOOST_AUTO_TEST_CASE(shares_count_relative_to_their_sum) {
  for (int i = 0; i < 1'000; ++i)
    BOOST_TEST_REQUIRE(assigned_arm(9, user(i), std::vector{1.0, 3.0}) ==
                       assigned_arm(9, user(i), std::vector{0.25, 0.75}));
}

BOOST_AUTO_TEST_CASE(a_single_arm_has_everybody) { BOOST_TEST(assigned_arm(9, "ada", std::vector{0.5}) == 0U); }

BOOST_AUTO_TEST_SUITE_END()
