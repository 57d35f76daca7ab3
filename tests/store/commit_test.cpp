#include "domain/feature.hpp"
#include "store_home.hpp"

#include <boost/test/data/test_case.hpp>

#include <bit>
#include <cstdint>
#include <limits>

using namespace demur;
using namespace demur::store;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(store_commit)

BOOST_DATA_TEST_CASE(every_column_comes_back_as_it_was_put, data::make(urls())) {
  home store(sample);
  const std::vector<case_entry> put = {plain(1, "ann"), full(2, "ann", id_at(1)), full(3, "bob")};
  must(store.write().commit(batch_of(put)));
  const auto found = entries_of(store.read());
  BOOST_REQUIRE_EQUAL(found.size(), put.size());
  for (std::size_t i = 0; i < put.size(); ++i) check_same(found[i], put[i]);
}

BOOST_DATA_TEST_CASE(a_dislike_without_example_or_impacts_is_whole, data::make(urls())) {
  home store(sample);
  case_entry seen = plain(2, "ann");
  seen.example.reset();
  must(store.write().commit(batch_of({full(1, "ann"), seen, full(3, "ann", seen.row.dislike_id)})));
  const auto found = entries_of(store.read());
  BOOST_REQUIRE_EQUAL(found.size(), 3U);
  BOOST_TEST(!found[1].example.has_value());
  BOOST_TEST(found[1].impacts.empty());
  BOOST_TEST(found[2].impacts.size() == 2U);
}

BOOST_DATA_TEST_CASE(sums_come_back_to_the_bit, data::make(urls())) {
  home store(sample);
  const double odd[] = {std::numeric_limits<double>::denorm_min(), -0.16251892949777494, -1.0, 1e-300, -1e300, 0.1};
  case_file batch = batch_of({plain(1, "ann")});
  for (std::size_t i = 0; i < std::size(odd); ++i)
    batch.features.push_back({"ann", "genre:" + std::to_string(i), {counted("wrong_genre", 1, odd[i], id_at(1))}});
  must(store.write().commit(batch));
  std::vector<feature_key> keys;
  for (const feature_state& state : batch.features) keys.push_back({state.user_id, state.feature});
  const auto found = must(store.write().features(keys));
  BOOST_REQUIRE_EQUAL(found.size(), batch.features.size());
  for (std::size_t i = 1; i < found.size(); ++i) {
    BOOST_REQUIRE_EQUAL(found[i].by_reason.size(), 1U);
    BOOST_TEST(std::bit_cast<std::uint64_t>(found[i].by_reason[0].sum.value) ==
               std::bit_cast<std::uint64_t>(odd[i - 1]));
    BOOST_CHECK(found[i] == batch.features[i]);
  }
}

BOOST_DATA_TEST_CASE(features_answer_in_the_order_of_the_keys_known_or_not, data::make(urls())) {
  home store(sample);
  case_file batch = batch_of({plain(1, "ann"), plain(2, "bob")});
  batch.features = {};
  std::vector<feature_key> keys;
  for (const std::string user : {"ann", "bob", "cid"})
    for (int i = 10; i < 31; ++i) {
      keys.push_back({user, "cast:Actor " + std::to_string(i)});
      if (user == "cid" || i % 2) continue;
      batch.features.push_back(
          {user, keys.back().feature, {counted("a", 1, -0.5, id_at(1)), counted("b", 2, 0.0, id_at(2))}});
    }
  must(store.write().commit(batch));
  const auto found = must(store.write().features(keys));
  BOOST_REQUIRE_EQUAL(found.size(), keys.size());
  std::size_t known = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    BOOST_TEST(found[i].user_id == keys[i].user_id);
    BOOST_TEST(found[i].feature == keys[i].feature);
    if (found[i].by_reason.empty()) continue;
    BOOST_REQUIRE(known < batch.features.size());
    BOOST_CHECK(found[i] == batch.features[known++]);
  }
  BOOST_TEST(known == batch.features.size());
}

BOOST_DATA_TEST_CASE(a_later_batch_replaces_a_state, data::make(urls())) {
  home store(sample);
  case_file batch = batch_of({plain(1, "ann")});
  must(store.write().commit(batch));
  batch = batch_of({plain(2, "ann", id_at(1))});
  batch.features[0].by_reason[0].dislikes = 2;
  must(store.write().commit(batch));
  BOOST_TEST(must(store.read().tally("ann")).total == 2);
}

BOOST_DATA_TEST_CASE(a_batch_that_fails_leaves_nothing_behind, data::make(urls())) {
  home store(sample);
  must(store.write().commit(batch_of({plain(1, "ann")})));
  case_file batch = batch_of({full(2, "bob"), plain(1, "bob", id_at(2))});
  batch.idempotency.push_back({"bob", "key", "digest", "answer", at(10)});
  const auto refused = store.write().commit(batch);
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.problem().code == error_code::unavailable);
  BOOST_TEST(entries_of(store.read()).size() == 1U);
  BOOST_TEST(must(store.read().tally("bob")).total == 0);
  BOOST_TEST(!must(store.write().idempotency("bob", "key", at(1))).has_value());
  must(store.write().commit(batch_of({full(3, "bob")})));
  BOOST_TEST(entries_of(store.read()).size() == 2U);
}

BOOST_DATA_TEST_CASE(an_empty_batch_is_no_failure, data::make(urls())) {
  home store(sample);
  must(store.write().commit(case_file{}));
  BOOST_TEST(entries_of(store.read()).empty());
}

BOOST_DATA_TEST_CASE(batches_of_every_size_share_the_statements, data::make(urls())) {
  home store(sample);
  std::int64_t made = 0;
  for (const int size : {1, 1024, 3, 256, 1, 300}) {
    std::vector<case_entry> entries;
    for (int i = 0; i < size; ++i, ++made)
      entries.push_back(made % 3 ? full(made, "user-" + std::to_string(made))
                                 : plain(made, "user-" + std::to_string(made)));
    must(store.write().commit(batch_of(entries)));
  }
  const auto found = entries_of(store.read());
  BOOST_REQUIRE_EQUAL(found.size(), static_cast<std::size_t>(made));
  for (std::int64_t i = 0; i < made; ++i)
    check_same(found[static_cast<std::size_t>(i)],
               i % 3 ? full(i, "user-" + std::to_string(i)) : plain(i, "user-" + std::to_string(i)));
}

BOOST_DATA_TEST_CASE(an_answer_is_kept_until_it_expires, data::make(urls())) {
  home store(sample);
  case_file batch;
  for (int i = 0; i < 5; ++i)
    batch.idempotency.push_back({"ann", "k" + std::to_string(i), "d", "{\"n\": 1}", at(100 + i)});
  must(store.write().commit(batch));
  store.reopen();
  const auto kept = must(store.write().idempotency("ann", "k1", at(100)));
  BOOST_REQUIRE(kept.has_value());
  BOOST_TEST(kept->body_digest == "d");
  BOOST_TEST(kept->answer == "{\"n\": 1}");
  BOOST_CHECK(kept->expires_at == at(101));
  BOOST_TEST(!must(store.write().idempotency("ann", "k1", at(101))).has_value());
  BOOST_TEST(!must(store.write().idempotency("bob", "k1", at(100))).has_value());
  BOOST_TEST(must(store.write().expire(at(102), 2)) == 2);
  BOOST_TEST(must(store.write().expire(at(102), 2)) == 1);
  BOOST_TEST(must(store.write().expire(at(102), 2)) == 0);
  BOOST_TEST(must(store.write().idempotency("ann", "k4", at(102))).has_value());
}

BOOST_DATA_TEST_CASE(an_expired_key_may_be_used_anew, data::make(urls())) {
  home store(sample);
  case_file batch;
  batch.idempotency = {{"ann", "k", "old", "1", at(10)}};
  must(store.write().commit(batch));
  batch.idempotency = {{"ann", "k", "new", "2", at(30)}};
  must(store.write().commit(batch));
  BOOST_TEST(must(store.write().idempotency("ann", "k", at(20)))->answer == "2");
}

BOOST_AUTO_TEST_SUITE_END()
