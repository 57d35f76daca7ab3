#include "store_home.hpp"

#include <boost/test/data/test_case.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

using namespace demur;
using namespace demur::store;
namespace data = boost::unit_test::data;

namespace {

std::optional<idempotency_record> kept_answer(home& store, const std::string& user_id, const std::string& key,
                                              timestamp now) {
  auto kept = must(store.write().idempotency({{user_id, key}}, now));
  return kept.empty() ? std::nullopt : std::optional(std::move(kept.front()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store_commit)

BOOST_DATA_TEST_CASE(every_column_comes_back_as_it_was_put, data::make(urls())) {
  home store(sample);
  const std::vector<case_entry> put = {plain(1, "ann"), full(2, "ann", id_at(1)), full(3, "bob")};
  store.commit(batch_of(put));
  const auto found = entries_of(store.read());
  BOOST_REQUIRE_EQUAL(found.size(), put.size());
  for (std::size_t i = 0; i < put.size(); ++i) check_same(found[i], put[i]);
}

BOOST_DATA_TEST_CASE(a_dislike_without_example_or_impacts_is_whole, data::make(urls())) {
  home store(sample);
  case_entry seen = plain(2, "ann");
  seen.example.reset();
  store.commit(batch_of({full(1, "ann"), seen, full(3, "ann", seen.row.dislike_id)}));
  const auto found = entries_of(store.read());
  BOOST_REQUIRE_EQUAL(found.size(), 3U);
  BOOST_TEST(!found[1].example.has_value());
  BOOST_TEST(found[1].impacts.empty());
  BOOST_TEST(found[2].impacts.size() == 2U);
}

BOOST_DATA_TEST_CASE(a_batch_that_fails_leaves_nothing_behind, data::make(urls())) {
  home store(sample);
  store.commit(batch_of({plain(1, "ann")}));
  case_file batch = batch_of({full(2, "bob"), plain(1, "bob", id_at(2))});
  batch.idempotency.push_back({id_at(2), "bob", "key", "digest", "answer", at(10)});
  const auto refused = store.write().commit(batch);
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.problem().code == error_code::unavailable);
  BOOST_TEST(entries_of(store.read()).size() == 1U);
  BOOST_TEST(must(store.read().tally("bob")).total == 0);
  BOOST_TEST(!kept_answer(store, "bob", "key", at(1)).has_value());
  store.commit(batch_of({full(3, "bob")}));
  BOOST_TEST(entries_of(store.read()).size() == 2U);
}

BOOST_DATA_TEST_CASE(an_empty_batch_is_no_failure, data::make(urls())) {
  home store(sample);
  store.commit(case_file{});
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
    store.commit(batch_of(entries));
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
    batch.idempotency.push_back({id_at(i), "ann", "k" + std::to_string(i), "d", "{\"n\": 1}", at(100 + i)});
  store.commit(batch);
  store.reopen();
  const auto kept = kept_answer(store, "ann", "k1", at(100));
  BOOST_REQUIRE(kept.has_value());
  BOOST_TEST(kept->body_digest == "d");
  BOOST_TEST(kept->answer == "{\"n\": 1}");
  BOOST_CHECK(kept->expires_at == at(101));
  BOOST_TEST(!kept_answer(store, "ann", "k1", at(101)).has_value());
  BOOST_TEST(!kept_answer(store, "bob", "k1", at(100)).has_value());
  BOOST_TEST(must(store.write().expire(at(102), 2)) == 2);
  BOOST_TEST(must(store.write().expire(at(102), 2)) == 1);
  BOOST_TEST(must(store.write().expire(at(102), 2)) == 0);
  BOOST_TEST(kept_answer(store, "ann", "k4", at(102)).has_value());
}

BOOST_DATA_TEST_CASE(an_expired_key_may_be_used_anew, data::make(urls())) {
  home store(sample);
  case_file batch;
  batch.idempotency = {{id_at(1), "ann", "k", "old", "1", at(10)}};
  store.commit(batch);
  batch.idempotency = {{id_at(2), "ann", "k", "new", "2", at(30)}};
  store.commit(batch);
  BOOST_TEST(kept_answer(store, "ann", "k", at(20))->answer == "2");
}

BOOST_AUTO_TEST_SUITE_END()
