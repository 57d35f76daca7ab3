#include "store_home.hpp"

#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <chrono>

using namespace demur;
using namespace demur::store;
namespace data = boost::unit_test::data;

namespace {

/// `count` dislikes of one user, chained, in one batch, with a neighbour's in between.
void fill_chain(home& store, int count) {
  std::vector<case_entry> entries;
  for (int i = 0; i < count; ++i) {
    entries.push_back(plain(10 * i, "ann", i ? id_at(10 * (i - 1)) : 0));
    entries.back().row.predicted_score = 0.5 + 0.25 * (i % 2);
    entries.push_back(plain(10 * i + 5, "bob", i ? id_at(10 * (i - 1) + 5) : 0));
  }
  store.commit(batch_of(entries));
}

pattern found_pattern(std::int64_t ms, const std::string& user, const std::string& value, severity how_much) {
  return {id_at(ms), user, "genre", value, 3, how_much, at(ms)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store_reading)

BOOST_DATA_TEST_CASE(history_follows_the_chain_page_by_page, data::make(urls())) {
  home store(sample);
  fill_chain(store, 7);
  std::vector<id> seen;
  id cursor = 0;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = must(store.read().history("ann", 3, cursor));
    BOOST_TEST(page.user_id == "ann");
    BOOST_TEST(page.total == 7);
    for (const dislike& row : page.dislikes) {
      BOOST_TEST(row.user_id == "ann");
      seen.push_back(row.dislike_id);
    }
    if (!page.next_cursor) break;
    cursor = *page.next_cursor;
  }
  BOOST_REQUIRE_EQUAL(seen.size(), 7U);
  for (int i = 0; i < 7; ++i) BOOST_TEST(seen[static_cast<std::size_t>(i)] == id_at(10 * (6 - i)));
}

BOOST_DATA_TEST_CASE(a_page_that_ends_the_history_has_no_cursor, data::make(urls())) {
  home store(sample);
  fill_chain(store, 3);
  BOOST_TEST(!must(store.read().history("ann", 3, 0)).next_cursor.has_value());
  const auto stranger = must(store.read().history("nobody", 3, 0));
  BOOST_TEST(stranger.total == 0);
  BOOST_TEST(stranger.dislikes.empty());
  BOOST_TEST(!stranger.next_cursor.has_value());
}

BOOST_DATA_TEST_CASE(a_cursor_shows_nothing_of_another_user, data::make(urls())) {
  home store(sample);
  fill_chain(store, 3);
  const auto refused = store.read().history("ann", 3, id_at(5));
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.problem().code == error_code::bad_value);
  BOOST_TEST(refused.problem().field == "cursor");
  BOOST_TEST(!store.read().history("ann", 3, 12345).has_value());
}

BOOST_DATA_TEST_CASE(the_tally_counts_by_reason, data::make(urls())) {
  home store(sample);
  store.commit(batch_of({full(1, "ann"), plain(2, "ann", id_at(1)), full(3, "ann", id_at(2)), plain(4, "bob")}));
  const auto counted = must(store.read().tally("ann"));
  BOOST_TEST(counted.total == 3);
  BOOST_TEST(counted.newest_dislike_id == id_at(3));
  BOOST_TEST(counted.by_reason.at("wrong_genre") == 2);
  BOOST_TEST(counted.by_reason.at("not_interested") == 1);
  BOOST_TEST(must(store.read().tally("nobody")).total == 0);
}

BOOST_DATA_TEST_CASE(the_trend_counts_what_is_young_and_averages_what_was_predicted, data::make(urls())) {
  home store(sample);
  fill_chain(store, 7);
  const auto recent = must(store.read().trend("ann", at(40)));
  BOOST_TEST(recent.total_dislikes == 3);
  BOOST_TEST(recent.avg_predicted_score.value() == (0.5 + 0.75 + 0.5) / 3);
  BOOST_TEST(!must(store.read().trend("bob", at(0))).avg_predicted_score.has_value());
  BOOST_TEST(must(store.read().trend("ann", at(61))).total_dislikes == 0);
}

BOOST_DATA_TEST_CASE(an_imported_dislike_counts_by_its_own_time, data::make(urls())) {
  home store(sample);
  case_entry imported = plain(100, "ann", id_at(50));
  imported.row.created_at = at(0) - std::chrono::days(3000);
  store.commit(batch_of({plain(50, "ann"), imported}));
  BOOST_TEST(must(store.read().trend("ann", at(0))).total_dislikes == 1);
}

BOOST_DATA_TEST_CASE(patterns_are_replaced_by_user_type_and_value, data::make(urls())) {
  home store(sample);
  case_file batch;
  batch.patterns = {found_pattern(1, "", "Horror", severity::high), found_pattern(2, "ann", "Horror", severity::low),
                    found_pattern(3, "ann", "War", severity::medium)};
  store.commit(batch);
  pattern risen = batch.patterns[1];
  risen.frequency = 9;
  risen.severity = severity::high;
  batch.patterns = {risen};
  store.commit(batch);

  const auto hers = must(store.read().patterns("ann"));
  BOOST_REQUIRE_EQUAL(hers.size(), 2U);
  BOOST_TEST(hers[0].pattern_value == "War");
  BOOST_CHECK(hers[1] == risen);
  const auto everyones = must(store.read().patterns(""));
  BOOST_REQUIRE_EQUAL(everyones.size(), 1U);
  BOOST_CHECK(everyones[0] == found_pattern(1, "", "Horror", severity::high));
  const auto known = must(store.write().patterns({found_pattern(9, "ann", "Drama", severity::low), risen}));
  BOOST_REQUIRE_EQUAL(known.size(), 1U);
  BOOST_CHECK(known[0] == risen);
}

BOOST_DATA_TEST_CASE(entries_are_visited_in_the_range_that_was_asked, data::make(urls())) {
  home store(sample);
  std::vector<case_entry> put;
  for (int i = 1; i <= 9; ++i) put.push_back(full(i, "ann", i > 1 ? id_at(i - 1) : 0));
  store.commit(batch_of(put));
  const auto some = entries_of(store.read(), id_at(3), id_at(6));
  BOOST_REQUIRE_EQUAL(some.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) check_same(some[i], put[i + 3]);
}

BOOST_DATA_TEST_CASE(the_newest_id_is_above_all_that_were_given, data::make(urls())) {
  home store(sample);
  BOOST_TEST(must(store.read().newest_id()) == 0);
  store.commit(batch_of({full(5, "ann")}));
  BOOST_TEST(must(store.read().newest_id()) == id_at(5) + 2);
  case_file batch;
  batch.patterns = {found_pattern(8, "ann", "War", severity::low)};
  store.commit(batch);
  BOOST_TEST(must(store.read().newest_id()) == id_at(8));
  batch.patterns = {found_pattern(6, "ann", "Horror", severity::low)};
  store.commit(batch);
  BOOST_TEST(must(store.read().newest_id()) == id_at(8));
}

BOOST_DATA_TEST_CASE(a_reader_sees_what_was_committed_after_it_opened, data::make(urls())) {
  home store(sample);
  must(store.read().ping());
  BOOST_TEST(entries_of(store.read()).empty());
  store.commit(batch_of({plain(1, "ann")}));
  BOOST_TEST(entries_of(store.read()).size() == 1U);
}

BOOST_DATA_TEST_CASE(a_snapshot_replaces_the_one_of_its_part, data::make(urls())) {
  home store(sample);
  BOOST_TEST(!must(store.read().latest_snapshot("metrics")).has_value());
  must(store.write().put_snapshot({"metrics", 1, 2, "first"}));
  must(store.write().put_snapshot({"patterns", 3, 4, std::string(3'000'000, 'p')}));
  must(store.write().put_snapshot({"metrics", 5, 6, "line\tone\nline two\n"}));
  store.reopen();
  const auto metrics = must(store.read().latest_snapshot("metrics"));
  BOOST_REQUIRE(metrics.has_value());
  BOOST_TEST(metrics->through_dislike_id == 5);
  BOOST_TEST(metrics->through_recorded_id == 6);
  BOOST_TEST(metrics->text == "line\tone\nline two\n");
  BOOST_TEST(must(store.read().latest_snapshot("patterns"))->text.size() == 3'000'000U);
}

BOOST_AUTO_TEST_SUITE_END()
