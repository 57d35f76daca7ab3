#include "domain/json_write.hpp"
#include "pipeline/counting.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::testing;
using demur::pipeline::pattern_state;
using demur::pipeline::top_users;

namespace {

const std::vector<std::string> genres{"Horror", "Drama", "Comedy", "Crime", "War", "Western"};

struct complaining : counting {
  const feature_impact* row(const feature_impact_report& report, const std::string& feature) {
    const auto found = std::ranges::find(report.features, feature, &feature_impact::feature);
    return found == report.features.end() ? nullptr : &*found;
  }
  /// A film a genre, each shown so many times.
  void show(std::int64_t times) {
    for (std::size_t i = 0; i < genres.size(); ++i) {
      const movie row = film(static_cast<id>(i), {genres[i]});
      put(row);
      if (times > 0) state.shown().show(row.movie_id, &row, times);
    }
  }
  /// Every genre is disliked by so many users, once each; Horror by three times as many.
  void dislike(int users) {
    for (const std::string& genre : genres)
      crowd(genre == "Horror" ? 3 * users : users, {.genres = {genre}, .movie_id = 1}, genre);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(complaints_of_features, complaining)

BOOST_AUTO_TEST_CASE(what_is_disliked_more_than_it_is_shown_comes_first) {
  show(2'000);
  dislike(60);
  const auto report = state.impact({});
  BOOST_TEST(report.dislikes == 60 * 8);
  BOOST_TEST(report.impressions == 12'000);
  BOOST_TEST(report.compared == 6);
  BOOST_REQUIRE_EQUAL(report.features.size(), 6U);
  const feature_impact& first = report.features.front();
  BOOST_TEST(first.feature == "genre:Horror");
  BOOST_TEST(first.dislikes == 180);
  BOOST_TEST(first.baseline == "impressions");
  BOOST_TEST(first.exposures == 2'000);
  BOOST_TEST(first.low > 0.5);
  BOOST_TEST(first.high < std::log(3.5));
  BOOST_TEST(first.q < 1e-6);
  BOOST_TEST(row(report, "genre:War")->high < 0.0);
}

BOOST_AUTO_TEST_CASE(where_nothing_was_shown_the_catalogue_is_the_baseline) {
  show(0);
  dislike(60);
  const auto report = state.impact({});
  BOOST_TEST(report.impressions == 0);
  BOOST_TEST(report.catalogue == 6);
  BOOST_TEST(report.features.front().feature == "genre:Horror");
  BOOST_TEST(report.features.front().baseline == "catalogue");
  BOOST_TEST(report.features.front().exposures == 1);
}

BOOST_AUTO_TEST_CASE(what_neither_knows_is_counted_and_not_compared) {
  show(100);
  count({.genres = {"Musical"}});
  count({.genres = {"Horror"}});
  const auto report = state.impact({});
  BOOST_TEST(report.without_baseline == 1);
  BOOST_TEST(!row(report, "genre:Musical"));
}

BOOST_AUTO_TEST_CASE(one_reason_or_family_is_looked_at_alone) {
  const movie saw = film(50, {"Horror"}, {"C. Elwes"}, "Saw");
  put(saw);
  state.shown().show(50, &saw, 100);
  show(100);
  count({.reason = "wrong_genre", .genres = {"Horror"}, .cast = {"C. Elwes"}});
  count({.reason = "poor_quality", .genres = {"Drama"}, .cast = {"C. Elwes"}, .franchise = "Saw"});
  const auto wrong = state.impact({"wrong_genre", "", 20});
  BOOST_TEST(wrong.dislikes == 1);
  BOOST_TEST(wrong.compared == 2);
  BOOST_TEST(!row(wrong, "genre:Drama"));
  const auto cast = state.impact({"", "cast", 20});
  BOOST_REQUIRE_EQUAL(cast.features.size(), 1U);
  BOOST_TEST(cast.features[0].feature == "cast:C. Elwes");
  BOOST_TEST(cast.features[0].dislikes == 2);
  BOOST_TEST(state.impact({"boredom", "", 20}).features.empty());
}

BOOST_AUTO_TEST_CASE(no_more_are_told_than_were_asked_for) {
  show(2'000);
  dislike(10);
  const auto report = state.impact({"", "", 2});
  BOOST_TEST(report.features.size() == 2U);
  BOOST_TEST(report.compared == 6);
}

BOOST_AUTO_TEST_CASE(a_single_user_is_no_crowd) {
  show(2'000);
  for (int i = 0; i < 60; ++i) count({.user = "ann", .genres = {"Horror"}});
  crowd(60, {.genres = {"War"}});
  crowd(30, {.genres = {"Drama"}}, "other ");
  const auto report = state.impact({});
  const feature_impact& one = *row(report, "genre:Horror");
  const feature_impact& many = *row(report, "genre:War");
  BOOST_TEST(one.dislikes == many.dislikes);
  BOOST_TEST(one.users == 1);
  BOOST_TEST(one.half_users == 1);
  BOOST_TEST(one.top_share == 1.0);
  BOOST_TEST(one.users_exact);
  BOOST_TEST(many.users == 32);
  BOOST_TEST(!many.users_exact);
  BOOST_TEST(many.half_users == 30);
  BOOST_TEST(many.top_share <= 2.0 / 60.0);
  BOOST_TEST(one.q > many.q);
  BOOST_TEST(one.high - one.low > many.high - many.low);
}

BOOST_AUTO_TEST_CASE(a_restore_tells_the_same) {
  show(100);
  std::mt19937 random(9);
  for (int i = 0; i < 3'000; ++i)
    count({.user = "user " + std::to_string(random() % 300),
           .reason = five_reasons[random() % five_reasons.size()],
           .genres = {genres[random() % genres.size()]}});
  pattern_state again(chosen, five_reasons);
  BOOST_REQUIRE(again.restore(state.save()));
  for (std::size_t i = 0; i < genres.size(); ++i)
    again.shown().put_movie(nullptr, film(static_cast<id>(i), {genres[i]}));
  BOOST_TEST(to_json(again.impact({})) == to_json(state.impact({})));
  BOOST_TEST(to_json(again.impact({"wrong_genre", "genre", 3})) == to_json(state.impact({"wrong_genre", "genre", 3})));
}

BOOST_AUTO_TEST_CASE(a_report_is_written_as_it_is_documented) {
  feature_impact_report made;
  made.family = "genre";
  made.dislikes = 2;
  made.features = {{"genre:Horror", 2, "catalogue", 3, 0.5, 0.25, 0.75, 0.125, 1, 1, 1.0, true}};
  BOOST_TEST(to_json(made) ==
             R"({"reason":null,"family":"genre","dislikes":2,"impressions":0,"catalogue":0,"compared":0,)"
             R"("without_baseline":0,"features":[{"feature":"genre:Horror","dislikes":2,"baseline":"catalogue",)"
             R"("exposures":3,"log_odds":0.5,"low":0.25,"high":0.75,"q":0.125,"users":1,"half_users":1,"top_share":1,)"
             R"("users_exact":true}]})");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(users_who_dislike_most)

BOOST_AUTO_TEST_CASE(a_few_are_told_exactly) {
  top_users users;
  for (int i = 0; i < 6; ++i) users.add(1);
  for (int i = 0; i < 3; ++i) users.add(2);
  users.add(3);
  BOOST_TEST(users.is_exact());
  BOOST_TEST(users.squares(10) == 36 + 9 + 1);
  BOOST_TEST(users.concentration(10).half_users == 1);
  BOOST_TEST(users.concentration(10).top_share == 0.6);
}

BOOST_AUTO_TEST_CASE(one_who_dislikes_much_is_seen_among_very_many) {
  std::mt19937_64 random(11);
  top_users users;
  std::int64_t all = 0, his = 0;
  for (int i = 0; i < 20'000; ++i, ++all) {
    const bool his_turn = random() % 4 == 0;
    if (his_turn) ++his;
    users.add(his_turn ? 7 : 1'000 + random() % 5'000);
  }
  BOOST_TEST(!users.is_exact());
  const auto found = users.concentration(all);
  const double share = static_cast<double>(his) / static_cast<double>(all);
  BOOST_TEST(found.top_share <= share);
  BOOST_TEST(found.top_share > 0.8 * share);
  // Never more than there was.
  BOOST_TEST(users.squares(all) <= his * his + 6 * all);
}

BOOST_AUTO_TEST_SUITE_END()
