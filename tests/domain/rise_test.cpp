#include "domain/feature.hpp"
#include "domain/user_state.hpp"
#include "domain/weights.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

using namespace demur;
using std::chrono::days;
using std::chrono::milliseconds;

namespace {

const timestamp new_year = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
constexpr double floor_of_weights = 0.05;
constexpr double unhide_below = 0.25;
const auto exact = boost::test_tools::tolerance(1e-12);
/// To a fifth, for a fortnight, then back in twenty weeks.
constexpr straight_rise slow{14.0, 140.0};
constexpr double to_a_fifth = -0.8;

double read(const rising_weight& rise, timestamp now) { return weight(log_weight(rise, now), 0.0, floor_of_weights); }

dislike of_ann(int day) {
  dislike row;
  row.dislike_id = 1 + day;
  row.user_id = "ann";
  row.movie_id = 12;
  row.movie_title = "Saw";
  row.reason = "cooldown";
  row.created_at = new_year + days{day};
  row.half_life_days = 30.0;
  return row;
}

recorded_impact rising(const std::string& type, const std::string& feature, double magnitude, straight_rise along) {
  recorded_impact made;
  made.row.impact_type = type;
  made.row.feature_affected = feature;
  made.row.adjustment_magnitude = magnitude;
  made.rise = along;
  return made;
}

case_entry hidden_on(int day, double for_days) {
  case_entry entry;
  entry.row = of_ann(day);
  entry.impacts.push_back(rising(std::string(filter_impact), "movie:12", 0.0, {for_days, 0.0}));
  return entry;
}

std::optional<hiding> hiding_of(const user_state& user, timestamp now) {
  return hidden(*find_state(user, "movie:12"), unhide_below, now);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rising_weights)

BOOST_AUTO_TEST_CASE(a_rise_holds_then_goes_back_in_a_straight_line) {
  const rising_weight rise{new_year, to_a_fifth, slow};
  BOOST_TEST(read(rise, new_year) == 0.2, exact);
  BOOST_TEST(read(rise, new_year + days{14} - milliseconds{1}) == 0.2, exact);
  BOOST_TEST(read(rise, new_year + days{14}) == 0.2, exact);
  BOOST_TEST(read(rise, new_year + days{49}) == 0.4, exact);   // a quarter of 140 days
  BOOST_TEST(read(rise, new_year + days{84}) == 0.6, exact);   // half
  BOOST_TEST(read(rise, new_year + days{119}) == 0.8, exact);  // three quarters
  BOOST_TEST(log_weight(rise, new_year + days{154}) == 0.0);
  BOOST_TEST(log_weight(rise, new_year + days{10'000}) == 0.0);
}

BOOST_AUTO_TEST_CASE(what_lies_in_the_future_holds_already_as_what_fades_by_halves_does) {
  BOOST_TEST(read({new_year, to_a_fifth, slow}, new_year - days{3}) == 0.2, exact);
}

BOOST_AUTO_TEST_CASE(a_rise_of_no_days_ends_with_its_hold_and_one_for_ever_never) {
  const rising_weight step{new_year, -0.5, {2.0, 0.0}}, stays{new_year, -0.5, {for_ever, 0.0}};
  BOOST_TEST(read(step, new_year + days{2} - milliseconds{1}) == 0.5, exact);
  BOOST_TEST(read(step, new_year + days{2}) == 1.0);
  BOOST_TEST(read(stays, new_year + days{36'500}) == 0.5, exact);
}

BOOST_AUTO_TEST_CASE(a_rise_of_minus_one_is_nearly_all_and_finite) {
  BOOST_TEST(weight(log_weight({new_year, -1.0, slow}, new_year), 0.0, 0.0) == 1e-9,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(a_rise_multiplies_what_fades_by_halves) {
  feature_state state{"genre:Horror", {}};
  state_of(state, "wrong_genre").sum.add(log_term(-0.5), new_year, 30.0);
  state_of(state, "cooldown").rise = rising_weight{new_year, to_a_fifth, slow};
  BOOST_TEST(weight(log_weight(state, new_year), 0.0, floor_of_weights) == 0.1, exact);
}

BOOST_AUTO_TEST_CASE(of_several_rises_the_newest_counts_in_whatever_order_they_come) {
  struct told {
    int day;
    double magnitude;
    straight_rise along;
  };
  // The last two have one time: the stronger counts, and of two as strong the longer.
  std::vector<told> all = {{0, -0.9, {100.0, 100.0}},
                           {5, -0.3, slow},
                           {9, -0.6, {3.0, 10.0}},
                           {9, -0.6, {for_ever, 0.0}},
                           {9, -0.2, {50.0, 50.0}}};
  const auto by_everything = [](const told& one, const told& other) {
    return std::tuple(one.day, one.magnitude, one.along.hold_days) <
           std::tuple(other.day, other.magnitude, other.along.hold_days);
  };
  std::ranges::sort(all, by_everything);
  do {
    user_state user{"ann", {}};
    for (const told& one : all)
      move_weight(user, of_ann(one.day), rising("genre_weight", "genre:Horror", one.magnitude, one.along));
    const auto& kept = find_state(user, "genre:Horror")->by_reason.front().rise;
    BOOST_TEST_REQUIRE(kept.has_value());
    BOOST_TEST_REQUIRE((*kept == rising_weight{new_year + days{9}, -0.6, {for_ever, 0.0}}));
  } while (std::next_permutation(all.begin(), all.end(), by_everything));
}

BOOST_AUTO_TEST_CASE(an_item_that_is_hidden_for_some_days_shows_again_then) {
  user_state user{"ann", {}};
  fold(user, hidden_on(0, 7.0), 1.0);
  const auto now = hiding_of(user, new_year);
  BOOST_TEST_REQUIRE(now.has_value());
  BOOST_TEST((now->until == new_year + days{7}));
  BOOST_TEST(now->reason == "cooldown");
  BOOST_TEST(hiding_of(user, new_year + days{7}).has_value());
  BOOST_TEST(!hiding_of(user, new_year + days{7} + milliseconds{1}).has_value());

  // Again: from then on.
  fold(user, hidden_on(5, 7.0), 1.0);
  BOOST_TEST((hiding_of(user, new_year + days{6})->until == new_year + days{12}));
}

BOOST_AUTO_TEST_CASE(an_item_that_is_hidden_for_ever_stays_so) {
  user_state user{"ann", {}};
  fold(user, hidden_on(0, for_ever), 1.0);
  const auto then = hiding_of(user, new_year + days{36'500});
  BOOST_TEST_REQUIRE(then.has_value());
  BOOST_TEST(!then->until.has_value());
}

BOOST_AUTO_TEST_CASE(a_filter_without_days_moves_nothing_as_its_dislike_says_it) {
  user_state user{"ann", {}}, as_counted{"ann", {}};
  case_entry entry = hidden_on(0, 7.0);
  entry.impacts.front().rise.reset();
  fold(user, entry, 1.0);
  count_dislike(as_counted, entry.row, 1.0);
  BOOST_TEST((user == as_counted));
}

BOOST_AUTO_TEST_CASE(what_comes_later_moves_weights_and_counts_nothing) {
  case_entry entry = hidden_on(0, 7.0);
  entry.impacts.push_back(rising("genre_weight", "genre:Horror", to_a_fifth, slow));
  user_state at_once{"ann", {}}, in_two{"ann", {}};
  fold(at_once, entry, 1.0);
  case_entry first = entry, later = entry;
  first.impacts.clear();
  later.readjustment_id = 99;
  fold(in_two, first, 1.0);
  BOOST_TEST((in_two != at_once));
  fold(in_two, later, 1.0);
  BOOST_TEST((in_two == at_once));
  BOOST_TEST(later.entry_id() == 99);
  BOOST_TEST(first.entry_id() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
