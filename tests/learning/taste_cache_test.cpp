#include "learning/known_taste.hpp"
#include "learning/random.hpp"
#include "learning/taste_cache.hpp"
#include "learning/toy_world.hpp"
#include "learning/user_taste.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace demur::learning {
namespace {

constexpr std::size_t mib = std::size_t{1} << 20U;

/// A model with memory of its own, as one from a file has.
std::shared_ptr<const ranking_model> served(std::uint32_t seed) {
  auto made = std::make_shared<ranking_model>(toy_world(seed).trained());
  if (!made->memory) made->memory = std::make_shared<int>(0);
  return made;
}

std::vector<interaction> random_known(std::mt19937& random, const ranking_model& model) {
  return random_history(random, model, 1 + below(random, 10), below(random, 5)).known;
}

BOOST_AUTO_TEST_SUITE(tastes_kept)

BOOST_AUTO_TEST_CASE(who_is_kept_scores_bit_for_bit_as_who_is_solved_anew) {
  const auto model = served(5);
  taste_cache cache(mib);
  std::mt19937 random(1);
  for (int user = 0; user < 30; ++user) {
    const std::string name = std::to_string(user);
    user_history history{random_known(random, *model), {}};
    const auto first = cache.get(*model, name, history.known);
    for (id dislike = 1; dislike < 4; ++dislike) {
      fresh_dislike said;
      said.dislike_id = dislike;
      said.item = below(random, static_cast<std::uint32_t>(model->items.size()));
      history.fresh.push_back(std::move(said));
      const auto kept = cache.get(*model, name, history.known);
      BOOST_TEST(kept == first);
      BOOST_TEST(user_taste(kept, history.fresh).scores() == user_taste(*model, history).scores(),
                 boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(another_history_or_another_model_is_solved_anew) {
  auto model = served(5);
  const auto other = served(6);
  taste_cache cache(mib);
  std::vector<interaction> known{{1, 1.0F}, {3, -0.8F}};
  const auto first = cache.get(*model, "ann", known);
  BOOST_TEST(cache.get(*model, "bob", known) != first);
  BOOST_TEST(cache.get(*model, "ann", known) == first);
  known[1].weight = -0.79F;  // faded
  const auto faded = cache.get(*model, "ann", known);
  BOOST_CHECK(faded->known() == known);
  const auto of_other = cache.get(*other, "ann", known);
  BOOST_TEST(&of_other->model() == other.get());
  BOOST_TEST(of_other->scores() == known_taste(*other, known).scores(), boost::test_tools::per_element());

  // In the place of a model that has gone lies another one: what was kept of the first must not be taken for it.
  std::optional<ranking_model> place(*model);
  place->memory = std::make_shared<int>(1);
  const auto of_first = cache.get(*place, "zoe", known);
  place.emplace(*other);
  place->memory = std::make_shared<int>(2);
  BOOST_TEST(cache.get(*place, "zoe", known) != of_first);
  place->memory = nullptr;
  BOOST_TEST(cache.get(*place, "zoe", known) != cache.get(*place, "zoe", known));
}

BOOST_AUTO_TEST_CASE(no_more_is_kept_than_may_be_and_who_was_asked_for_last_stays) {
  const auto model = served(5);
  const std::vector<interaction> known{{1, 1.0F}};
  const std::size_t one = known_taste(*model, known).bytes();
  taste_cache cache(3 * one);
  const auto ann = cache.get(*model, "ann", known), bob = cache.get(*model, "bob", known),
             eve = cache.get(*model, "eve", known);
  BOOST_TEST(cache.get(*model, "ann", known) == ann);
  cache.get(*model, "zoe", known);  // bob was asked for before all others
  BOOST_TEST(cache.get(*model, "ann", known) == ann);
  BOOST_TEST(cache.get(*model, "eve", known) == eve);
  BOOST_TEST(cache.get(*model, "bob", known) != bob);
  BOOST_TEST(bob.use_count() == 1);  // nobody else has it

  for (const std::size_t too_little : {std::size_t{0}, one - 1}) {
    taste_cache none(too_little);
    const auto first = none.get(*model, "ann", known);
    BOOST_TEST(none.get(*model, "ann", known) != first);
    BOOST_CHECK(first->known() == known);
  }
}

BOOST_AUTO_TEST_CASE(many_may_ask_at_once) {
  const auto model = served(5);
  std::vector<std::vector<interaction>> known;
  std::mt19937 random(2);
  for (int user = 0; user < 8; ++user) known.push_back(random_known(random, *model));
  taste_cache cache(5 * known_taste(*model, known[0]).bytes());
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      for (std::size_t round = 0; round < 500; ++round) {
        const std::size_t user = (thread * 3 + round) % known.size();
        if (cache.get(*model, std::to_string(user), known[user])->known() != known[user]) ++wrong;
      }
    });
  for (std::thread& each : threads) each.join();
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::learning
