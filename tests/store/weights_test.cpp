#include "domain/feature.hpp"
#include "store_home.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <limits>
#include <thread>

using namespace demur;
using namespace demur::store;
namespace data = boost::unit_test::data;

namespace {

/// Over every store, with the states still in memory and in the table.
const auto where = data::make(urls()) * data::make({false, true});

user_state of(const std::string& user_id, std::vector<feature_state> features) {
  std::ranges::sort(features, {}, &feature_state::feature);
  return {user_id, std::move(features)};
}

/// A batch of nothing but these states.
case_file changing(std::int64_t ms, std::vector<user_state> users) {
  case_file batch;
  batch.entries = {plain(ms, users.front().user_id)};
  batch.users = std::move(users);
  return batch;
}

std::string actor(int number) { return "cast:Actor " + std::to_string(10'000 + number); }

}  // namespace

BOOST_AUTO_TEST_SUITE(store_weights)

BOOST_DATA_TEST_CASE(sums_come_back_to_the_bit, where, url, merged) {
  home store(url);
  const double odd[] = {std::numeric_limits<double>::denorm_min(), -0.16251892949777494, -1.0, 1e-300, -1e300, 0.1};
  std::vector<feature_state> put;
  for (std::size_t i = 0; i < std::size(odd); ++i)
    put.push_back({"genre:" + std::to_string(i), {counted("wrong_genre", 1, odd[i], id_at(1))}});
  store.commit(changing(1, {of("ann", put)}));
  if (merged) store.merge();
  const auto found = must(store.read().state("ann"));
  BOOST_REQUIRE_EQUAL(found.features.size(), std::size(odd));
  for (std::size_t i = 0; i < std::size(odd); ++i)
    BOOST_TEST(std::bit_cast<std::uint64_t>(found.features[i].by_reason[0].sum.value) ==
               std::bit_cast<std::uint64_t>(odd[i]));
  BOOST_CHECK(found.features == put);
}

BOOST_DATA_TEST_CASE(those_are_found_that_are_asked_for_and_known, where, url, merged) {
  home store(url);
  std::vector<feature_state> even;
  for (int i = 10; i < 31; i += 2)
    even.push_back({actor(i), {counted("a", 1, -0.5, id_at(1)), counted("b", 2, 0.0, 0)}});
  store.commit(changing(1, {of("ann", even), of("bob", even)}));
  if (merged) store.merge();
  std::vector<user_features> wanted;
  for (const std::string user : {"ann", "bob", "cid"}) {
    wanted.push_back({user, {}});
    for (int i = 10; i < 31; ++i) wanted.back().features.push_back(actor(i));
  }
  const auto found = must(store.read().states(wanted));
  BOOST_REQUIRE_EQUAL(found.size(), 3U);
  BOOST_CHECK((found[0] == user_state{"ann", even}));
  BOOST_CHECK((found[1] == user_state{"bob", even}));
  BOOST_CHECK((found[2] == user_state{"cid", {}}));
  BOOST_TEST(must(store.read().states({{"ann", {actor(11), actor(12)}}}))[0].features.size() == 1U);
}

BOOST_DATA_TEST_CASE(a_later_state_replaces_an_earlier_one_and_leaves_the_others, where, url, merged) {
  home store(url);
  store.commit(
      changing(1, {of("ann", {{"genre:A", {counted("x", 1, -0.1, 0)}}, {"genre:B", {counted("x", 1, -0.1, 0)}}})}));
  if (merged) store.merge();
  const feature_state newer{"genre:B", {counted("x", 2, -0.2, 0)}}, other{"genre:C", {counted("x", 1, -0.3, 0)}};
  store.commit(changing(2, {of("ann", {newer, other})}));
  const auto half = must(store.read().state("ann")).features;
  if (merged) store.merge();
  const auto whole = must(store.read().state("ann")).features;
  BOOST_REQUIRE_EQUAL(whole.size(), 3U);
  BOOST_CHECK(half == whole);
  BOOST_CHECK(whole[1] == newer);
  BOOST_CHECK(whole[2] == other);
}

BOOST_DATA_TEST_CASE(a_user_with_thousands_of_features_has_them_all, data::make(urls())) {
  home store(sample);
  constexpr int batches = 60, in_each = 50;
  for (int i = 0; i < batches; ++i) {
    std::vector<feature_state> changed = {{std::string(tally_feature), {counted("x", i + 1, 1.0, id_at(i))}}};
    for (int k = 0; k < in_each; ++k) changed.push_back({actor(i * in_each + k), {counted("wrong_genre", 1, -0.5, 0)}});
    store.commit(changing(i, {of("ann", std::move(changed))}));
    if (i % 7 == 0) store.merge();
  }
  const auto found = must(store.read().state("ann")).features;
  BOOST_REQUIRE_EQUAL(found.size(), static_cast<std::size_t>(batches * in_each + 1));
  for (int i = 0; i < batches * in_each; ++i) BOOST_REQUIRE_EQUAL(found[static_cast<std::size_t>(i)].feature, actor(i));
  BOOST_TEST(must(store.read().tally("ann")).total == batches);
  const auto some = must(store.read().states({{"ann", {actor(7), "cast:Nobody"}}, {"bob", {actor(7)}}}));
  BOOST_TEST(some[0].features.size() == 1U);
  BOOST_TEST(some[1].features.empty());
}

BOOST_DATA_TEST_CASE(the_table_knows_up_to_which_dislike_it_is_folded, data::make(urls())) {
  home store(sample);
  store.write();
  const auto weights = must(weights_writer::open(store.chosen));
  BOOST_TEST(must(weights->through()) == 0);
  store.commit(changing(1, {of("ann", {{"genre:A", {counted("x", 1, -0.1, 0)}}})}));
  BOOST_TEST(must(weights->through()) == 0);
  store.merge();
  BOOST_TEST(must(weights->through()) == id_at(1));
  must(weights->clear());
  BOOST_TEST(must(weights->through()) == 0);
  BOOST_TEST(must(store.read().state("ann")).features.empty());
}

BOOST_DATA_TEST_CASE(what_is_coming_is_seen_by_who_works_on_the_next_batch_alone, data::make(urls())) {
  home store(sample);
  store.commit(changing(1, {of("ann", {{actor(1), {counted("wrong_genre", 1, -0.5, 0)}}})}));
  const std::string touched = actor(1);
  const auto seen_as = [&](recent_states::view seen) {
    auto session = must(reader::open(store.chosen, store.recent, seen));
    const auto found = must(session->states({{"ann", {touched}}}));
    return found.front().features.front().by_reason.front().dislikes;
  };
  const auto expect = [&](std::int64_t dislikes) {
    store.recent->expect({of("ann", {{touched, {counted("wrong_genre", dislikes, -0.5, 0)}}})});
  };
  expect(2);
  expect(3);
  BOOST_TEST(seen_as(recent_states::view::committed) == 1);
  BOOST_TEST(seen_as(recent_states::view::coming) == 3);
  store.recent->commit(id_at(2));
  BOOST_TEST(seen_as(recent_states::view::committed) == 2);
  BOOST_TEST(seen_as(recent_states::view::coming) == 3);
  BOOST_TEST(store.recent->through() == id_at(2));
  store.recent->forget_expected();
  BOOST_TEST(seen_as(recent_states::view::coming) == 2);
}

// Whoever reads while states move from memory to the table, and rows are split, sees each of them, always.
BOOST_DATA_TEST_CASE(nothing_is_missed_while_it_is_merged, data::make(urls())) {
  home store(sample);
  store.write();
  std::atomic<int> committed = 0;
  std::atomic<bool> done = false;
  std::atomic<int> looked = 0;
  std::atomic<int> faults = 0;
  std::jthread looking([&] {
    auto reader = reader::open(store.chosen, store.recent);
    while (reader && !done) {
      const int at_least = committed;
      const auto found = (*reader)->state("ann");
      if (!found || found->features.size() < static_cast<std::size_t>(at_least)) ++faults;
      ++looked;
    }
  });
  for (int i = 0; i < 600; ++i) {
    store.commit(changing(i, {of("ann", {{actor(i), {counted("wrong_genre", 1, -0.5, 0)}}})}));
    committed = i + 1;
    if (i % 3 == 0) store.merge();
  }
  while (looked == 0) std::this_thread::yield();
  done = true;
  looking.join();
  BOOST_TEST(faults == 0);
}

BOOST_AUTO_TEST_SUITE_END()
