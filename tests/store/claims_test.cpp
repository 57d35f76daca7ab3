#include "store_home.hpp"

#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace demur;
using namespace demur::store;
namespace data = boost::unit_test::data;

namespace {

model_version started(id version, id parent = 0) {
  model_version made;
  made.model_version_id = version;
  made.parent_id = parent;
  made.created_at = at(50);
  made.trainer = "shared_weights";
  made.cause = {"feature", 21, 0.1 + 0.2, "genre:Horror", 17, 5};
  return made;
}

void add_examples(home& store, int from, int count) {
  std::vector<case_entry> entries;
  for (int i = from; i < from + count; ++i) entries.push_back(full(i, "user-" + std::to_string(i)));
  store.commit(batch_of(entries));
}

std::int64_t used(home& store) {
  const auto all = entries_of(store.read());
  return std::count_if(all.begin(), all.end(), [](const case_entry& entry) { return entry.example->used_in_training; });
}

void mark_all(home& store) {
  while (must(store.write().mark_used(4))) {
  }
}

/// Of all examples, whether each is used, in order: `1100`.
std::string marks(home& store) {
  std::string all;
  for (const case_entry& entry : entries_of(store.read())) all += entry.example->used_in_training ? '1' : '0';
  return all;
}

/// Three versions, one the parent of the next, of three examples each; the last one is live.
void add_line(home& store) {
  for (int i = 0; i < 3; ++i) {
    add_examples(store, 1 + 3 * i, 3);
    const model_version made = started(100 + i, i == 0 ? 0 : 99 + i);
    must(store.write().claim(made));
    must(store.write().publish(made));
    mark_all(store);
  }
}

model_version version_of(home& store, id version) {
  for (const model_version& row : must(store.read().models()))
    if (row.model_version_id == version) return row;
  BOOST_FAIL("no such version");
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store_claims)

BOOST_DATA_TEST_CASE(a_claim_takes_all_that_is_unused, data::make(urls())) {
  home store(sample);
  add_examples(store, 1, 10);
  const auto claim = must(store.write().claim(started(100)));
  BOOST_TEST(claim.after == 0);
  BOOST_TEST(claim.through == id_at(10));
  BOOST_TEST(claim.examples == 10);
  BOOST_TEST(must(store.read().claimed_through()) == id_at(10));
  const model_version row = version_of(store, 100);
  BOOST_CHECK(row.state == model_state::training);
  BOOST_CHECK(row.cause == started(100).cause);
  BOOST_TEST(row.trainer == "shared_weights");
  BOOST_TEST(row.claimed_examples == 10);
}

BOOST_DATA_TEST_CASE(a_claim_of_nothing_is_a_conflict, data::make(urls())) {
  home store(sample);
  const auto refused = store.write().claim(started(100));
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.problem().code == error_code::conflict);
  BOOST_TEST(must(store.read().models()).empty());
  add_examples(store, 1, 2);
  must(store.write().claim(started(101)));
  BOOST_TEST(!store.write().claim(started(102)).has_value());
}

BOOST_DATA_TEST_CASE(what_comes_later_belongs_to_the_next_claim, data::make(urls())) {
  home store(sample);
  add_examples(store, 1, 5);
  must(store.write().claim(started(100)));
  add_examples(store, 6, 3);
  const auto next = must(store.write().claim(started(101, 100)));
  BOOST_TEST(next.after == id_at(5));
  BOOST_TEST(next.through == id_at(8));
  BOOST_TEST(next.examples == 3);
}

BOOST_DATA_TEST_CASE(examples_are_marked_slice_by_slice, data::make(urls())) {
  home store(sample);
  add_examples(store, 1, 10);
  must(store.write().claim(started(100)));
  add_examples(store, 11, 5);
  BOOST_TEST(!must(store.write().mark_used(4)));  // no model knows them yet
  BOOST_TEST(used(store) == 0);
  must(store.write().publish(started(100)));
  BOOST_TEST(must(store.write().mark_used(4)));
  BOOST_TEST(used(store) == 4);
  int calls = 0;
  while (must(store.write().mark_used(4)) && calls < 10) ++calls;
  BOOST_TEST(used(store) == 10);
}

BOOST_DATA_TEST_CASE(marking_says_whether_any_are_left, data::make(urls())) {
  home store(sample);
  add_examples(store, 1, 10);
  must(store.write().claim(started(100)));
  must(store.write().publish(started(100)));
  BOOST_TEST(must(store.write().mark_used(4)));
  BOOST_TEST(must(store.write().mark_used(4)));
  BOOST_TEST(!must(store.write().mark_used(4)));
  BOOST_TEST(!must(store.write().mark_used(4)));
}

BOOST_DATA_TEST_CASE(publishing_retires_the_parent, data::make(urls())) {
  home store(sample);
  add_examples(store, 1, 3);
  must(store.write().claim(started(100)));
  must(store.write().publish(started(100)));
  add_examples(store, 4, 3);
  must(store.write().claim(started(101, 100)));
  model_version trained = started(101, 100);
  trained.metrics = {{"loss", 0.1 + 0.2}, {"users", 5.0}};
  must(store.write().publish(trained));
  BOOST_CHECK(version_of(store, 100).state == model_state::retired);
  const model_version live = version_of(store, 101);
  BOOST_CHECK(live.state == model_state::live);
  BOOST_CHECK(live.metrics == trained.metrics);
  BOOST_TEST(must(store.read().models())[0].model_version_id == 101);
}

BOOST_DATA_TEST_CASE(a_claim_given_back_is_free_again, data::make(urls())) {
  home store(sample);
  add_examples(store, 1, 6);
  must(store.write().claim(started(100)));
  must(store.write().give_back(100, "The disk is full."));
  BOOST_CHECK(version_of(store, 100).state == model_state::failed);
  BOOST_TEST(version_of(store, 100).reason == "The disk is full.");
  BOOST_TEST(used(store) == 0);
  BOOST_TEST(must(store.read().claimed_through()) == 0);
  BOOST_TEST(must(store.write().claim(started(101))).examples == 6);
}

BOOST_DATA_TEST_CASE(a_claim_taken_again_is_marked_from_its_beginning, data::make(urls())) {
  home store(sample);
  add_examples(store, 1, 6);
  must(store.write().claim(started(100)));
  must(store.write().give_back(100, {}));
  must(store.write().claim(started(101)));
  must(store.write().publish(started(101)));
  mark_all(store);
  BOOST_TEST(used(store) == 6);
}

BOOST_DATA_TEST_CASE(a_start_frees_what_a_crash_left_training, data::make(urls())) {
  home store(sample);
  add_examples(store, 1, 6);
  must(store.write().claim(started(100)));
  must(store.write().publish(started(100)));
  add_examples(store, 7, 4);
  must(store.write().claim(started(101, 100)));
  BOOST_TEST(must(store.write().mark_used(3)));
  store.reopen();
  BOOST_CHECK(version_of(store, 101).state == model_state::failed);
  BOOST_TEST(version_of(store, 101).reason == "Its training was interrupted.");
  BOOST_CHECK(version_of(store, 100).state == model_state::live);
  BOOST_TEST(must(store.read().claimed_through()) == id_at(6));
  // And those of the live version are all marked by now.
  BOOST_TEST(used(store) == 6);
}

BOOST_DATA_TEST_CASE(adjustments_of_a_claim_come_in_order_and_without_filters, data::make(urls())) {
  home store(sample);
  add_examples(store, 1, 4);
  must(store.write().claim(started(100)));
  add_examples(store, 5, 2);
  const auto claim = must(store.write().claim(started(101)));
  for (int pass = 0; pass < 2; ++pass) {
    std::vector<claimed_adjustment> seen;
    must(store.read().each_adjustment(claim, [&](const claimed_adjustment& one) { seen.push_back(one); }));
    BOOST_REQUIRE_EQUAL(seen.size(), 2U);
    BOOST_TEST(seen[0].dislike_id == id_at(5));
    BOOST_TEST(seen[0].user_id == "user-5");
    BOOST_TEST(seen[0].reason == "wrong_genre");
    BOOST_TEST(seen[0].item == "movie:603");
    BOOST_TEST(seen[0].feature == "genre:Sci-Fi");
    BOOST_TEST(seen[0].magnitude == -0.15);
    BOOST_TEST(seen[1].dislike_id == id_at(6));
  }
}

BOOST_DATA_TEST_CASE(a_version_says_what_it_claimed_and_what_became_of_it, data::make(urls())) {
  home store(sample);
  add_line(store);
  add_examples(store, 10, 2);
  model_version rejected = started(103, 102);
  rejected.cause = {"drift", 2, std::nullopt, "", 0, 0, 0.05, 0.1 + 0.2, 249};
  must(store.write().claim(rejected));
  rejected.metrics = {{"ndcg", 0.3}};
  rejected.data_hash = "fnv1a-64:0123";
  rejected.reason = "NDCG@10 is 0.30; that of the live version is 0.32.";
  must(store.write().reject(rejected));
  store.reopen();
  const model_version row = version_of(store, 103);
  BOOST_CHECK(row.state == model_state::rejected);
  BOOST_TEST(row.parent_id == 102);
  BOOST_CHECK(row.cause == rejected.cause);
  BOOST_CHECK(row.metrics == rejected.metrics);
  BOOST_TEST(row.data_hash == rejected.data_hash);
  BOOST_TEST(row.reason == rejected.reason);
  BOOST_TEST(row.claim_after == id_at(9));
  BOOST_TEST(row.claim_through == id_at(11));
  BOOST_TEST(marks(store) == "11111111100");
  // Free again, but known to have come to nothing.
  BOOST_TEST(must(store.read().claimed_through()) == id_at(9));
  BOOST_TEST(must(store.read().judged_through()) == id_at(11));
  BOOST_CHECK(must(store.write().version(103))->state == model_state::rejected);
  BOOST_CHECK(!must(store.write().version(7)).has_value());
}

BOOST_DATA_TEST_CASE(what_is_used_follows_the_version_that_is_live, data::make(urls())) {
  home store(sample);
  add_line(store);
  add_examples(store, 10, 1);
  must(store.write().change_live({102, 101, model_state::rolled_back, "It hides all of Horror."}));
  BOOST_CHECK(version_of(store, 102).state == model_state::rolled_back);
  BOOST_TEST(version_of(store, 102).reason == "It hides all of Horror.");
  BOOST_CHECK(version_of(store, 101).state == model_state::live);
  BOOST_TEST(must(store.read().claimed_through()) == id_at(6));
  BOOST_TEST(must(store.read().judged_through()) == id_at(9));
  BOOST_TEST(marks(store) == "1111111110");
  BOOST_TEST(must(store.write().mark_used(2)));
  BOOST_TEST(marks(store) == "1111111000");
  // Half of the way back the live one changes again.
  must(store.write().change_live({101, 102, model_state::retired, ""}));
  BOOST_TEST(version_of(store, 102).reason == "");
  mark_all(store);
  BOOST_TEST(marks(store) == "1111111110");
  must(store.write().change_live({102, 100, model_state::retired, ""}));
  mark_all(store);
  BOOST_TEST(marks(store) == "1110000000");
  must(store.write().change_live({100, 0, model_state::rolled_back, ""}));
  mark_all(store);
  BOOST_TEST(marks(store) == "0000000000");
  BOOST_TEST(must(store.read().claimed_through()) == 0);
  BOOST_TEST(must(store.write().claim(started(104))).examples == 10);
}

BOOST_DATA_TEST_CASE(a_start_marks_what_a_crash_left_to_be_marked, data::make(urls())) {
  home store(sample);
  add_line(store);
  for (const auto& [slices, expected] : {std::pair{0, "111000000"}, {1, "111000000"}, {9, "111000000"}}) {
    must(store.write().change_live({102, 100, model_state::retired, ""}));
    for (int i = 0; i < slices; ++i) must(store.write().mark_used(2));
    store.reopen();
    BOOST_TEST(marks(store) == expected);
    must(store.write().change_live({100, 102, model_state::retired, ""}));
    for (int i = 0; i < slices; ++i) must(store.write().mark_used(2));
    store.reopen();
    BOOST_TEST(marks(store) == "111111111");
  }
}

BOOST_DATA_TEST_CASE(the_dislikes_of_a_claim_come_page_by_page_newest_first, data::make(urls())) {
  home store(sample);
  add_line(store);
  const auto first = must(store.read().model(101, 2, 0));
  BOOST_TEST(first.version.model_version_id == 101);
  BOOST_TEST(first.claimed_dislikes == (std::vector<id>{id_at(6), id_at(5)}), boost::test_tools::per_element());
  BOOST_TEST(first.next_cursor.value() == id_at(4));
  const auto second = must(store.read().model(101, 2, *first.next_cursor));
  BOOST_TEST(second.claimed_dislikes == std::vector<id>{id_at(4)}, boost::test_tools::per_element());
  BOOST_TEST(!second.next_cursor);
  BOOST_TEST(!must(store.read().model(101, 3, 0)).next_cursor);
  for (const id nowhere : {id_at(3), id_at(7), id{1}}) {
    const auto refused = store.read().model(101, 2, nowhere);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.problem().field == "cursor");
  }
  const auto unknown = store.read().model(7, 2, 0);
  BOOST_REQUIRE(!unknown);
  BOOST_CHECK(unknown.problem().code == error_code::not_found);
}

BOOST_DATA_TEST_CASE(dislikes_are_read_on_from_one_without_those_adjusted_late, data::make(urls())) {
  home store(sample);
  add_examples(store, 1, 5);
  case_entry late;
  late.row = full(2, "user-2").row;
  late.readjustment_id = id_at(4) + 1;
  case_file batch;
  batch.readjustment.readjustment_id = late.readjustment_id;
  batch.readjustment.adjusted = {late};
  must(store.write().commit(batch));
  const auto some = must(store.write().entries(id_at(1), 3));
  BOOST_REQUIRE_EQUAL(some.size(), 3U);
  check_same(some[0], full(2, "user-2"));
  BOOST_TEST(some[2].row.dislike_id == id_at(4));
  const auto rest = must(store.write().entries(id_at(4), 3));
  BOOST_REQUIRE_EQUAL(rest.size(), 1U);
  BOOST_TEST(rest[0].row.dislike_id == id_at(5));
}

BOOST_AUTO_TEST_SUITE_END()
