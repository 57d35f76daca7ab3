#include "raw_file.hpp"
#include "store_home.hpp"

#include <boost/test/data/test_case.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace demur;
using namespace demur::store;
namespace data = boost::unit_test::data;

namespace {

/// One that had to wait for its strategy.
case_entry waiting(std::int64_t ms, const std::string& user_id, const std::string& reason = "wrong_genre") {
  case_entry entry = full(ms, user_id);
  entry.row.reason = reason;
  entry.row.adjustment_pending = true;
  entry.impacts.clear();
  return entry;
}

/// What its strategy said at last, with two ways to fade.
case_entry said_late(const case_entry& first, std::int64_t ms) {
  case_entry late;
  late.row = first.row;
  late.readjustment_id = id_at(ms);
  for (int i = 0; i < 2; ++i) {
    recorded_impact& moved = late.impacts.emplace_back();
    moved.row = {id_at(ms) + 1 + i,
                 first.row.dislike_id,
                 3,
                 i ? "genre_weight" : "filter",
                 i ? "genre:Sci-Fi" : "movie:603",
                 i ? -0.3 : 0.0,
                 at(ms)};
    moved.rise = i ? straight_rise{14.0, 140.5} : straight_rise{for_ever, 0.0};
    moved.strategy_version_id = 2;
  }
  return late;
}

void readjust(home& store, std::vector<case_entry> adjusted, std::vector<id> given_up = {},
              std::vector<id> failed = {}) {
  case_file batch;
  if (!adjusted.empty()) batch.readjustment.readjustment_id = adjusted.front().readjustment_id;
  batch.readjustment.adjusted = std::move(adjusted);
  batch.readjustment.given_up = std::move(given_up);
  batch.readjustment.failed = std::move(failed);
  must(store.write().commit(batch));
}

std::vector<id> ids_of(const std::vector<pending_adjustment>& all) {
  std::vector<id> ids;
  for (const pending_adjustment& one : all) ids.push_back(one.row.dislike_id);
  return ids;
}

void check_late(const case_entry& found, const case_entry& put) {
  BOOST_TEST(found.readjustment_id == put.readjustment_id);
  BOOST_TEST(found.row.dislike_id == put.row.dislike_id);
  BOOST_TEST(found.row.user_id == put.row.user_id);
  BOOST_TEST(found.row.genres == put.row.genres, boost::test_tools::per_element());
  BOOST_TEST(!found.example.has_value());
  BOOST_REQUIRE_EQUAL(found.impacts.size(), put.impacts.size());
  for (std::size_t i = 0; i < put.impacts.size(); ++i) {
    BOOST_CHECK(found.impacts[i].row == put.impacts[i].row);
    BOOST_CHECK(found.impacts[i].rise == put.impacts[i].rise);
    BOOST_TEST(found.impacts[i].strategy_version_id == put.impacts[i].strategy_version_id);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store_strategies)

BOOST_DATA_TEST_CASE(how_an_impact_fades_and_whose_it_is_comes_back, data::make(urls())) {
  home store(sample);
  case_entry put = full(1, "ann");
  put.impacts[0].rise = straight_rise{0.1 + 0.2, 140.5};
  put.impacts[0].strategy_version_id = 7;
  put.impacts[1].rise = straight_rise{for_ever, 0.0};
  store.commit(batch_of({put, full(2, "ann", id_at(1))}));
  const auto found = entries_of(store.read());
  BOOST_REQUIRE_EQUAL(found.size(), 2U);
  BOOST_CHECK(found[0].impacts[0].rise == put.impacts[0].rise);
  BOOST_CHECK(found[0].impacts[1].rise == put.impacts[1].rise);
  BOOST_TEST(found[0].impacts[0].strategy_version_id == 7);
  BOOST_TEST(found[0].readjustment_id == 0);
  BOOST_TEST(!found[1].impacts[0].rise.has_value());
}

BOOST_DATA_TEST_CASE(readjustments_come_between_the_dislikes_by_their_ids_with_their_own_impacts, data::make(urls())) {
  home store(sample);
  const case_entry a = waiting(1, "ann"), b = waiting(2, "bob"), c = full(3, "ann", id_at(1)), d = full(9, "bob");
  const case_entry late_a = said_late(a, 5), late_b = said_late(b, 5);
  case_entry third = waiting(4, "cid");
  const case_entry late_third = said_late(third, 7);
  store.commit(batch_of({a, b, c}));
  store.commit(batch_of({third}));
  readjust(store, {late_a, late_b});
  readjust(store, {late_third});
  store.commit(batch_of({d}));

  const auto found = entries_of(store.read());
  BOOST_REQUIRE_EQUAL(found.size(), 8U);
  check_same(found[2], c);
  check_late(found[4], late_a);
  check_late(found[5], late_b);
  check_late(found[6], late_third);
  check_same(found[7], d);
  for (const std::size_t first : {0U, 1U, 3U}) {
    BOOST_TEST(found[first].impacts.empty());
    BOOST_TEST(found[first].example.has_value());
  }
  BOOST_TEST(must(store.read().newest_entry_id()) == id_at(9));

  // A range holds those readjustments whose ids are in it, whatever the dislikes'.
  const auto some = entries_of(store.read(), id_at(3), id_at(5));
  BOOST_REQUIRE_EQUAL(some.size(), 3U);
  BOOST_TEST(some[0].row.dislike_id == id_at(4));
  check_late(some[1], late_a);
  check_late(some[2], late_b);
  BOOST_TEST(entries_of(store.read(), id_at(5), id_at(6)).empty());
  const auto last = entries_of(store.read(), id_at(6), id_at(8));
  BOOST_REQUIRE_EQUAL(last.size(), 1U);
  check_late(last[0], late_third);
}

BOOST_DATA_TEST_CASE(an_id_that_a_readjustment_has_is_in_use, data::make(urls())) {
  home store(sample);
  const case_entry a = waiting(1, "ann");
  store.commit(batch_of({a}));
  BOOST_TEST(must(store.read().newest_entry_id()) == id_at(1));
  case_entry nothing_said = said_late(a, 5);
  nothing_said.impacts.clear();
  readjust(store, {nothing_said});
  BOOST_TEST(must(store.read().newest_entry_id()) == id_at(5));
  BOOST_TEST(must(store.read().newest_id()) >= id_at(5));
}

BOOST_DATA_TEST_CASE(who_waits_waits_until_he_is_adjusted_or_given_up, data::make(urls())) {
  home store(sample);
  const case_entry a = waiting(1, "ann"), b = waiting(2, "bob"), c = waiting(3, "cid"),
                   d = waiting(4, "ann", "cooldown");
  store.commit(batch_of({a, b, c, d, full(5, "bob")}));
  const auto fresh = [&] { return must(store.read().pending_adjustments("wrong_genre", 0, 0, 10)); };
  BOOST_TEST(ids_of(fresh()) == (std::vector<id>{id_at(1), id_at(2), id_at(3)}), boost::test_tools::per_element());
  BOOST_TEST(fresh()[0].row.movie_title == a.row.movie_title);
  BOOST_TEST(ids_of(must(store.read().pending_adjustments("wrong_genre", 0, 0, 2))).size() == 2U);
  BOOST_CHECK((must(store.read().pending_by_reason()) ==
               std::map<std::string, std::int64_t>{{"cooldown", 1}, {"wrong_genre", 3}}));
  const auto page = must(store.read().history("bob", 10, 0));
  BOOST_REQUIRE_EQUAL(page.dislikes.size(), 1U);  // the chain begins with what the tally names
  BOOST_TEST(!page.dislikes[0].adjustment_pending);
  BOOST_TEST(must(store.read().history("cid", 10, 0)).dislikes.at(0).adjustment_pending);

  readjust(store, {said_late(b, 6)}, {id_at(1)}, {id_at(3)});
  BOOST_TEST(fresh().empty());
  const auto tried = must(store.read().pending_adjustments("wrong_genre", 1, 3, 10));
  BOOST_TEST(ids_of(tried) == std::vector<id>{id_at(3)}, boost::test_tools::per_element());
  BOOST_TEST(tried.front().attempts == 1);
  BOOST_CHECK((must(store.read().pending_by_reason()) ==
               std::map<std::string, std::int64_t>{{"cooldown", 1}, {"wrong_genre", 1}}));
  store.reopen();
  BOOST_TEST(must(store.read().pending_adjustments("wrong_genre", 1, 3, 10)).front().attempts == 1);
  readjust(store, {}, {id_at(3), id_at(4)});
  BOOST_TEST(must(store.read().pending_by_reason()).empty());
  BOOST_TEST(!must(store.read().history("cid", 10, 0)).dislikes.at(0).adjustment_pending);
}

BOOST_DATA_TEST_CASE(a_late_factor_scales_the_example_unless_a_model_has_learned_from_it, data::make(urls())) {
  home store(sample);
  const case_entry a = waiting(1, "ann"), b = waiting(2, "bob");
  store.commit(batch_of({a}));
  model_version first;
  first.model_version_id = id_at(3);
  first.state = model_state::training;
  must(store.write().claim(first));
  first.state = model_state::live;
  must(store.write().publish(first));
  while (must(store.write().mark_used(100))) {
  }
  store.commit(batch_of({b}));
  case_entry late_a = said_late(a, 5), late_b = said_late(b, 5);
  late_a.training_factor = late_b.training_factor = 0.3;
  readjust(store, {late_a, late_b});
  const auto found = entries_of(store.read());
  BOOST_REQUIRE_EQUAL(found.size(), 4U);
  BOOST_TEST(found[0].example->weight == a.example->weight);
  BOOST_TEST(found[1].example->weight == b.example->weight * 0.3);
}

BOOST_DATA_TEST_CASE(versions_of_strategies_come_back_by_id, data::make(urls())) {
  home store(sample);
  case_file batch = batch_of({full(1, "ann")});
  batch.new_strategies = {{2, "b", "2.0", "hash b", at(2)}, {1, "a", "1.0", "hash a", at(1)}};
  store.commit(std::move(batch));
  const auto found = must(store.read().strategy_versions());
  BOOST_REQUIRE_EQUAL(found.size(), 2U);
  BOOST_TEST(found[0].name == "a");
  BOOST_TEST(found[1].strategy_version_id == 2);
  BOOST_TEST(found[1].version == "2.0");
  BOOST_TEST(found[1].hash == "hash b");
  BOOST_TEST((found[1].first_used_at == at(2)));
}

BOOST_DATA_TEST_CASE(what_a_shadow_would_have_done_is_kept_apart, data::make(urls())) {
  home store(sample);
  case_file batch = batch_of({full(1, "ann")});
  batch.shadows = {{id_at(1), 2, "genre:Sci-Fi", -0.5}, {id_at(1), 2, "cast:O'Neil, Ed", 0.1 + 0.2}};
  store.commit(std::move(batch));
  BOOST_TEST(entries_of(store.read()).front().impacts.size() == 2U);
  BOOST_TEST(raw_file(store.file())
                 .ask("select feature_affected, strategy_version_id, adjustment_magnitude = 0.1 + 0.2 "
                      "from shadow_adjustments where dislike_id = " +
                      std::to_string(id_at(1)) + " order by feature_affected") ==
             "cast:O'Neil, Ed 2 1 genre:Sci-Fi 2 0 ");
}

BOOST_DATA_TEST_CASE(the_last_promotion_of_a_reason_counts, data::make(urls())) {
  home store(sample);
  BOOST_TEST(must((store.write(), store.read()).promoted_strategies()).empty());
  must(store.write().put_promotion("wrong_genre", "new", at(1)));
  must(store.write().put_promotion("cooldown", "other", at(2)));
  must(store.write().put_promotion("wrong_genre", "old", at(3)));
  store.reopen();
  BOOST_CHECK((must(store.read().promoted_strategies()) ==
               std::map<std::string, std::string>{{"cooldown", "other"}, {"wrong_genre", "old"}}));
}

BOOST_AUTO_TEST_CASE(a_store_of_schema_1_keeps_its_rows_and_takes_new_ones) {
  home store;
  const case_entry old = full(1, "ann"), newer = waiting(2, "ann");
  store.commit(batch_of({old}));
  must(store.write().put_movies({{1, "Heat", {"Crime"}, {}, std::nullopt, {"Michael Mann"}}}));
  store.close();
  go_back_to_schema_1(store.file());
  BOOST_TEST(raw_file(store.file()).ask("select max(version) from schema_migrations") == "1 ");

  store.reopen();
  const auto found = entries_of(store.read());
  BOOST_REQUIRE_EQUAL(found.size(), 1U);
  check_same(found.front(), old);
  BOOST_TEST(found.front().impacts[0].strategy_version_id == 0);
  BOOST_TEST(!found.front().impacts[0].rise.has_value());
  BOOST_TEST(must(store.read().pending_by_reason()).empty());
  store.commit(batch_of({newer}));
  readjust(store, {said_late(newer, 5)});
  BOOST_TEST(entries_of(store.read()).size() == 3U);
  store.reopen();
  BOOST_TEST(entries_of(store.read()).size() == 3U);
  BOOST_TEST(raw_file(store.file()).ask("select max(version) from schema_migrations") == "7 ");
  BOOST_CHECK((must(store.read().movies({1})) == std::vector<movie>{{1, "Heat", {"Crime"}, {}, std::nullopt, {}}}));
}

BOOST_AUTO_TEST_SUITE_END()
