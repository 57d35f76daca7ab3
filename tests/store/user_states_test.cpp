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
  reason_state odd{"wrong_genre", 7, {-0.1 - 0.2, at(123), 30.5}, id_at(9)};
  const feature_state put = state("genre:Film-Noir \xE5\xBC\xA0", {odd});
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
  BOOST_CHECK_THROW(states_in("genre:Horror\twrong_genre\tmany\t0\t0\t0\t0\n"), std::runtime_error);
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
  const feature_state put = state("cast:A", {{"poor_quality", 3, {}, 0}});
  const feature_state* changed[] = {&put};
  const std::string text = with_states("", changed);
  BOOST_TEST(text == "cast:A\tpoor_quality\t3\n");
  BOOST_CHECK(states_in(text) == std::vector<feature_state>{put});
}

BOOST_AUTO_TEST_SUITE_END()
