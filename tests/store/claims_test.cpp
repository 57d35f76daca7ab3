#include "store_home.hpp"

#include <boost/test/data/test_case.hpp>

#include <algorithm>

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
  const auto claim = must(store.write().claim(started(100)));
  add_examples(store, 11, 5);
  BOOST_TEST(must(store.write().mark_used(claim, 4)) > 0);
  BOOST_TEST(used(store) == 4);
  int calls = 0;
  while (must(store.write().mark_used(claim, 4)) > 0 && calls < 10) ++calls;
  BOOST_TEST(used(store) == 10);
}

BOOST_DATA_TEST_CASE(marking_says_how_many_are_left, data::make(urls())) {
  home store(sample);
  add_examples(store, 1, 10);
  const auto claim = must(store.write().claim(started(100)));
  BOOST_TEST(must(store.write().mark_used(claim, 4)) == 6);
  BOOST_TEST(must(store.write().mark_used(claim, 4)) == 2);
  BOOST_TEST(must(store.write().mark_used(claim, 4)) == 0);
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
  const auto claim = must(store.write().claim(started(100)));
  must(store.write().mark_used(claim, 4));
  must(store.write().give_back(100));
  BOOST_CHECK(version_of(store, 100).state == model_state::failed);
  BOOST_TEST(used(store) == 0);
  BOOST_TEST(must(store.read().claimed_through()) == 0);
  BOOST_TEST(must(store.write().claim(started(101))).examples == 6);
}

BOOST_DATA_TEST_CASE(a_claim_taken_again_is_marked_from_its_beginning, data::make(urls())) {
  home store(sample);
  add_examples(store, 1, 6);
  must(store.write().mark_used(must(store.write().claim(started(100))), 4));
  must(store.write().give_back(100));
  const auto again = must(store.write().claim(started(101)));
  while (must(store.write().mark_used(again, 4)) > 0) {
  }
  BOOST_TEST(used(store) == 6);
}

BOOST_DATA_TEST_CASE(a_start_frees_what_a_crash_left_training, data::make(urls())) {
  home store(sample);
  add_examples(store, 1, 6);
  must(store.write().claim(started(100)));
  must(store.write().publish(started(100)));
  add_examples(store, 7, 4);
  const auto claim = must(store.write().claim(started(101, 100)));
  must(store.write().mark_used(claim, 3));
  store.reopen();
  BOOST_CHECK(version_of(store, 101).state == model_state::failed);
  BOOST_CHECK(version_of(store, 100).state == model_state::live);
  BOOST_TEST(must(store.read().claimed_through()) == id_at(6));
  BOOST_TEST(used(store) == 0);
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

BOOST_AUTO_TEST_SUITE_END()
