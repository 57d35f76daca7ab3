#include "pipeline/feature_cache.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <list>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace demur;
using demur::pipeline::feature_cache;

namespace {

feature_state state(const std::string& user, const std::string& feature, std::int64_t dislikes = 1) {
  return {user, feature, {{"wrong_genre", dislikes, {}, dislikes}}};
}

/// All of one user, as a batch brings it.
std::vector<feature_state> states(const std::string& user, std::size_t count) {
  std::vector<feature_state> made;
  for (std::size_t i = 0; i < count; ++i)
    made.push_back(state(user, "genre:" + std::string(1, static_cast<char>('a' + i))));
  return made;
}

bool knows(const feature_cache& cache, const std::string& user) { return cache.find(user, "genre:a") != nullptr; }

}  // namespace

BOOST_AUTO_TEST_SUITE(feature_caches)

BOOST_AUTO_TEST_CASE(an_empty_cache_knows_nobody) {
  const feature_cache cache(10);
  BOOST_TEST(!cache.find("ann", "genre:Horror"));
  BOOST_TEST(cache.size() == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_put_is_found_under_its_user_and_feature_only) {
  feature_cache cache(10);
  cache.put({state("ann", "cast:Zoe", 1), state("ann", "genre:Horror", 2), state("bob", "genre:Horror", 3)});
  BOOST_TEST_REQUIRE(cache.find("ann", "genre:Horror"));
  BOOST_TEST((*cache.find("ann", "genre:Horror") == state("ann", "genre:Horror", 2)));
  BOOST_TEST((*cache.find("ann", "cast:Zoe") == state("ann", "cast:Zoe", 1)));
  BOOST_TEST((*cache.find("bob", "genre:Horror") == state("bob", "genre:Horror", 3)));
  BOOST_TEST(!cache.find("bob", "cast:Zoe"));
  BOOST_TEST(!cache.find("ann", "genre:Horro"));
  BOOST_TEST(!cache.find("", "genre:Horror"));
  BOOST_TEST(cache.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_newer_state_takes_the_place_of_the_older) {
  feature_cache cache(10);
  cache.put({state("ann", "genre:Horror", 1)});
  cache.put({state("ann", "cast:Zoe", 1), state("ann", "genre:Horror", 2)});
  BOOST_TEST((*cache.find("ann", "genre:Horror") == state("ann", "genre:Horror", 2)));
  BOOST_TEST(cache.size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_user_who_was_put_least_recently_goes_first_and_as_a_whole) {
  feature_cache cache(6);
  for (const char* user : {"ann", "bob", "cy"}) cache.put(states(user, 2));
  cache.put({state("ann", "genre:a", 9)});
  BOOST_TEST(cache.size() == 6U);
  cache.put(states("dot", 1));
  BOOST_TEST(!knows(cache, "bob"));
  BOOST_TEST(!cache.find("bob", "genre:b"));
  for (const char* user : {"ann", "cy", "dot"}) BOOST_TEST(knows(cache, user));
  BOOST_TEST(cache.size() == 5U);
}

BOOST_AUTO_TEST_CASE(exactly_the_bound_is_held) {
  feature_cache cache(4);
  cache.put(states("ann", 2));
  cache.put(states("bob", 2));
  BOOST_TEST(knows(cache, "ann"));
  BOOST_TEST(cache.size() == 4U);
}

BOOST_AUTO_TEST_CASE(a_user_who_alone_is_over_the_bound_is_not_kept) {
  feature_cache cache(4);
  cache.put(states("bob", 1));
  cache.put(states("ann", 5));
  BOOST_TEST(!knows(cache, "ann"));
  BOOST_TEST(!knows(cache, "bob"));
  BOOST_TEST(cache.size() == 0U);
  cache.put(states("bob", 4));
  BOOST_TEST(knows(cache, "bob"));
}

BOOST_AUTO_TEST_CASE(a_cache_of_none_keeps_none) {
  feature_cache cache(0);
  cache.put(states("ann", 3));
  BOOST_TEST(cache.size() == 0U);
  BOOST_TEST(!knows(cache, "ann"));
}

BOOST_AUTO_TEST_CASE(a_user_who_went_comes_back_with_the_new_states_only) {
  feature_cache cache(2);
  cache.put(states("ann", 2));
  cache.put(states("bob", 2));
  cache.put({state("ann", "genre:b", 7)});
  BOOST_TEST(!cache.find("ann", "genre:a"));
  BOOST_TEST((*cache.find("ann", "genre:b") == state("ann", "genre:b", 7)));
}

namespace {

/// The same, written so plainly that it can only be right.
class plain_cache {
public:
  explicit plain_cache(std::size_t max) : max_(max) {}
  void put(const std::vector<feature_state>& batch) {
    for (const auto& one : batch) {
      by_use_.remove(one.user_id);
      by_use_.push_front(one.user_id);
      states_[one.user_id][one.feature] = one;
    }
    while (size() > max_) {
      states_.erase(by_use_.back());
      by_use_.pop_back();
    }
  }
  const feature_state* find(const std::string& user, const std::string& feature) const {
    const auto owner = states_.find(user);
    if (owner == states_.end()) return nullptr;
    const auto found = owner->second.find(feature);
    return found == owner->second.end() ? nullptr : &found->second;
  }
  std::size_t size() const {
    std::size_t all = 0;
    for (const auto& [user, features] : states_) all += features.size();
    return all;
  }

private:
  std::size_t max_;
  std::list<std::string> by_use_;
  std::map<std::string, std::map<std::string, feature_state>> states_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(random_batches_leave_what_a_plain_cache_would_keep) {
  std::mt19937_64 random(29);
  feature_cache cache(40);
  plain_cache plain(40);
  for (int round = 0; round < 3'000; ++round) {
    std::map<std::pair<std::string, std::string>, feature_state> batch;
    for (std::size_t rows = random() % 12; rows > 0; --rows) {
      const std::string user = "user " + std::to_string(random() % 20);
      const std::string feature = "genre:" + std::to_string(random() % 8);
      batch[{user, feature}] = state(user, feature, round);
    }
    std::vector<feature_state> sorted;
    for (const auto& [key, one] : batch) sorted.push_back(one);
    cache.put(sorted);
    plain.put(sorted);
    BOOST_TEST_REQUIRE(cache.size() == plain.size());
    for (int user = 0; user < 20; ++user)
      for (int feature = 0; feature < 8; ++feature) {
        const std::string name = "user " + std::to_string(user);
        const std::string of = "genre:" + std::to_string(feature);
        const feature_state* here = cache.find(name, of);
        const feature_state* there = plain.find(name, of);
        BOOST_TEST_REQUIRE((here == nullptr) == (there == nullptr));
        if (here) BOOST_TEST_REQUIRE((*here == *there));
      }
  }
}

BOOST_AUTO_TEST_SUITE_END()
