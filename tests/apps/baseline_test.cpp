#include "baseline.hpp"
#include "replay_plan.hpp"

#include <boost/test/unit_test.hpp>

namespace demur {
namespace {

using strings = std::vector<std::string>;
const strings horror{"Horror"};
const strings drama{"Drama"};

/// A user with five dramas and some horror films, each of which nobody else rated.
cli::rating_baseline known_user(double drama_stars, double horror_stars, int horror_count) {
  cli::rating_baseline baseline;
  for (int i = 0; i < 5; ++i) baseline.add(1, 100 + i, drama, drama_stars);
  for (int i = 0; i < horror_count; ++i) baseline.add(1, 200 + i, horror, horror_stars);
  return baseline;
}

BOOST_AUTO_TEST_SUITE(baseline)

BOOST_AUTO_TEST_CASE(before_the_first_rating_it_says_three_and_a_half_stars) {
  const cli::rating_baseline baseline;
  BOOST_TEST(baseline.prediction(1, 1) == 3.5);
  BOOST_TEST(cli::score_of(3.5) == 0.6667);
}

BOOST_AUTO_TEST_CASE(the_prediction_is_the_mean_with_the_shrunken_offsets_of_user_and_item) {
  cli::rating_baseline baseline;
  baseline.add(1, 1, drama, 4.0);
  baseline.add(1, 2, drama, 2.0);
  baseline.add(2, 1, drama, 1.0);
  // m = 7/3; user 1: (6 - 14/3) / 12 = 1/9; item 1: (5 - 14/3) / 27 = 1/81.
  BOOST_TEST(baseline.prediction(1, 1) == 7.0 / 3 + 1.0 / 9 + 1.0 / 81, boost::test_tools::tolerance(1e-12));
  // An unknown user; item 2: (2 - 7/3) / 26 = -1/78.
  BOOST_TEST(baseline.prediction(3, 2) == 7.0 / 3 - 1.0 / 78, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(cli::score_of(baseline.prediction(1, 1)) == 0.4348);
}

BOOST_AUTO_TEST_CASE(stars_become_scores_between_0_and_1) {
  BOOST_TEST(cli::score_of(0.5) == 0.0);
  BOOST_TEST(cli::score_of(2.75) == 0.5);
  BOOST_TEST(cli::score_of(5.0) == 1.0);
  BOOST_TEST(cli::score_of(7.0) == 1.0);
}

BOOST_AUTO_TEST_CASE(a_genre_the_user_rates_a_quarter_star_below_his_mean_is_the_wrong_one) {
  // 5 times 4.0 and 5 times 3.5: his mean is 3.75, and 3.5 is 0.25 below.
  BOOST_TEST(known_user(4.0, 3.5, 5).reason(1, 9, horror) == "wrong_genre");
  BOOST_TEST(known_user(4.0, 3.5, 5).reason(1, 9, drama) == "not_interested");
  // With one of each genre the mean over both is his mean.
  BOOST_TEST(known_user(4.0, 3.5, 5).reason(1, 9, {"Horror", "Drama"}) == "not_interested");
}

BOOST_AUTO_TEST_CASE(four_ratings_of_a_genre_are_too_few) {
  BOOST_TEST(known_user(4.0, 1.0, 4).reason(1, 9, horror) == "not_interested");
  BOOST_TEST(known_user(4.0, 1.0, 5).reason(1, 9, horror) == "wrong_genre");
  BOOST_TEST(known_user(4.0, 1.0, 5).reason(2, 9, horror) == "not_interested");
}

BOOST_AUTO_TEST_CASE(an_item_that_most_of_three_or_more_disliked_is_of_poor_quality) {
  cli::rating_baseline baseline;
  baseline.add(1, 7, drama, 2.0);
  baseline.add(2, 7, drama, 1.0);
  BOOST_TEST(baseline.reason(9, 7, drama) == "not_interested");
  baseline.add(3, 7, drama, 5.0);
  BOOST_TEST(baseline.reason(9, 7, drama) == "poor_quality");
  baseline.add(4, 7, drama, 2.5);
  BOOST_TEST(baseline.reason(9, 7, drama) == "not_interested");
}

BOOST_AUTO_TEST_CASE(the_wrong_genre_goes_before_poor_quality) {
  cli::rating_baseline baseline = known_user(4.0, 1.0, 5);
  for (int user = 2; user < 5; ++user) baseline.add(user, 9, horror, 1.0);
  BOOST_TEST(baseline.reason(1, 9, horror) == "wrong_genre");
  BOOST_TEST(baseline.reason(2, 9, horror) == "poor_quality");
}

BOOST_AUTO_TEST_CASE(what_is_rated_in_the_same_second_is_not_known_yet) {
  cli::movielens_data data;
  data.movies = {{1, "A", drama, {}, {}}, {2, "B", drama, {}, {}}};
  data.ratings = {{1, 1, 1.0, 100}, {1, 2, 1.0, 100}, {2, 1, 1.0, 101}};
  const auto planned = cli::plan_replay(data);
  BOOST_REQUIRE_EQUAL(planned.size(), 3u);
  BOOST_TEST(planned[0].predicted_score == 0.6667);
  BOOST_TEST(planned[1].predicted_score == 0.6667);
  // m = 1 and no offset: (1 - 0.5) / 4.5.
  BOOST_TEST(planned[2].predicted_score == 0.1111);
}

BOOST_AUTO_TEST_CASE(a_user_stays_on_one_connection_and_the_connections_share_the_work) {
  cli::movielens_data data;
  for (std::int64_t user = 1; user <= 4; ++user)
    for (std::int64_t i = 0; i < 4 * user; ++i) data.ratings.push_back({user, i, 1.0, 100 * i + user});
  const auto planned = cli::plan_replay(data);
  const auto lanes = cli::lanes_of(data, planned, 2);
  BOOST_REQUIRE_EQUAL(lanes.size(), 2u);
  BOOST_TEST(lanes[0].size() == 20u);  // users 4 and 1
  BOOST_TEST(lanes[1].size() == 20u);  // users 3 and 2
  for (const auto& lane : lanes) BOOST_TEST(std::is_sorted(lane.begin(), lane.end()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
