#include "store_home.hpp"

#include <boost/test/data/test_case.hpp>

using namespace demur;
using namespace demur::store;
namespace data = boost::unit_test::data;

namespace {

recommendation_set shown_to(const std::string& user, id set_id) {
  recommendation_set shown{set_id, user, 4, at(7), {}};
  shown.items.push_back({603, "The Matrix", 0.1 + 0.2, 1.0 / 3.0});
  shown.items.push_back({std::nullopt, "Unknown", std::nullopt, std::nullopt});
  return shown;
}

std::vector<recorded_set> sets_of(reader& from, id after) {
  std::vector<recorded_set> found;
  must(from.each_recommendation_set(after, [&](const recorded_set& set) { found.push_back(set); }));
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store_catalogue)

BOOST_DATA_TEST_CASE(movies_are_replaced_and_the_old_rows_returned, data::make(urls())) {
  home store(sample);
  const movie first{2, "Jumanji", {"Adventure", "Children"}, {"Robin W."}, "Jumanji", {"Joe J.", "A. N. Other"}};
  const movie bare{1, "Toy Story", {}, {}, std::nullopt};
  BOOST_TEST(must(store.write().put_movies({first, bare})).empty());
  movie changed = first;
  changed.genres = {"Fantasy"};
  changed.franchise.reset();
  changed.directors = {"Joe J."};
  const auto before = must(store.write().put_movies({changed, {3, "Heat", {"Crime"}, {}, std::nullopt}}));
  BOOST_REQUIRE_EQUAL(before.size(), 1U);
  BOOST_CHECK(before[0] == first);
  const auto known = must(store.write().movies({1, 2, 99}));
  BOOST_REQUIRE_EQUAL(known.size(), 2U);
  BOOST_CHECK(known[0] == bare);
  BOOST_CHECK(known[1] == changed);
  BOOST_TEST(must(store.read().movies({2, 3})).size() == 2U);
  std::vector<id> order;
  must(store.read().each_movie([&](const movie& row) { order.push_back(row.movie_id); }));
  BOOST_CHECK((order == std::vector<id>{1, 2, 3}));
}

BOOST_DATA_TEST_CASE(the_last_of_two_rows_for_one_movie_stays, data::make(urls())) {
  home store(sample);
  must(store.write().put_movies({{1, "Old", {}, {}, std::nullopt}, {1, "New", {}, {}, std::nullopt}}));
  BOOST_TEST(must(store.read().movies({1}))[0].movie_title == "New");
}

BOOST_DATA_TEST_CASE(no_rows_are_no_failure, data::make(urls())) {
  home store(sample);
  BOOST_TEST(must(store.write().put_movies({})).empty());
  must(store.write().put_ratings({}));
  BOOST_TEST(must(store.read().movies({})).empty());
}

BOOST_DATA_TEST_CASE(a_set_comes_back_with_its_items_in_their_order, data::make(urls())) {
  home store(sample);
  must(store.write().put_recommendation_set({10, shown_to("ann", 900), {}}));
  must(store.write().put_recommendation_set({11, shown_to("bob", 500), set_leak{2, 1}}));
  const auto all = sets_of(store.read(), 0);
  BOOST_REQUIRE_EQUAL(all.size(), 2U);
  BOOST_TEST(all[0].recorded_id == 10);
  BOOST_TEST(!all[0].leak);
  BOOST_CHECK((all[1].leak == set_leak{2, 1}));
  const recommendation_set& set = all[0].shown;
  BOOST_TEST(set.recommendation_set_id == 900);
  BOOST_TEST(set.user_id == "ann");
  BOOST_TEST(set.model_version_id == 4);
  BOOST_CHECK(set.created_at == at(7));
  BOOST_REQUIRE_EQUAL(set.items.size(), 2U);
  BOOST_CHECK(set.items[0].movie_id == id{603});
  BOOST_CHECK(set.items[0].predicted_score == 0.1 + 0.2);
  BOOST_CHECK(set.items[0].propensity == 1.0 / 3.0);
  BOOST_TEST(set.items[1].movie_title == "Unknown");
  BOOST_TEST(!set.items[1].movie_id.has_value());
  BOOST_TEST(!set.items[1].predicted_score.has_value());
  BOOST_TEST(sets_of(store.read(), 10).size() == 1U);
}

BOOST_DATA_TEST_CASE(a_set_without_items_is_visited_too, data::make(urls())) {
  home store(sample);
  must(store.write().put_recommendation_set({12, {700, "ann", 0, at(1), {}}, {}}));
  BOOST_TEST(sets_of(store.read(), 0).size() == 1U);
}

BOOST_DATA_TEST_CASE(a_set_that_is_there_is_a_conflict, data::make(urls())) {
  home store(sample);
  must(store.write().put_recommendation_set({10, shown_to("ann", 900), {}}));
  const auto refused = store.write().put_recommendation_set({11, shown_to("bob", 900), {}});
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.problem().code == error_code::conflict);
  BOOST_TEST(refused.problem().found == "900");
  BOOST_TEST(sets_of(store.read(), 0).size() == 1U);
}

BOOST_DATA_TEST_CASE(a_dislike_is_credited_to_the_version_whose_set_it_names_if_that_came_before_it,
                     data::make(urls())) {
  home store(sample);
  must(store.write().put_recommendation_set({id_at(1), shown_to("ann", 900), {}}));
  must(store.write().put_recommendation_set({id_at(5), shown_to("ann", 901), {}}));
  std::vector<case_entry> entries{full(2, "ann"), full(3, "ann"), full(4, "ann"), full(5, "ann"), full(6, "ann")};
  entries[0].row.recommendation_set_id = 900;
  entries[1].row.recommendation_set_id = 901;
  entries[2].row.recommendation_set_id = 902;
  entries[3].row.recommendation_set_id = 901;  // at the very moment: nobody knows which came first
  entries[4].row.recommendation_set_id.reset();
  // Twice, as what was found is kept: of a set that nobody knew nothing is.
  for (int times = 0; times < 2; ++times) {
    must(store.write().name_versions(entries));
    BOOST_CHECK(entries[0].recommended_by == id{4});
    for (const std::size_t none : {1U, 2U, 3U, 4U}) BOOST_TEST(!entries[none].recommended_by);
  }
  must(store.write().put_recommendation_set({id_at(7), shown_to("ann", 902), {}}));
  store.commit(batch_of(entries));
  const auto found = entries_of(store.read());
  BOOST_REQUIRE_EQUAL(found.size(), entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) BOOST_CHECK(found[i].recommended_by == entries[i].recommended_by);
}

BOOST_DATA_TEST_CASE(it_is_known_which_impressions_were_counted_before_which_dislike, data::make(urls())) {
  home store(sample);
  // Recorded 11 to 14, with 2, 2, 0 and 2 items; counted by the batches as these say, whatever the ids.
  for (int i = 1; i <= 4; ++i) {
    recommendation_set shown = shown_to("ann", i);
    if (i == 3) shown.items.clear();
    must(store.write().put_recommendation_set({10 + i, shown, {}}));
  }
  const auto batch = [&](int from, id shown_through) {
    case_file file = batch_of({full(from, "ann"), full(from + 1, "bob")});
    file.shown_through = shown_through;
    store.commit(std::move(file));
  };
  batch(1, 0);
  batch(3, 11);
  batch(5, 0);
  batch(7, 13);
  case_file nobodys;
  nobodys.shown_through = 14;
  must(store.write().commit(nobodys));

  const auto check = [](const std::vector<impressions_before>& found, const std::vector<impressions_before>& expected) {
    BOOST_REQUIRE_EQUAL(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      BOOST_TEST(found[i].dislike_id == expected[i].dislike_id);
      BOOST_TEST(found[i].impressions == expected[i].impressions);
      BOOST_TEST(found[i].through_recorded_id == expected[i].through_recorded_id);
    }
  };
  check(must(store.read().impressions(0, 0)), {{id_at(3), 2, 11}, {id_at(7), 2, 13}, {no_dislike, 2, 14}});
  // From a snapshot on, which may have counted sets that only a later batch tells of.
  check(must(store.read().impressions(id_at(3), 11)), {{id_at(7), 2, 13}, {no_dislike, 2, 14}});
  check(must(store.read().impressions(id_at(6), 13)), {{id_at(7), 0, 13}, {no_dislike, 2, 14}});
  check(must(store.read().impressions(id_at(8), 14)), {{no_dislike, 0, 14}});
}

BOOST_AUTO_TEST_SUITE_END()
