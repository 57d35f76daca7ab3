#include "store_home.hpp"

#include <boost/test/data/test_case.hpp>
#include <sqlite3.h>

using namespace demur;
using namespace demur::store;
namespace data = boost::unit_test::data;

namespace {

user_rating stars(const std::string& user, id movie_id, double rating, std::int64_t ms) {
  return {user, movie_id, rating, rating >= 4.0, at(ms)};
}

/// A dislike of an item with an id; without an example: it was only seen.
case_entry disliked(std::int64_t ms, const std::string& user, id movie_id, std::optional<double> weight) {
  case_entry entry = plain(ms, user);
  entry.row.movie_id = movie_id;
  entry.row.reason = weight ? "wrong_genre" : "already_watched";
  if (weight)
    entry.example->weight = *weight;
  else
    entry.example.reset();
  return entry;
}

/// `ann 1 like 1 at 5`, one text an opinion.
std::vector<std::string> opinions(home& store, id through = id{1} << 53) {
  std::vector<std::string> found;
  must(store.read().each_opinion(through, 0.7, [&](const training_opinion& one) {
    const char* kinds[] = {"like", "dislike", "seen"};
    std::string text = one.user_id + " " + std::to_string(one.movie_id) + " " + kinds[static_cast<int>(one.kind)] +
                       " " + std::to_string(one.weight).substr(0, 3) + " at " +
                       std::to_string((one.created_at - at(0)).count());
    if (one.dislike_id != 0) {
      BOOST_TEST(!one.reason.empty());
      text += " " + one.reason;
    } else {
      BOOST_TEST(one.reason.empty());
    }
    found.push_back(std::move(text));
    return true;
  }));
  return found;
}

using texts = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(store_training_set)

BOOST_DATA_TEST_CASE(ratings_and_dislikes_come_in_the_order_of_user_and_item, data::make(urls())) {
  home store(sample);
  must(store.write().put_ratings({stars("bob", 2, 4.0, 1),
                                  stars("ann", 10, 2.0, 2),
                                  stars("ann", 9, 5.0, 3),
                                  stars("ann", 3, 3.5, 4),
                                  stars("zoe", 1, 0.5, 5),
                                  {"ann", 4, {}, true, at(6)}}));
  store.commit(batch_of({disliked(10, "bob", 1, 0.8), disliked(11, "ann", 9, 0.4), disliked(12, "ann", 5, {}),
                         disliked(13, "Zed", 7, 0.8)}));
  BOOST_TEST(
      opinions(store) ==
          (texts{"Zed 7 dislike 0.8 at 13 wrong_genre", "ann 4 like 1.0 at 6", "ann 5 seen 0.0 at 12 already_watched",
                 "ann 9 like 1.0 at 3", "ann 9 dislike 0.4 at 11 wrong_genre", "ann 10 dislike 0.7 at 2",
                 "bob 1 dislike 0.8 at 10 wrong_genre", "bob 2 like 1.0 at 1", "zoe 1 dislike 0.7 at 5"}),
      boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(of_one_pair_the_newest_comes_last_whatever_it_is, data::make(urls())) {
  home store(sample);
  must(store.write().put_ratings({stars("ann", 1, 5.0, 15), stars("ann", 2, 1.0, 25)}));
  case_entry imported = disliked(30, "ann", 1, 0.8);
  imported.row.created_at = at(7);
  store.commit(batch_of({disliked(10, "ann", 1, 0.8), disliked(20, "ann", 1, {}), disliked(21, "ann", 2, 0.8),
                         disliked(28, "ann", 2, 0.3), imported}));
  BOOST_TEST(opinions(store) == (texts{"ann 1 dislike 0.8 at 7 wrong_genre", "ann 1 dislike 0.8 at 10 wrong_genre",
                                       "ann 1 like 1.0 at 15", "ann 1 seen 0.0 at 20 already_watched",
                                       "ann 2 dislike 0.8 at 21 wrong_genre", "ann 2 dislike 0.7 at 25",
                                       "ann 2 dislike 0.3 at 28 wrong_genre"}),
             boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_dislike_by_title_is_of_the_one_movie_that_the_catalogue_has_by_it, data::make(urls())) {
  home store(sample);
  const auto titled = [](std::int64_t ms, const std::string& title, id previous) {
    case_entry entry = plain(ms, "ann", previous);
    entry.row.movie_title = title;
    return entry;
  };
  case_entry last = disliked(13, "ann", 5, 0.8);
  last.row.previous_dislike_id = id_at(12);
  store.commit(batch_of({titled(10, "Heat", 0), titled(11, "Saw", id_at(10)), titled(12, "Solaris", id_at(11)), last}));
  const texts by_id_only{"ann 5 dislike 0.8 at 13 wrong_genre"};
  BOOST_TEST(opinions(store) == by_id_only, boost::test_tools::per_element());
  // Two films are called Solaris.
  must(store.write().put_movies({{9, "Heat", {}, {}, {}, {}},
                                 {2, "Solaris", {}, {}, {}, {}},
                                 {3, "Solaris", {}, {}, {}, {}},
                                 {4, "saw", {}, {}, {}, {}}}));
  const auto all = opinions(store);
  BOOST_REQUIRE_EQUAL(all.size(), 2U);
  BOOST_TEST(all[0] == by_id_only[0]);
  BOOST_TEST(all[1].starts_with("ann 9 dislike 0.8 at 10"));
  const auto of_user = must(store.read().opinions("ann", id_at(13), 0.8));
  BOOST_REQUIRE_EQUAL(of_user.size(), 2U);
  BOOST_TEST(of_user[1].movie_id == 9);
  BOOST_CHECK(must(store.read().movie_titled("Heat")) == std::optional<id>(9));
  BOOST_CHECK(!must(store.read().movie_titled("Solaris")));
  BOOST_CHECK(!must(store.read().movie_titled("nowhere")));
}

BOOST_DATA_TEST_CASE(whether_anybody_likes_anything_is_known, data::make(urls())) {
  home store(sample);
  BOOST_TEST(!must(store.read().has_likes()));
  must(store.write().put_ratings({stars("ann", 1, 3.0, 1), stars("bob", 1, 0.5, 1)}));
  BOOST_TEST(!must(store.read().has_likes()));
  must(store.write().put_ratings({stars("bob", 1, 4.0, 2)}));
  BOOST_TEST(must(store.read().has_likes()));
}

BOOST_DATA_TEST_CASE(what_came_after_the_claim_and_what_has_no_id_is_left_out, data::make(urls())) {
  home store(sample);
  store.commit(batch_of({disliked(10, "ann", 1, 0.8), plain(11, "ann"), disliked(12, "ann", 2, 0.8)}));
  BOOST_TEST(opinions(store, id_at(11)) == texts{"ann 1 dislike 0.8 at 10 wrong_genre"},
             boost::test_tools::per_element());
  BOOST_TEST(opinions(store).size() == 2U);
  home empty(sample);
  BOOST_TEST(opinions(empty).empty());
}

BOOST_DATA_TEST_CASE(a_visitor_who_has_enough_ends_the_pass, data::make(urls())) {
  home store(sample);
  must(store.write().put_ratings({stars("ann", 1, 5.0, 1), stars("ann", 2, 5.0, 1), stars("ann", 3, 5.0, 1)}));
  int visited = 0;
  must(store.read().each_opinion(0, 0.8, [&](const training_opinion&) { return ++visited < 2; }));
  BOOST_TEST(visited == 2);
  BOOST_TEST(opinions(store).size() == 3U);  // and leaves nothing open
}

BOOST_DATA_TEST_CASE(a_store_that_has_gone_is_an_error, data::make(urls())) {
  home store(sample);
  reader& open = store.read();
  sqlite3* other = nullptr;
  BOOST_REQUIRE_EQUAL(sqlite3_open(store.file().c_str(), &other), SQLITE_OK);
  BOOST_CHECK_EQUAL(sqlite3_exec(other, "drop table ratings", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  const auto failed = open.each_opinion(0, 0.8, [](const training_opinion&) { return true; });
  BOOST_REQUIRE(!failed);
  BOOST_CHECK(failed.problem().code == error_code::unavailable);
}

BOOST_AUTO_TEST_SUITE_END()
