#include "domain/feature.hpp"
#include "store/user_states.hpp"
#include "store_home.hpp"

#include <set>

using namespace demur;
using namespace demur::store;

namespace {

feature_state state(const std::string& feature, std::vector<reason_state> by_reason) {
  return {feature, std::move(by_reason)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(packed_user_states)

BOOST_AUTO_TEST_CASE(a_state_reads_back_to_the_bit) {
  reason_state odd{"wrong_genre", 7, {-0.1 - 0.2, at(123), 30.5}, id_at(9), {}};
  const feature_state put = state("genre:Film-Noir \xE5\xBC\xA0", {odd});
  const feature_state* changed[] = {&put};
  BOOST_CHECK(states_in(with_states("", changed)) == std::vector<feature_state>{put});
}

BOOST_AUTO_TEST_CASE(a_rise_reads_back_to_the_bit_beside_a_sum_or_alone) {
  reason_state both{"wrong_genre", 7, {-0.1 - 0.2, at(123), 30.5}, id_at(9), {}};
  both.rise = rising_weight{at(456), -0.1 - 0.2, {14.25, 0.1 + 0.2}};
  reason_state alone{"cooldown", 0, {}, 0, rising_weight{at(-456), -1.0, {for_ever, 0.0}}};
  reason_state none{"poor_quality", 1, {-1.0, at(1), 0.0}, id_at(3), {}};
  const feature_state put = state("movie:603", {alone, none, both});
  const feature_state* changed[] = {&put};
  BOOST_CHECK(states_in(with_states("", changed)) == std::vector<feature_state>{put});
}

BOOST_AUTO_TEST_CASE(a_changed_state_replaces_its_lines_and_leaves_the_others) {
  const auto a = state("cast:A", {counted("x", 1, -0.5, 0)}), b = state("cast:B", {counted("x", 1, -0.5, 0)}),
             c = state("cast:C", {counted("x", 1, -0.5, 0), counted("y", 2, 0.0, 0)});
  const feature_state* all[] = {&a, &b, &c};
  const auto more = state("cast:B", {counted("w", 3, -1.0, 0), counted("x", 2, -0.7, 0)}), gone = state("cast:C", {});
  const feature_state* changed[] = {&more, &gone};
  const auto left = states_in(with_states(with_states("", all), changed));
  BOOST_CHECK((left == std::vector<feature_state>{a, more}));
}

BOOST_AUTO_TEST_CASE(a_row_that_does_not_read_is_an_error) {
  BOOST_CHECK_THROW(states_in("wrong_genre\n30\ngenre:Horror\t0\tma-ny\t0\t0\t0\t0\n"), std::exception);
  BOOST_CHECK_THROW(states_in("wrong_genre\nlong\ngenre:Horror\t0\t1\n"), std::exception);
  BOOST_CHECK_THROW(states_in("wrong_genre\n30\ngenre:Horror\t1\t1\n"), std::exception);
  BOOST_CHECK_THROW(states_in("wrong_genre\n30\ngenre:Horror\t-1\t1\n"), std::exception);
  BOOST_CHECK_THROW(states_in("wrong_genre\n30\ngenre:Horror\tzzzzzzzzzzzz\t1\n"), std::exception);
  BOOST_CHECK_THROW(with_states("genre:Drama\twrong_genre\t1\ngenre:Horror\twrong_genre\t1\n", {}), std::exception);
  BOOST_CHECK_THROW(states_in("wrong_genre\n30\ngenre:Horror\t0\t1\t-1\t0\t1\n"), std::exception);
  BOOST_CHECK_THROW(states_in("wrong_genre\n30\ngenre:Horror\t0\t1\t-1\t0\t0\t0\t1\t-1\t14\n"), std::exception);
}

BOOST_AUTO_TEST_CASE(reasons_and_half_lives_are_said_once_and_lines_that_stay_keep_their_numbers) {
  const auto of = [](const std::string& feature, const std::string& reason, double half_life_days) {
    return state(feature, {{reason, 1, {-0.5, at(123), half_life_days}, 0, {}}});
  };
  const auto a = of("cast:A", "x", 30.0), b = of("cast:B", "y", 30.0), c = of("cast:C", "x", 7.5);
  const feature_state *first[] = {&b}, *then[] = {&a, &c};
  const std::string text = with_states(with_states("", first), then);
  BOOST_TEST(text.starts_with("y\tx\n30\t7.5\ncast:A\t1\t"), text);
  BOOST_CHECK((states_in(text) == std::vector<feature_state>{a, b, c}));
}

BOOST_AUTO_TEST_CASE(one_more_part_moves_features_of_one_part_only) {
  for (std::int64_t parts = 1; parts < 40; ++parts) {
    std::set<std::int64_t> sources;
    for (int i = 0; i < 500; ++i) {
      const std::string feature = feature_name("cast", "Actor " + std::to_string(i));
      const auto before = part_of(feature, parts), after = part_of(feature, parts + 1);
      BOOST_REQUIRE(after <= parts);
      if (before == after) continue;
      BOOST_REQUIRE_EQUAL(after, parts);
      sources.insert(before);
    }
    BOOST_TEST(sources.size() <= 1U);
  }
  BOOST_TEST(part_of(tally_feature, 39) == 0);
}

BOOST_AUTO_TEST_CASE(what_was_only_counted_takes_no_more_than_its_count) {
  const feature_state put = state("cast:A", {{"poor_quality", 3, {}, 0, {}}});
  const feature_state* changed[] = {&put};
  const std::string text = with_states("", changed);
  BOOST_TEST(text == "poor_quality\n\ncast:A\t0\t3\n");
  BOOST_CHECK(states_in(text) == std::vector<feature_state>{put});
}

BOOST_AUTO_TEST_SUITE_END()
