#include "domain/weights.hpp"
#include "pipeline/rerank.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace demur;
using namespace demur::pipeline;
using std::chrono::days;

namespace {

const timestamp new_year = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
const auto exact = boost::test_tools::tolerance(1e-14);

rerank_candidate candidate(id movie_id, double score, std::vector<std::string> genres = {},
                           std::vector<std::string> cast = {}) {
  rerank_candidate made;
  made.movie_id = movie_id;
  made.movie_title = "Movie " + std::to_string(movie_id);
  made.score = score;
  made.genres = std::move(genres);
  made.cast = std::move(cast);
  made.has_features = true;
  return made;
}

feature_state adjusted(const std::string& feature, double magnitude, const std::string& reason = "wrong_genre") {
  feature_state state{feature, {}};
  state_of(state, reason).sum.add(log_term(magnitude), new_year, 30.0);
  return state;
}

feature_state disliked_item(const std::string& item, id dislike_id, double half_life_days = 30.0) {
  feature_state state{item, {}};
  reason_state& part = state_of(state, half_life_days == 0.0 ? "already_watched" : "wrong_genre");
  part.sum.add(-1.0, new_year, half_life_days);
  part.last_dislike_id = dislike_id;
  return state;
}

struct asking {
  rerank_request request{"ann", {}};
  std::vector<feature_state> personal;
  model shared;
  std::vector<feature_state> items;
  settings::weights_section chosen;

  rerank_answer ask(timestamp now = new_year) const {
    const std::vector<const movie*> own_features(request.candidates.size());
    return rerank(
        request, own_features,
        {table_of(personal, shared, chosen.floor, now), table_of(shared, chosen.floor), items, chosen.unhide_below},
        now);
  }
  std::vector<id> order(timestamp now = new_year) const {
    std::vector<id> ids;
    for (const auto& ranked : ask(now).candidates) ids.push_back(ranked.movie_id.value_or(-1));
    return ids;
  }
};

using ids = std::vector<id>;

}  // namespace

BOOST_AUTO_TEST_SUITE(weight_tables)

BOOST_AUTO_TEST_CASE(a_weight_is_found_by_family_and_value) {
  weight_table table;
  table.add("genre:Horror", 0.5);
  table.add("cast:Horror: the Actor", 0.25);
  BOOST_TEST(table.of("genre").at("Horror") == 0.5);
  BOOST_TEST(table.of("cast").at("Horror: the Actor") == 0.25);
  BOOST_TEST(!table.of("cast").contains("Horror"));
  BOOST_TEST(table.of("franchise").empty());
}

BOOST_AUTO_TEST_CASE(personal_weights_are_read_as_faded_by_now_and_with_the_models_part) {
  const std::vector<feature_state> personal = {adjusted("genre:Horror", -0.5), {"genre:Drama", {}}};
  model shared;
  const auto horror = [&](timestamp now) { return table_of(personal, shared, 0.05, now).of("genre").at("Horror"); };
  BOOST_TEST(horror(new_year) == 0.5, exact);
  BOOST_TEST(horror(new_year + days{30}) == std::sqrt(0.5), exact);
  BOOST_TEST(!table_of(personal, shared, 0.05, new_year).of("genre").contains("Drama"));
  shared.shared_log_weights = {{"genre:Horror", std::log(0.8)}};
  BOOST_TEST(horror(new_year) == 0.4, exact);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(reranking, asking)

BOOST_AUTO_TEST_CASE(without_weights_every_score_is_kept) {
  request.candidates = {candidate(1, 0.2, {"Horror"}), candidate(2, 0.9), candidate(3, 0.5, {"Drama"}, {"Zoe"})};
  const auto answer = ask();
  BOOST_TEST(answer.user_id == "ann");
  BOOST_TEST_REQUIRE(answer.candidates.size() == 3U);
  for (const auto& ranked : answer.candidates) {
    BOOST_TEST(ranked.multiplier == 1.0);
    BOOST_TEST(ranked.adjusted_score == ranked.score);
  }
  BOOST_TEST(order() == (ids{2, 3, 1}), boost::test_tools::per_element());
  BOOST_TEST(answer.candidates[2].movie_title == "Movie 1");
  BOOST_TEST(answer.filtered.empty());
}

BOOST_AUTO_TEST_CASE(a_disliked_genre_moves_an_item_below_others) {
  personal = {adjusted("genre:Horror", -0.15)};
  request.candidates = {candidate(1, 0.8, {"Horror"}), candidate(2, 0.7, {"Drama"})};
  // 0.8 * 0.85 = 0.68
  BOOST_TEST(order() == (ids{2, 1}), boost::test_tools::per_element());
  BOOST_TEST(ask().candidates[1].adjusted_score == 0.68, exact);
  // A half-life later 0.8 * sqrt(0.85) = 0.7376 leads again.
  BOOST_TEST(order(new_year + days{30}) == (ids{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ties_stay_in_the_given_order) {
  personal = {adjusted("genre:Horror", -0.5)};
  request.candidates = {candidate(5, 0.4), candidate(3, 0.8, {"Horror"}), candidate(9, 0.4), candidate(1, 0.4),
                        candidate(4, 0.5)};
  BOOST_TEST(order() == (ids{4, 5, 3, 9, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_multiplier_is_the_product_of_the_means_of_the_families) {
  personal = {adjusted("genre:Horror", -0.15), adjusted("cast:Zoe", -0.10)};
  auto saw = candidate(1, 0.5, {"Horror", "Drama"}, {"Zoe", "Yul", "Xi", "Wim"});
  saw.franchise = "Saw";
  shared.shared_log_weights = {{"franchise:Saw", std::log(0.5)}};
  request.candidates = {saw};
  const auto ranked = ask().candidates.front();
  BOOST_TEST(ranked.multipliers.genre.value() == 0.925, exact);  // (0.85 + 1) / 2
  BOOST_TEST(ranked.multipliers.cast.value() == 0.975, exact);   // (0.9 + 3) / 4
  BOOST_TEST(ranked.multipliers.franchise.value() == 0.5, exact);
  BOOST_TEST(ranked.multiplier == 0.4509375, exact);  // 0.925 * 0.975 * 0.5
  BOOST_TEST(ranked.adjusted_score == 0.22546875, exact);
}

BOOST_AUTO_TEST_CASE(a_family_without_values_has_no_multiplier) {
  personal = {adjusted("genre:Horror", -0.15)};
  request.candidates = {candidate(1, 0.5), candidate(2, 0.5, {}, {"Zoe"})};
  const auto answer = ask();
  BOOST_TEST(!answer.candidates[0].multipliers.genre);
  BOOST_TEST(!answer.candidates[0].multipliers.cast);
  BOOST_TEST(!answer.candidates[0].multipliers.franchise);
  BOOST_TEST(!answer.candidates[1].multipliers.genre);
  BOOST_TEST(answer.candidates[1].multipliers.cast.value() == 1.0);
}

BOOST_AUTO_TEST_CASE(a_name_in_two_families_is_two_features) {
  personal = {adjusted("franchise:Saw", -0.5)};
  auto both = candidate(1, 0.5, {"Saw"});
  both.franchise = "Saw";
  request.candidates = {both};
  const auto ranked = ask().candidates.front();
  BOOST_TEST(ranked.multipliers.genre.value() == 1.0);
  BOOST_TEST(ranked.multipliers.franchise.value() == 0.5, exact);
}

BOOST_AUTO_TEST_CASE(a_row_of_the_catalogue_stands_in_for_features_and_title) {
  personal = {adjusted("genre:Horror", -0.5), adjusted("franchise:Saw", -0.5)};
  request.candidates = {candidate(1, 0.8), candidate(2, 0.8)};
  request.candidates[0].movie_title.clear();
  const movie saw{1, "Saw", {"Horror"}, {}, "Saw"};
  const auto answer =
      rerank(request, {&saw, nullptr}, {table_of(personal, shared, chosen.floor, new_year), {}, items, 0.0}, new_year);
  BOOST_TEST(answer.candidates[1].movie_title == "Saw");
  BOOST_TEST(answer.candidates[1].multiplier == 0.25, exact);
  BOOST_TEST(answer.candidates[0].movie_title == "Movie 2");
  BOOST_TEST(answer.candidates[0].multiplier == 1.0);
}

BOOST_AUTO_TEST_CASE(personal_and_shared_weights_multiply_and_the_floor_holds_for_the_product) {
  personal = {adjusted("genre:Horror", -0.15), adjusted("genre:Western", -0.9)};
  shared.shared_log_weights = {{"genre:Horror", std::log(0.8)}, {"genre:Western", std::log(0.1)}};
  request.candidates = {candidate(1, 1.0, {"Horror"}), candidate(2, 1.0, {"Western"})};
  const auto answer = ask();
  BOOST_TEST(answer.candidates[0].multiplier == 0.68, exact);
  BOOST_TEST(answer.candidates[1].multiplier == 0.05, exact);
}

BOOST_AUTO_TEST_CASE(an_adjusted_score_stays_between_0_and_1) {
  shared.shared_log_weights = {{"genre:Drama", std::log(3.0)}};
  request.candidates = {candidate(1, 0.5, {"Drama"}), candidate(2, 0.0, {"Drama"}), candidate(3, 1.0)};
  const auto answer = ask();
  BOOST_TEST(answer.candidates[0].adjusted_score == 1.0);
  BOOST_TEST(answer.candidates[0].multiplier == 3.0, exact);
  BOOST_TEST(answer.candidates[2].adjusted_score == 0.0);
  // Both read 1 now, and the given order decides.
  BOOST_TEST(order() == (ids{1, 3, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_disliked_item_is_taken_out_with_the_reason) {
  items = {disliked_item("movie:2", 77)};
  request.candidates = {candidate(1, 0.5), candidate(2, 0.9), candidate(22, 0.4)};
  const auto answer = ask();
  BOOST_TEST(order() == (ids{1, 22}), boost::test_tools::per_element());
  BOOST_TEST_REQUIRE(answer.filtered.size() == 1U);
  BOOST_TEST(answer.filtered[0].movie_id.value() == 2);
  BOOST_TEST(answer.filtered[0].movie_title == "Movie 2");
  BOOST_TEST(answer.filtered[0].reason == "wrong_genre");
  BOOST_TEST(answer.filtered[0].dislike_id == 77);
  BOOST_TEST(!answer.filtered[0].until);
}

BOOST_AUTO_TEST_CASE(a_second_chance_brings_a_disliked_item_back_but_not_one_that_was_watched) {
  chosen.unhide_below = 0.5;
  items = {disliked_item("movie:1", 76, 0.0), disliked_item("movie:2", 77)};
  request.candidates = {candidate(1, 0.5), candidate(2, 0.9)};
  const auto before = ask();
  BOOST_TEST(before.candidates.empty());
  BOOST_TEST_REQUIRE(before.filtered.size() == 2U);
  BOOST_TEST(before.filtered[0].reason == "already_watched");
  BOOST_TEST(!before.filtered[0].until);
  BOOST_TEST((before.filtered[1].until == new_year + days{30}));
  BOOST_TEST(order(new_year + days{31}) == (ids{2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_item_without_an_id_is_known_by_its_title) {
  items = {disliked_item("title:Saw", 77)};
  rerank_candidate nameless = candidate(1, 0.5);
  nameless.movie_id.reset();
  nameless.movie_title = "Saw";
  rerank_candidate with_id = candidate(3, 0.4);
  with_id.movie_title = "Saw";
  request.candidates = {nameless, with_id};
  const auto answer = ask();
  BOOST_TEST_REQUIRE(answer.filtered.size() == 1U);
  BOOST_TEST(!answer.filtered[0].movie_id);
  BOOST_TEST(answer.candidates.size() == 1U);
}

BOOST_AUTO_TEST_CASE(filtered_items_come_in_the_given_order_and_repeats_each_for_itself) {
  items = {disliked_item("movie:1", 71), disliked_item("movie:2", 72)};
  request.candidates = {candidate(2, 0.1), candidate(1, 0.9), candidate(3, 0.5), candidate(2, 0.8), candidate(3, 0.5)};
  const auto answer = ask();
  ids filtered;
  for (const auto& out : answer.filtered) filtered.push_back(out.dislike_id);
  BOOST_TEST(filtered == (ids{72, 71, 72}), boost::test_tools::per_element());
  BOOST_TEST(order() == (ids{3, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
