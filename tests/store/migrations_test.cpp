#include "raw_file.hpp"
#include "store_home.hpp"

#include <string>
#include <vector>

using namespace demur;
using namespace demur::store;

namespace {

model_version started(id version, id parent) {
  model_version made;
  made.model_version_id = version;
  made.parent_id = parent;
  made.created_at = at(50);
  made.trainer = "shared_weights";
  made.cause = {"count", 3, std::nullopt, "", 0, 0};
  return made;
}

void add_examples(home& store, int from, int count) {
  std::vector<case_entry> entries;
  for (int i = from; i < from + count; ++i) entries.push_back(full(i, "user-" + std::to_string(i)));
  store.commit(batch_of(entries));
}

/// Versions 100, retired, and 101, live; 102 failed; a set before, between and after the dislikes.
void fill(home& store) {
  must(store.write().put_recommendation_set(
      {id_at(0) + 1, {1, "ann", 0, at(0), {{7, "", {}, {}}, {8, "", {}, {}}}}, {}}));
  add_examples(store, 1, 3);
  must(store.write().claim(started(100, 0)));
  must(store.write().publish(started(100, 0)));
  must(store.write().put_recommendation_set({id_at(3) + 1, {2, "ann", 0, at(4), {{7, "", {}, {}}}}, {}}));
  add_examples(store, 5, 3);
  must(store.write().claim(started(101, 100)));
  must(store.write().publish(started(101, 100)));
  while (must(store.write().mark_used(100))) {
  }
  add_examples(store, 9, 2);
  must(store.write().claim(started(102, 101)));
  must(store.write().give_back(102, {}));
  must(store.write().put_recommendation_set({id_at(12), {3, "ann", 0, at(12), {{7, "", {}, {}}}}, {}}));
  must(store.write().put_snapshot({"patterns", id_at(3), 0, "of schema 2"}));
  must(store.write().put_snapshot({"metrics", id_at(3), 0, "of schema 2"}));
}

std::string marks(home& store) {
  std::string all;
  for (const case_entry& entry : entries_of(store.read())) all += entry.example->used_in_training ? '1' : '0';
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store_migrations)

BOOST_AUTO_TEST_CASE(a_store_of_schema_2_keeps_its_versions_and_goes_on) {
  home store;
  fill(store);
  const auto before = must(store.read().models());
  store.close();
  go_back_to_schema_2(store.file());

  store.reopen();
  BOOST_TEST(raw_file(store.file()).ask("select max(version) from schema_migrations") == "7 ");
  const auto versions = must(store.read().models());
  BOOST_REQUIRE_EQUAL(versions.size(), before.size());
  for (std::size_t i = 0; i < versions.size(); ++i) {
    BOOST_CHECK(versions[i].state == before[i].state);
    BOOST_CHECK(versions[i].cause == before[i].cause);
    BOOST_TEST(versions[i].claim_through == before[i].claim_through);
    BOOST_TEST(versions[i].reason == "");
    BOOST_TEST(versions[i].data_hash == "");
  }
  BOOST_TEST(marks(store) == "11111100");
  BOOST_TEST(must(store.write().claim(started(103, 101))).after == id_at(7));
  must(store.write().publish(started(103, 101)));
  while (must(store.write().mark_used(1))) {
  }
  BOOST_TEST(marks(store) == "11111111");
}

BOOST_AUTO_TEST_CASE(what_a_training_of_schema_2_had_marked_is_free_again) {
  home store;
  fill(store);
  must(store.write().claim(started(103, 101)));
  store.close();
  go_back_to_schema_2(store.file());
  // It marked before it published, and ended in between.
  raw_file(store.file())
      .run("update negative_training_examples set used_in_training = 1 where example_id = " + std::to_string(id_at(9)));
  store.reopen();
  BOOST_TEST(marks(store) == "11111100");
}

BOOST_AUTO_TEST_CASE(a_store_of_schema_2_places_its_impressions_by_their_ids) {
  home store;
  fill(store);
  store.close();
  go_back_to_schema_2(store.file());
  store.reopen();
  const auto shown = must(store.read().impressions(0, 0));
  BOOST_REQUIRE_EQUAL(shown.size(), 3U);
  BOOST_TEST(shown[0].dislike_id == id_at(1));
  BOOST_TEST(shown[0].impressions == 2);
  BOOST_TEST(shown[1].dislike_id == id_at(5));
  BOOST_TEST(shown[1].impressions == 1);
  BOOST_TEST(shown[2].dislike_id == no_dislike);
  BOOST_TEST(shown[2].impressions == 1);
  // What was learned of drift, and of what was shown, is in no snapshot of then: it is counted anew.
  BOOST_TEST(!must(store.read().latest_snapshot("patterns")).has_value());
  BOOST_TEST(!must(store.read().latest_snapshot("metrics")).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
