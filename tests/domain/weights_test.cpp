#include "domain/weights.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cmath>
#include <string>

using namespace demur;
using std::chrono::days;
using std::chrono::milliseconds;

namespace {

const timestamp new_year = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
constexpr double month = 30.0;
constexpr double floor_of_weights = 0.05;
constexpr double wrong_genre = -0.15;
const auto exact = boost::test_tools::tolerance(1e-14);

void adjust(feature_state& state, std::string_view reason, double magnitude, timestamp when,
            double half_life_days = month) {
  state_of(state, reason).sum.add(log_term(magnitude), when, half_life_days);
}

double read(const feature_state& state, timestamp now) { return weight(log_weight(state, now), 0.0, floor_of_weights); }

feature_state horror_of_ann() { return {"genre:Horror", {}}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(weights_of_a_user)

BOOST_AUTO_TEST_CASE(a_feature_that_nobody_adjusted_has_weight_1) {
  BOOST_TEST(read(horror_of_ann(), new_year) == 1.0);
}

BOOST_AUTO_TEST_CASE(one_fresh_wrong_genre_gives_0_85_and_two_0_7225) {
  feature_state state = horror_of_ann();
  adjust(state, "wrong_genre", wrong_genre, new_year);
  BOOST_TEST(read(state, new_year) == 0.85, exact);
  adjust(state, "wrong_genre", wrong_genre, new_year);
  BOOST_TEST(read(state, new_year) == 0.7225, exact);  // 0.85 * 0.85
}

BOOST_AUTO_TEST_CASE(reasons_multiply) {
  feature_state state = horror_of_ann();
  adjust(state, "wrong_genre", wrong_genre, new_year);
  adjust(state, "not_interested", -0.075, new_year);
  BOOST_TEST(read(state, new_year) == 0.78625, exact);  // 0.85 * 0.925
  adjust(state, "poor_quality", -0.10, new_year);
  BOOST_TEST(read(state, new_year) == 0.707625, exact);  // * 0.9
}

BOOST_AUTO_TEST_CASE(after_a_half_life_a_weight_has_gone_half_the_way_back_in_logs) {
  feature_state state = horror_of_ann();
  adjust(state, "wrong_genre", wrong_genre, new_year);
  BOOST_TEST(read(state, new_year + days{30}) == 0.92195444572928873, exact);  // sqrt(0.85)
  BOOST_TEST(read(state, new_year + days{60}) == 0.96018458940418783, exact);  // its sqrt again
}

BOOST_AUTO_TEST_CASE(a_weight_returns_to_1_by_itself) {
  feature_state state = horror_of_ann();
  for (int times = 0; times < 100; ++times) adjust(state, "wrong_genre", wrong_genre, new_year);
  BOOST_TEST(read(state, new_year + days{30 * 60}) == 1.0, exact);
}

BOOST_AUTO_TEST_CASE(each_reason_fades_with_its_own_half_life) {
  feature_state state = horror_of_ann();
  adjust(state, "wrong_genre", -0.5, new_year, 30.0);
  adjust(state, "not_interested", -0.5, new_year, 0.0);
  // 2^(-1/2) of the one, all of the other: 0.5^0.5 * 0.5
  BOOST_TEST(read(state, new_year + days{30}) == 0.35355339059327376, exact);
  BOOST_TEST(read(state, new_year + days{36'500}) == 0.5, exact);
}

BOOST_AUTO_TEST_CASE(the_floor_holds_when_reading_only) {
  feature_state state = horror_of_ann();
  // 0.85^20 = 0.0388 is below the floor.
  for (int times = 0; times < 20; ++times) adjust(state, "wrong_genre", wrong_genre, new_year);
  BOOST_TEST(read(state, new_year) == floor_of_weights);
  BOOST_TEST(log_weight(state, new_year) == 20.0 * std::log(0.85), exact);
  // Nothing was cut off: one half-life later it reads 0.85^10, not the root of the floor.
  BOOST_TEST(read(state, new_year + days{30}) == 0.19687440434072263, exact);
}

BOOST_AUTO_TEST_CASE(a_praise_is_undone_by_its_reverse_and_not_by_the_floor) {
  feature_state state = horror_of_ann();
  adjust(state, "liked_after_all", 0.25, new_year);
  BOOST_TEST(read(state, new_year) == 1.25, exact);
  adjust(state, "wrong_genre", -0.2, new_year);
  BOOST_TEST(read(state, new_year) == 1.0, exact);  // 1.25 * 0.8
}

BOOST_AUTO_TEST_CASE(a_magnitude_of_minus_1_reads_as_nearly_all_and_stays_finite) {
  BOOST_TEST(std::isfinite(log_term(-1.0)));
  BOOST_TEST(log_term(-1.0) < std::log(1e-8));
  BOOST_TEST(log_term(-1.0) == log_term(-0.999'999'999));
  feature_state state = horror_of_ann();
  adjust(state, "wrong_genre", -1.0, new_year);
  BOOST_TEST(read(state, new_year) == floor_of_weights);
  // 2^-10 of ln(1e-9) = -20.723..., which is exp(-0.020237...)
  BOOST_TEST(read(state, new_year + days{300}) == 0.97996615, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(a_magnitude_of_0_changes_nothing) {
  feature_state state = horror_of_ann();
  adjust(state, "wrong_genre", 0.0, new_year);
  BOOST_TEST(read(state, new_year) == 1.0);
  adjust(state, "wrong_genre", wrong_genre, new_year);
  adjust(state, "wrong_genre", 0.0, new_year);
  BOOST_TEST(read(state, new_year) == 0.85, exact);
}

BOOST_AUTO_TEST_CASE(the_part_of_a_reason_is_one_and_their_order_is_by_name) {
  feature_state state = horror_of_ann();
  state_of(state, "wrong_genre").dislikes = 3;
  state_of(state, "not_interested").dislikes = 2;
  state_of(state, "poor_quality").dislikes = 1;
  ++state_of(state, "wrong_genre").dislikes;
  BOOST_TEST_REQUIRE(state.by_reason.size() == 3U);
  BOOST_TEST(state.by_reason[0].reason == "not_interested");
  BOOST_TEST(state.by_reason[1].reason == "poor_quality");
  BOOST_TEST(state.by_reason[2].reason == "wrong_genre");
  BOOST_TEST(state.by_reason[2].dislikes == 4);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(weights_that_all_share)

BOOST_AUTO_TEST_CASE(personal_and_shared_weights_multiply_before_the_floor) {
  model shared;
  shared.shared_log_weights["genre:Horror"] = std::log(0.8);
  BOOST_TEST(shared_log_weight(shared, "genre:Horror") == std::log(0.8));
  BOOST_TEST(shared_log_weight(shared, "genre:Drama") == 0.0);
  BOOST_TEST(weight(std::log(0.85), std::log(0.8), floor_of_weights) == 0.68, exact);
  BOOST_TEST(weight(std::log(0.1), std::log(0.1), floor_of_weights) == floor_of_weights);
  // Each alone would be under the floor, but not the product.
  BOOST_TEST(weight(std::log(0.04), std::log(2.0), floor_of_weights) == 0.08, exact);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(weights_of_training_examples)

BOOST_AUTO_TEST_CASE(a_fresh_example_weighs_the_multiplier_and_half_a_half_life_later) {
  const settings::weights_section chosen;
  BOOST_TEST(example_weight(chosen, days{0}) == 0.8);
  BOOST_TEST(example_weight(chosen, days{30}) == 0.4);
  BOOST_TEST(example_weight(chosen, days{15}) == 0.56568542494923802, exact);  // 0.8 / sqrt(2)
}

BOOST_AUTO_TEST_CASE(multiplier_and_half_life_are_settings) {
  settings::weights_section chosen;
  chosen.dislike_weight_multiplier = 0.5;
  chosen.example_half_life_days = 0.0;
  BOOST_TEST(example_weight(chosen, days{1'000}) == 0.5);
  chosen.example_half_life_days = 7.0;
  BOOST_TEST(example_weight(chosen, days{14}) == 0.125);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(hiding_of_items)

namespace {

void hide(feature_state& item, const std::string& reason, timestamp when, double half_life_days, id dislike_id) {
  reason_state& part = state_of(item, reason);
  part.sum.add(-1.0, when, half_life_days);
  part.last_dislike_id = dislike_id;
}

feature_state saw_of_ann() { return {"movie:12", {}}; }

}  // namespace

BOOST_AUTO_TEST_CASE(an_item_that_nobody_disliked_is_not_hidden) {
  BOOST_TEST(!hidden(saw_of_ann(), 0.0, new_year));
  feature_state counted_only = saw_of_ann();
  state_of(counted_only, "wrong_genre").dislikes = 1;
  BOOST_TEST(!hidden(counted_only, 0.0, new_year));
}

BOOST_AUTO_TEST_CASE(a_disliked_item_is_hidden_for_ever_unless_a_second_chance_is_set) {
  feature_state item = saw_of_ann();
  hide(item, "wrong_genre", new_year, month, 77);
  const auto why = hidden(item, 0.0, new_year + days{36'500});
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->reason == "wrong_genre");
  BOOST_TEST(why->dislike_id == 77);
  BOOST_TEST(!why->until);
}

BOOST_AUTO_TEST_CASE(hiding_ends_when_the_dislike_has_faded_below_the_threshold) {
  feature_state item = saw_of_ann();
  hide(item, "wrong_genre", new_year, month, 77);
  // 2^(-age / 30) = 0.25 at two half-lives.
  const timestamp end = new_year + days{60};
  const auto why = hidden(item, 0.25, new_year);
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST_REQUIRE(why->until.has_value());
  BOOST_TEST((*why->until == end));
  BOOST_TEST(hidden(item, 0.25, end).has_value());
  BOOST_TEST(!hidden(item, 0.25, end + milliseconds{1}));
}

BOOST_AUTO_TEST_CASE(a_threshold_of_1_hides_for_the_moment_of_the_dislike_only) {
  feature_state item = saw_of_ann();
  hide(item, "wrong_genre", new_year, month, 77);
  BOOST_TEST(hidden(item, 1.0, new_year).has_value());
  BOOST_TEST(!hidden(item, 1.0, new_year + milliseconds{1}));
}

BOOST_AUTO_TEST_CASE(disliked_again_an_item_stays_hidden_longer) {
  feature_state item = saw_of_ann();
  hide(item, "wrong_genre", new_year, month, 77);
  hide(item, "wrong_genre", new_year, month, 78);
  // 2 * 2^(-age / 30) = 0.25 at three half-lives.
  const auto why = hidden(item, 0.25, new_year);
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST((why->until == new_year + days{90}));
  BOOST_TEST(why->dislike_id == 78);
}

BOOST_AUTO_TEST_CASE(what_never_fades_hides_for_ever_whatever_the_threshold) {
  feature_state item = saw_of_ann();
  hide(item, "already_watched", new_year, 0.0, 5);
  const auto why = hidden(item, 0.5, new_year + days{36'500});
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(!why->until);
}

BOOST_AUTO_TEST_CASE(the_reason_that_hides_longest_is_the_one_that_is_told) {
  feature_state item = saw_of_ann();
  hide(item, "not_interested", new_year, 90.0, 1);
  hide(item, "wrong_genre", new_year, 30.0, 2);
  auto why = hidden(item, 0.5, new_year);
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->reason == "not_interested");
  BOOST_TEST((why->until == new_year + days{90}));

  hide(item, "already_watched", new_year, 0.0, 3);
  why = hidden(item, 0.5, new_year);
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->reason == "already_watched");
  BOOST_TEST(why->dislike_id == 3);
}

BOOST_AUTO_TEST_CASE(a_reason_whose_hiding_is_over_hides_no_more_though_another_does) {
  feature_state item = saw_of_ann();
  hide(item, "not_interested", new_year, 90.0, 1);
  hide(item, "wrong_genre", new_year, 30.0, 2);
  BOOST_TEST(hidden(item, 0.5, new_year + days{40})->reason == "not_interested");
  BOOST_TEST(!hidden(item, 0.5, new_year + days{91}));
}

BOOST_AUTO_TEST_SUITE_END()
