#include "learning/holdout.hpp"
#include "learning/random.hpp"
#include "learning/toy_world.hpp"
#include "learning/tuning.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace demur::learning {
namespace {

ials_options small(int threads = 1) {
  ials_options ials;
  ials.factors = 8;
  ials.epochs = 4;
  ials.threads = threads;
  return ials;
}

/// People of four kinds, who like items of their own kind, some of which are far better known than others. What they dislike
/// is of the other kinds, or, out of a mood that nothing tells of, half of what they meet of their own.
struct world_of_kinds {
  interactions opinions{120};
  std::vector<id> items = std::vector<id>(120);
  item_features features;

  explicit world_of_kinds(bool moody, std::size_t users = 400) {
    std::iota(items.begin(), items.end(), id{1});
    std::mt19937 random(9);
    for (std::size_t user = 0; user < users; ++user) {
      for (std::uint32_t item = 0; item < 120; ++item) {
        const bool own = item % 4 == user % 4;
        const bool disliked = moody ? below(random, 2) == 0 : !own;
        const unsigned known = 8 * (item / 4 % 10 + 1);  // to so many of a hundred
        if (below(random, 100) < (own ? known : moody ? 0U : known / 4)) opinions.add({item, disliked ? -0.8F : 1.0F});
      }
      opinions.end_row();
    }
    std::vector<std::vector<std::string>> names;
    for (std::size_t item = 0; item < 120; ++item) names.push_back({"genre:" + std::to_string(item % 4)});
    features = item_features(names);
  }
};

template <class World>
tuned_model fit(const World& world, const ials_options& ials) {
  auto made = fit_tuned_model(world.items, world.features, world.opinions, ials);
  BOOST_REQUIRE(made.has_value());
  return *std::move(made);
}

BOOST_AUTO_TEST_SUITE(tuning)

BOOST_AUTO_TEST_CASE(the_strongest_target_that_keeps_the_likes_is_taken) {
  const likes_kept wanted{100.0, 200.0};
  BOOST_TEST(strongest({{100.0, 190.0}, {110.0, 210.0}}, wanted) == 0U);
  BOOST_TEST(strongest({{99.9, 200.0}, {110.0, 189.0}, {100.0, 190.0}, {120.0, 220.0}}, wanted) == 2U);
  // Half a per cent is no excuse where nothing need be lost.
  BOOST_TEST(strongest({{99.9, 200.0}, {100.1, 200.0}}, wanted) == 1U);
}

BOOST_AUTO_TEST_CASE(where_no_target_keeps_the_likes_what_costs_hardly_more_than_the_best_is_taken) {
  const likes_kept wanted{100.0, 200.0};
  BOOST_TEST(strongest({{97.0, 180.0}, {97.6, 180.0}, {97.9, 181.0}, {98.0, 185.0}}, wanted) == 1U);
  BOOST_TEST(strongest({{98.0, 170.0}, {97.9, 180.0}, {97.0, 185.0}}, wanted) == 1U);
  BOOST_TEST(strongest({{98.0, 100.0}, {97.0, 130.0}, {60.0, 185.0}}, wanted) == 2U);  // each best in one: the mildest
  BOOST_TEST(strongest({{90.0, 100.0}}, wanted) == 0U);
}

BOOST_AUTO_TEST_CASE(a_dislike_counts_for_more_where_it_tells_of_taste_than_where_it_is_a_mood) {
  const tuned_model tastes = fit(world_of_kinds(false), small()), moods = fit(world_of_kinds(true), small());
  BOOST_TEST(tastes.tuned.users > 100U);
  BOOST_TEST(moods.tuned.users > 100U);
  BOOST_TEST(tastes.tuned.ndcg_ratio > moods.tuned.ndcg_ratio);
  BOOST_TEST(tastes.model.taste.opinion_target < moods.model.taste.opinion_target);
}

BOOST_AUTO_TEST_CASE(of_very_many_users_two_thousand_are_asked) {
  BOOST_TEST(fit(world_of_kinds(false, 3'000), small(0)).tuned.users == 2'000U);
}

BOOST_AUTO_TEST_CASE(where_likes_alone_find_nothing_that_was_held_out_nothing_is_chosen) {
  // Each likes eight items that nobody else likes: ten of thousands, in the order of their numbers, hold none of them.
  toy_world strangers(3, 0, 6'000);
  strangers.opinions = interactions(6'000);
  for (std::uint32_t user = 0; user < 200; ++user) {
    for (std::uint32_t k = 0; k < 8; ++k) strangers.opinions.add({1'000 + 20 * user + k, k == 7 ? -0.8F : 1.0F});
    strangers.opinions.end_row();
  }
  const tuned_model made = fit(strangers, small(0));
  BOOST_TEST(made.tuned.users == 0U);
  BOOST_TEST(made.model.taste.opinion_target == taste_options{}.opinion_target);
}

BOOST_AUTO_TEST_CASE(the_outcome_does_not_depend_on_the_number_of_threads) {
  const toy_world world(3, 200);
  const tuned_model one = fit(world, small(1)), three = fit(world, small(3));
  BOOST_TEST(one.model.taste.opinion_target == three.model.taste.opinion_target);
  BOOST_TEST(one.tuned.ndcg_ratio == three.tuned.ndcg_ratio);
  BOOST_TEST(one.tuned.recall_ratio == three.tuned.recall_ratio);
  BOOST_TEST(one.model.factors == three.model.factors, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(where_nobody_dislikes_anything_or_too_few_are_there_to_ask_one_fit_is_all) {
  const toy_world many(3, 200), few(3, 60);
  const interactions likes = likes_of(many.opinions);
  for (const auto& [world, opinions] : {std::pair{&many, &likes}, std::pair{&few, &few.opinions}}) {
    std::vector<int> epochs;
    const auto made = fit_tuned_model(world->items, world->features, *opinions, small(), [&](const epoch_report& done) {
      epochs.push_back(done.epochs);
      return true;
    });
    BOOST_REQUIRE(made.has_value());
    BOOST_TEST(epochs == std::vector<int>(4, 4), boost::test_tools::per_element());
    BOOST_TEST(made->tuned.users == 0U);
    BOOST_TEST(made->model.taste.opinion_target == taste_options{}.opinion_target);
  }
}

BOOST_AUTO_TEST_CASE(the_epochs_of_all_fits_are_counted_through_and_each_may_be_the_last) {
  const toy_world world(3, 200);
  for (int last = 1; last <= 13; ++last) {
    std::vector<int> seen, wanted(static_cast<std::size_t>(std::min(last, 12)));
    std::iota(wanted.begin(), wanted.end(), 1);
    const auto made =
        fit_tuned_model(world.items, world.features, world.opinions, small(), [&](const epoch_report& done) {
          BOOST_TEST(done.epochs == 12);
          seen.push_back(done.epoch);
          return done.epoch < last;
        });
    BOOST_TEST(seen == wanted, boost::test_tools::per_element());
    BOOST_TEST(made.has_value() == (last > 12));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::learning
