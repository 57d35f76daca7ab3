#include "domain/leak.hpp"
#include "domain/user_state.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

using namespace demur;
using std::chrono::days;

namespace {

const timestamp new_year = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

struct refusing {
  settings chosen;
  user_state ann{"ann", {}};
  std::vector<movie> catalogue{
      {1, "Saw", {"Horror"}, {}, "Saw"}, {2, "Ring", {"Horror"}, {}, {}}, {3, "Up", {}, {}, {}}};
  id last = 0;

  /// Of movie 1, lowering its genre.
  void dislike(const std::string& reason, double magnitude = -0.15) {
    case_entry entry;
    entry.row.dislike_id = ++last;
    entry.row.user_id = "ann";
    entry.row.movie_id = 1;
    entry.row.movie_title = "Saw";
    entry.row.reason = reason;
    entry.row.genres = {"Horror"};
    entry.row.created_at = new_year;
    entry.row.half_life_days = 30.0;
    recorded_impact& moved = entry.impacts.emplace_back();
    moved.row.impact_type = "genre_weight";
    moved.row.feature_affected = "genre:Horror";
    moved.row.adjustment_magnitude = magnitude;
    moved.half_life_days = 30.0;
    fold(ann, entry, 1.0);
  }
  std::optional<set_leak> leak(const std::vector<id>& shown, timestamp now = new_year) const {
    recommendation_set set;
    for (const id movie_id : shown) set.items.push_back({movie_id, "", {}, {}});
    return leak_of(set, ann, catalogue, chosen, now);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(leaks, refusing)

BOOST_AUTO_TEST_CASE(for_a_user_who_has_disliked_nothing_nothing_can_leak) { BOOST_TEST(!leak({1, 2, 3})); }

BOOST_AUTO_TEST_CASE(what_was_disliked_leaks_and_so_does_what_has_the_feature_that_the_reason_names) {
  dislike("wrong_genre");
  BOOST_CHECK((leak({1, 2, 3, 99}) == set_leak{1, 2}));
  BOOST_CHECK((leak({3, 99}) == set_leak{}));
  BOOST_CHECK((leak({}) == set_leak{}));
}

BOOST_AUTO_TEST_CASE(a_reason_that_names_no_feature_blames_none) {
  dislike("not_interested");
  BOOST_CHECK((leak({1, 2}) == set_leak{1, 0}));
}

BOOST_AUTO_TEST_CASE(what_has_faded_away_is_no_leak) {
  dislike("wrong_genre");
  // The genre: 0.85 is 0.95 again after log2(ln 0.85 / ln 0.95) = 1.66 half-lives.
  BOOST_TEST(leak({2}, new_year + days(49))->blamed_movies == 1);
  BOOST_TEST(leak({2}, new_year + days(51))->blamed_movies == 0);
  BOOST_TEST(leak({1}, new_year + days(3'000))->disliked_movies == 1);  // hidden for ever
  chosen.weights.unhide_below = 0.1;                                    // log2(10) = 3.32 half-lives
  BOOST_TEST(leak({1}, new_year + days(99))->disliked_movies == 1);
  BOOST_TEST(leak({1}, new_year + days(100))->disliked_movies == 0);
}

BOOST_AUTO_TEST_CASE(a_movie_that_the_catalogue_does_not_know_leaks_by_its_title) {
  case_entry entry;
  entry.row.dislike_id = 1;
  entry.row.movie_title = "Home video";
  entry.row.reason = "poor_quality";
  entry.row.created_at = new_year;
  fold(ann, entry, 1.0);
  recommendation_set set;
  set.items.push_back({std::nullopt, "Home video", {}, {}});
  BOOST_CHECK((leak_of(set, ann, catalogue, chosen, new_year) == set_leak{1, 0}));
}

BOOST_AUTO_TEST_SUITE_END()
