#include "pipeline/dislike_stream.hpp"
#include "pipeline/exposure.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::pipeline;
using demur::testing::film;

namespace {

constexpr std::size_t plenty = 1'000;

struct figures {
  std::int64_t catalogue = 0;
  std::int64_t impressions = 0;
  friend bool operator==(const figures&, const figures&) = default;
};

figures of(const exposure& shown, std::string_view feature) {
  const auto* found = shown.find(feature);
  return found ? figures{found->catalogue, found->impressions} : figures{};
}

/// Genres that were shown; one that no longer was may or may not be listed with 0.
std::map<std::string, std::int64_t> genres_shown(const exposure& shown) {
  auto genres = shown.impressions_by_genre();
  std::erase_if(genres, [](const auto& genre) { return genre.second == 0; });
  return genres;
}

using genres = std::map<std::string, std::int64_t>;

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(figures)

BOOST_AUTO_TEST_SUITE(exposures)

BOOST_AUTO_TEST_CASE(the_features_of_an_item_are_named_by_family_genres_first) {
  const std::vector<std::string> expected = {"genre:Horror", "genre:Thriller", "cast:Ann: Actor", "franchise:Saw"};
  BOOST_TEST(features_of(film(1, {"Horror", "Thriller"}, {"Ann: Actor"}, "Saw")) == expected,
             boost::test_tools::per_element());
  BOOST_TEST(features_of(film(1, {})).empty());
}

BOOST_AUTO_TEST_CASE(each_movie_counts_once_in_each_of_its_features) {
  exposure shown(plenty);
  shown.put_movie(nullptr, film(1, {"Horror", "Drama"}, {"Ann"}));
  shown.put_movie(nullptr, film(2, {"Drama"}, {"Ann"}, "Saw"));
  BOOST_TEST(shown.catalogue() == 2);
  BOOST_TEST(shown.impressions() == 0);
  BOOST_TEST((of(shown, "genre:Horror") == figures{1, 0}));
  BOOST_TEST((of(shown, "genre:Drama") == figures{2, 0}));
  BOOST_TEST((of(shown, "cast:Ann") == figures{2, 0}));
  BOOST_TEST((of(shown, "franchise:Saw") == figures{1, 0}));
  BOOST_TEST(!shown.find("genre:Western"));
}

BOOST_AUTO_TEST_CASE(an_impression_counts_in_each_feature_of_the_movie) {
  exposure shown(plenty);
  const movie saw = film(1, {"Horror"}, {"Ann"});
  shown.put_movie(nullptr, saw);
  shown.put_movie(nullptr, film(2, {"Drama"}, {"Ann"}));
  shown.show(1, &saw);
  shown.show(1, &saw, 4);
  BOOST_TEST(shown.impressions() == 5);
  BOOST_TEST((of(shown, "genre:Horror") == figures{1, 5}));
  BOOST_TEST((of(shown, "cast:Ann") == figures{2, 5}));
  BOOST_TEST((of(shown, "genre:Drama") == figures{1, 0}));
  BOOST_TEST((genres_shown(shown) == genres{{"Horror", 5}}));
}

BOOST_AUTO_TEST_CASE(impressions_wait_for_the_movie_to_come_into_the_catalogue) {
  exposure shown(plenty);
  shown.show(1, nullptr, 3);
  BOOST_TEST(shown.impressions() == 0);
  BOOST_TEST(shown.impressions_by_movie().at(1) == 3);
  shown.put_movie(nullptr, film(1, {"Horror"}));
  BOOST_TEST(shown.impressions() == 3);
  BOOST_TEST((of(shown, "genre:Horror") == figures{1, 3}));
  BOOST_TEST((genres_shown(shown) == genres{{"Horror", 3}}));
}

BOOST_AUTO_TEST_CASE(a_row_that_takes_the_place_of_another_takes_its_counts_along) {
  exposure shown(plenty);
  const movie before = film(1, {"Horror", "Drama"});
  const movie after = film(1, {"Comedy", "Drama"});
  shown.put_movie(nullptr, before);
  shown.show(1, &before, 2);
  shown.put_movie(&before, after);
  BOOST_TEST(shown.catalogue() == 1);
  BOOST_TEST(shown.impressions() == 2);
  BOOST_TEST((of(shown, "genre:Comedy") == figures{1, 2}));
  BOOST_TEST((of(shown, "genre:Drama") == figures{1, 2}));
  BOOST_TEST((genres_shown(shown) == genres{{"Comedy", 2}, {"Drama", 2}}));
}

BOOST_AUTO_TEST_CASE(a_feature_that_left_the_catalogue_is_as_unknown_as_one_that_was_never_there) {
  exposure shown(plenty);
  const movie before = film(1, {"Horror"});
  shown.put_movie(nullptr, before);
  shown.show(1, &before, 2);
  shown.put_movie(&before, film(1, {"Comedy"}));
  BOOST_TEST(!shown.find("genre:Horror"));
}

BOOST_AUTO_TEST_CASE(the_same_row_again_changes_nothing) {
  exposure shown(plenty);
  const movie saw = film(1, {"Horror"}, {"Ann"}, "Saw");
  shown.put_movie(nullptr, saw);
  shown.show(1, &saw, 2);
  shown.put_movie(&saw, saw);
  BOOST_TEST(shown.catalogue() == 1);
  BOOST_TEST(shown.impressions() == 2);
  for (const auto& feature : features_of(saw)) BOOST_TEST((of(shown, feature) == figures{1, 2}));
}

BOOST_AUTO_TEST_CASE(features_over_the_bound_are_not_tracked_and_the_others_go_on) {
  exposure shown(3);
  const movie first = film(1, {"Horror", "Drama", "Comedy"});
  const movie second = film(2, {"Western", "Drama"});
  shown.put_movie(nullptr, first);
  shown.put_movie(nullptr, second);
  shown.show(2, &second, 7);
  BOOST_TEST((of(shown, "genre:Drama") == figures{2, 7}));
  BOOST_TEST(!shown.find("genre:Western"));
  BOOST_TEST(shown.catalogue() == 2);
  BOOST_TEST(shown.impressions() == 7);
  // What was not counted when it came is not taken away when it goes.
  shown.put_movie(&second, film(2, {"Horror"}));
  BOOST_TEST(!shown.find("genre:Western"));
  BOOST_TEST((of(shown, "genre:Horror") == figures{2, 7}));
}

namespace {

/// What happens to one movie, in order: rows that follow each other, and times it is shown.
struct film_life {
  std::vector<movie> rows;
  std::int64_t shown = 0;
};

std::vector<film_life> random_lives(std::mt19937_64& random) {
  std::vector<film_life> lives(12);
  const auto pick = [&](int below) { return static_cast<int>(random() % static_cast<std::uint64_t>(below)); };
  for (std::size_t i = 0; i < lives.size(); ++i) {
    lives[i].shown = pick(6);
    for (int rows = pick(4); rows > 0; --rows) {
      movie row = film(static_cast<id>(i), {"G" + std::to_string(pick(4))}, {"C" + std::to_string(pick(8))});
      if (pick(2) == 0) row.genres.push_back("G" + std::to_string(4 + pick(3)));
      if (pick(3) == 0) row.franchise = "F" + std::to_string(pick(2));
      lives[i].rows.push_back(row);
    }
  }
  return lives;
}

/// As a start reads it: all that was shown, then the catalogue as it is.
exposure in_order_of_a_start(const std::vector<film_life>& lives) {
  exposure shown(plenty);
  for (std::size_t i = 0; i < lives.size(); ++i)
    if (lives[i].shown > 0) shown.show(static_cast<id>(i), nullptr, lives[i].shown);
  for (const film_life& life : lives)
    if (!life.rows.empty()) shown.put_movie(nullptr, life.rows.back());
  return shown;
}

exposure in_random_order(const std::vector<film_life>& lives, std::mt19937_64& random) {
  std::vector<std::size_t> rows_left;
  std::vector<std::size_t> shows_left;
  for (std::size_t i = 0; i < lives.size(); ++i) {
    rows_left.insert(rows_left.end(), lives[i].rows.size(), i);
    shows_left.insert(shows_left.end(), static_cast<std::size_t>(lives[i].shown), i);
  }
  struct event {
    std::size_t film;
    bool is_row;
  };
  std::vector<event> events;
  for (const auto i : rows_left) events.push_back({i, true});
  for (const auto i : shows_left) events.push_back({i, false});
  std::shuffle(events.begin(), events.end(), random);

  exposure shown(plenty);
  std::vector<std::size_t> come(lives.size(), 0);
  for (const auto& [i, is_row] : events) {
    const movie* current = come[i] == 0 ? nullptr : &lives[i].rows[come[i] - 1];
    if (is_row)
      shown.put_movie(current, lives[i].rows[come[i]++]);
    else
      shown.show(static_cast<id>(i), current);
  }
  return shown;
}

void check_same(const exposure& a, const exposure& b, const std::vector<film_life>& lives) {
  BOOST_TEST_REQUIRE(a.catalogue() == b.catalogue());
  BOOST_TEST_REQUIRE(a.impressions() == b.impressions());
  BOOST_TEST_REQUIRE((a.impressions_by_movie() == b.impressions_by_movie()));
  BOOST_TEST_REQUIRE((genres_shown(a) == genres_shown(b)));
  for (const film_life& life : lives)
    for (const movie& row : life.rows)
      for (const auto& feature : features_of(row)) {
        BOOST_TEST_REQUIRE((a.find(feature) == nullptr) == (b.find(feature) == nullptr));
        BOOST_TEST_REQUIRE((of(a, feature) == of(b, feature)));
      }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_order_in_which_catalogue_and_impressions_come_does_not_matter) {
  std::mt19937_64 random(17);
  for (int round = 0; round < 300; ++round) {
    const auto lives = random_lives(random);
    const exposure expected = in_order_of_a_start(lives);
    for (int order = 0; order < 5; ++order) check_same(in_random_order(lives, random), expected, lives);
  }
}

BOOST_AUTO_TEST_SUITE_END()
