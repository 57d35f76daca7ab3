#include "pipeline/dislike_stream.hpp"
#include "pipeline/unused_examples.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::pipeline;
using demur::testing::dislike_stream;
using demur::testing::said;

namespace {

constexpr std::size_t plenty = 1'000;

bool always(std::string_view, std::int64_t, std::int64_t) { return true; }
bool never(std::string_view, std::int64_t, std::int64_t) { return false; }

template <class State>
std::string written(const State& state) {
  record_writer out;
  state.write(out);
  return out.take();
}

/// The records, in an order that no hash table has a say in.
std::vector<std::string> records(const unused_examples& state) {
  std::istringstream lines(written(state));
  std::vector<std::string> sorted;
  for (std::string line; std::getline(lines, line);) sorted.push_back(line);
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

struct gathering {
  settings::retrain_section rules;
  dislike_stream stream;
  unused_examples unused{rules, plenty};

  void restart() { unused = unused_examples(rules, plenty); }
  void add(const said& what) { unused.add(stream.next(what)); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(users_told_apart)

BOOST_AUTO_TEST_CASE(a_user_counts_once_and_nobody_over_the_limit) {
  distinct_users users;
  BOOST_TEST(users.count() == 0U);
  for (int times = 0; times < 1'000; ++times) users.add("ann", 3);
  BOOST_TEST(users.count() == 1U);
  for (const char* user : {"bob", "cy", "dot", "eve"}) users.add(user, 3);
  BOOST_TEST(users.count() == 3U);
}

BOOST_AUTO_TEST_CASE(users_of_both_are_merged_once_each_up_to_the_limit) {
  distinct_users ours;
  distinct_users theirs;
  for (const char* user : {"ann", "bob", "cy"}) ours.add(user, 5);
  for (const char* user : {"cy", "bob", "dot"}) theirs.add(user, 5);
  ours.merge(theirs, 5);
  BOOST_TEST(ours.count() == 4U);
  distinct_users more;
  for (const char* user : {"eve", "fay", "guy"}) more.add(user, 5);
  ours.merge(more, 5);
  BOOST_TEST(ours.count() == 5U);
}

BOOST_AUTO_TEST_CASE(users_are_known_again_after_they_were_written_and_read) {
  distinct_users users;
  for (const char* user : {"ann", "bob"}) users.add(user, 5);
  record_writer out;
  out.field("kind");
  users.write(out);
  out.end();
  const std::string text = out.take();
  record_reader in(text);
  in.next();
  in.text();
  distinct_users again;
  again.read(in);
  BOOST_TEST(in.ok());
  BOOST_TEST(again.count() == 2U);
  again.add("bob", 5);
  BOOST_TEST(again.count() == 2U);
  again.add("cy", 5);
  BOOST_TEST(again.count() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(unused, gathering)

BOOST_AUTO_TEST_CASE(a_dislike_without_an_example_does_not_count) {
  add({.reason = "already_watched", .genres = {"Horror"}, .predicted_score = 0.9});
  BOOST_TEST(unused.count() == 0);
  BOOST_TEST(unused.dislikes_of("genre:Horror") == 0);
  BOOST_TEST(!unused.due(never));
}

BOOST_AUTO_TEST_CASE(examples_count_in_each_of_their_features) {
  add({.genres = {"Horror", "Drama"}, .cast = {"Ann Actor"}});
  add({.genres = {"Horror"}, .franchise = "Saw"});
  BOOST_TEST(unused.count() == 2);
  BOOST_TEST(unused.dislikes_of("genre:Horror") == 2);
  BOOST_TEST(unused.dislikes_of("genre:Drama") == 1);
  BOOST_TEST(unused.dislikes_of("cast:Ann Actor") == 1);
  BOOST_TEST(unused.dislikes_of("franchise:Saw") == 1);
  BOOST_TEST(unused.dislikes_of("genre:Western") == 0);
}

BOOST_AUTO_TEST_CASE(the_count_is_looked_at_first_then_the_mean_error_then_features) {
  rules.feedback_accumulation_threshold = 6;
  rules.mean_error_min_examples = 5;
  rules.quorum = 4;
  restart();
  const auto one_more = [&] {
    add({.user = "user " + std::to_string(unused.count()), .genres = {"Horror"}, .predicted_score = 0.9});
    const auto why = unused.due(always);
    return why ? why->rule : std::string();
  };
  for (const char* rule : {"", "", "", "feature", "mean_error", "count"}) BOOST_TEST(one_more() == rule);
}

BOOST_AUTO_TEST_CASE(of_several_features_the_first_name_is_the_cause) {
  for (int i = 0; i < 5; ++i)
    add({.user = std::to_string(i), .genres = {"Western", "Horror"}, .cast = {"Zoe"}, .franchise = "Saw"});
  const auto why = unused.due(always);
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->feature == "cast:Zoe");
  BOOST_TEST(why->feature_dislikes == 5);
  BOOST_TEST(why->distinct_users == 5);
  BOOST_TEST(why->unused_examples == 5);
  BOOST_TEST(!why->mean_error);
}

BOOST_AUTO_TEST_CASE(only_the_features_that_are_asked_for_are_looked_at) {
  for (int i = 0; i < 5; ++i) add({.user = std::to_string(i), .genres = {"Horror", "Drama"}});
  const std::vector<feature_count> asked = {{"reason:wrong_genre", 5}, {"genre:Western", 1}, {"genre:Horror", 1}};
  const auto why = unused.due(asked, always);
  BOOST_TEST_REQUIRE(why.has_value());
  BOOST_TEST(why->feature == "genre:Horror");
  BOOST_TEST(!unused.due({{"reason:wrong_genre", 5}}, always));
}

BOOST_AUTO_TEST_CASE(the_test_is_told_how_many_of_the_unused_have_the_feature) {
  for (int i = 0; i < 5; ++i) add({.user = std::to_string(i), .genres = {"Horror"}});
  for (int i = 0; i < 3; ++i) add({.genres = {"Drama"}});
  int asked = 0;
  unused.due([&](std::string_view feature, std::int64_t hits, std::int64_t trials) {
    ++asked;
    BOOST_TEST(feature == "genre:Horror");
    BOOST_TEST(hits == 5);
    BOOST_TEST(trials == 8);
    return false;
  });
  BOOST_TEST(asked == 1);
}

BOOST_AUTO_TEST_CASE(merged_they_are_what_they_would_have_been_in_one) {
  std::mt19937_64 random(23);
  for (int round = 0; round < 50; ++round) {
    restart();
    unused_examples earlier(rules, plenty);
    unused_examples later(rules, plenty);
    for (int i = 0; i < 40; ++i) {
      // Eighths, so that sums are exact in whatever order they are made.
      const auto entry = stream.next({.user = std::to_string(random() % 9),
                                      .genres = {"G" + std::to_string(random() % 4)},
                                      .predicted_score = static_cast<double>(random() % 9) / 8.0});
      unused.add(entry);
      (i < 25 ? earlier : later).add(entry);
    }
    earlier.merge(later);
    BOOST_TEST(records(earlier) == records(unused), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(what_was_written_reads_the_same_and_goes_on_the_same) {
  for (int i = 0; i < 7; ++i)
    add({.user = std::to_string(i % 3), .genres = {"G" + std::to_string(i % 2)}, .predicted_score = 0.1 * i});
  const std::string text = written(unused);
  unused_examples again(rules, plenty);
  record_reader in(text);
  while (in.next()) BOOST_TEST(again.read(in.text(), in));
  BOOST_TEST(in.ok());
  BOOST_TEST(records(again) == records(unused), boost::test_tools::per_element());
  const auto entry = stream.next({.user = "4", .genres = {"G1"}, .predicted_score = 0.7});
  again.add(entry);
  unused.add(entry);
  BOOST_TEST(records(again) == records(unused), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_record_of_somebody_else_is_not_taken) {
  record_reader in("item\tmovie:12\t3\n");
  in.next();
  BOOST_TEST(!unused.read(in.text(), in));
}

BOOST_AUTO_TEST_CASE(features_over_the_bound_are_not_told_apart_but_their_examples_count) {
  unused = unused_examples(rules, 3);
  for (int i = 0; i < 100; ++i) add({.cast = {"Actor " + std::to_string(i)}});
  add({.cast = {"Actor 1"}});
  BOOST_TEST(unused.count() == 101);
  BOOST_TEST(unused.dislikes_of("cast:Actor 1") == 2);
  BOOST_TEST(unused.dislikes_of("cast:Actor 3") == 0);
  BOOST_TEST(records(unused).size() == 4U);
  unused_examples others(rules, plenty);
  for (int i = 0; i < 100; ++i) others.add(stream.next({.cast = {"Other " + std::to_string(i)}}));
  unused.merge(others);
  BOOST_TEST(unused.count() == 201);
  BOOST_TEST(records(unused).size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
