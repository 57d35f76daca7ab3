#include "domain/feature.hpp"
#include "domain/weights.hpp"
#include "pipeline/known_user.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace demur::pipeline {

namespace {

using std::chrono::days;
const timestamp new_year = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
constexpr double unhide_below = 0.5;

feature_state disliked(const std::string& item, const std::string& reason, double half_life_days, id dislike_id) {
  feature_state state{item, {{reason, 1, {}, dislike_id, {}}}};
  state.by_reason[0].sum.add(-1.0, new_year, half_life_days);
  return state;
}

/// A catalogue of titles; those that are not in it are unknown, or of several movies.
result<user_state> titled(user_state user, const std::map<std::string, id>& catalogue) {
  return with_titled_movies(std::move(user), [&](const std::string& title) -> result<std::optional<id>> {
    const auto found = catalogue.find(title);
    return found == catalogue.end() ? std::nullopt : std::optional(found->second);
  });
}

std::vector<std::string> names(const user_state& user) {
  std::vector<std::string> all;
  for (const feature_state& one : user.features) all.push_back(one.feature);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(known_users)

BOOST_AUTO_TEST_CASE(what_was_disliked_by_its_title_is_hidden_by_its_id_too) {
  user_state user{"ann",
                  {disliked("dislikes", "poor_quality", 0.0, 9), disliked("genre:Horror", "wrong_genre", 30.0, 3),
                   disliked("movie:3", "wrong_genre", 30.0, 3), disliked("title:Heat", "wrong_genre", 30.0, 4),
                   disliked("title:Saw", "wrong_genre", 30.0, 5), disliked("title:Solaris", "wrong_genre", 30.0, 6)}};
  const auto known = titled(user, {{"Heat", 9}, {"Saw", 1}});
  BOOST_REQUIRE(known);
  BOOST_TEST(names(*known) == (std::vector<std::string>{"dislikes", "genre:Horror", "movie:1", "movie:3", "movie:9",
                                                        "title:Heat", "title:Saw", "title:Solaris"}),
             boost::test_tools::per_element());
  BOOST_TEST(hidden(known->features[4], unhide_below, new_year)->dislike_id == 4);
  BOOST_CHECK(titled(user, {}).value() == user);
}

BOOST_AUTO_TEST_CASE(of_what_was_named_both_ways_all_counts) {
  const user_state user{"ann",
                        {disliked("movie:7", "wrong_genre", 30.0, 3), disliked("title:Heat", "already_watched", 0.0, 4),
                         disliked("title:Heat (1995)", "wrong_genre", 30.0, 5)}};
  const auto known = titled(user, {{"Heat", 7}, {"Heat (1995)", 7}});
  BOOST_REQUIRE(known);
  BOOST_REQUIRE_EQUAL(known->features.size(), 3u);
  BOOST_TEST(known->features[0].by_reason.size() == 3u);
  // By its id alone it would be shown again.
  BOOST_TEST(!hidden(user.features[0], unhide_below, new_year + days(60)));
  const auto why = hidden(known->features[0], unhide_below, new_year + days(60));
  BOOST_REQUIRE(why);
  BOOST_TEST(why->reason == "already_watched");
}

BOOST_AUTO_TEST_CASE(a_catalogue_that_does_not_answer_is_an_error) {
  const auto failed = with_titled_movies({"ann", {disliked("title:Heat", "wrong_genre", 30.0, 4)}},
                                         [](const std::string&) -> result<std::optional<id>> {
                                           return error{error_code::unavailable, "gone", {}, {}, {}};
                                         });
  BOOST_REQUIRE(!failed);
  BOOST_CHECK(failed.problem().code == error_code::unavailable);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur::pipeline
