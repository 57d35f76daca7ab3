#include "learning/random.hpp"
#include "learning/top_items.hpp"
#include "learning/toy_world.hpp"
#include "learning/user_taste.hpp"

#include <Eigen/Cholesky>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

namespace demur::learning {
namespace {

const ranking_model& model() {
  static const ranking_model trained = toy_world(11).trained();
  return trained;
}

/// One that the history does not hold yet.
fresh_dislike random_dislike(std::mt19937& random, const user_history& history, bool with_reason) {
  fresh_dislike said;
  do said.item = below(random, static_cast<std::uint32_t>(model().items.size()));
  while (std::any_of(history.known.begin(), history.known.end(), [&](auto& k) { return k.other == said.item; }));
  said.dislike_id = 1;
  if (with_reason) {
    const auto own = model().features.of(said.item);
    said.blamed.assign(own.begin(), own.end());
  }
  return said;
}

user_history random_user(std::mt19937& random) {
  return random_history(random, model(), 1 + below(random, 20), below(random, 10));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(user_taste_of)

BOOST_AUTO_TEST_CASE(nothing_that_is_like_a_disliked_item_rises) {
  std::mt19937 random(1);
  std::int64_t looked_at = 0;
  for (int round = 0; round < 3'000; ++round) {
    user_history history = random_user(random);
    const std::vector<float> before = user_taste(model(), history).scores();
    history.fresh.push_back(random_dislike(random, history, round % 2 == 0));
    const user_taste after(model(), history);
    const std::vector<float> scores = after.scores();
    for (std::uint32_t item = 0; item < scores.size(); ++item) {
      if (after.likeness(0, item) <= 0.0F) continue;
      ++looked_at;
      if (scores[item] > before[item] + 1e-6F)
        BOOST_FAIL("item " << item << " rose from " << before[item] << " to " << scores[item]);
    }
  }
  BOOST_TEST(looked_at > 100'000);
}

BOOST_AUTO_TEST_CASE(all_that_a_fresh_dislike_adds_to_the_factors_lowers_and_no_later_one_takes_it_back) {
  std::mt19937 random(6);
  std::int64_t by_creators = 0;
  for (int round = 0; round < 300; ++round) {
    user_history history = random_user(random);
    history.fresh.push_back(random_dislike(random, history, round % 2 == 0));
    const user_taste once(model(), history);
    history.fresh.push_back(random_dislike(random, history, round % 3 == 0));
    const user_taste twice(model(), history);
    for (std::uint32_t item = 0; item < model().items.size(); ++item) {
      BOOST_TEST((once.effect(0, item) == twice.effect(0, item)));
      for (const std::size_t k : {0U, 1U}) {
        const fresh_effect made = twice.effect(k, item);
        BOOST_TEST(made.neighbour <= 0.0F);
        BOOST_TEST(made.creator <= 0.0F);
        BOOST_TEST(made.reason <= 0.0F);
        by_creators += made.creator < 0.0F;
      }
    }
  }
  BOOST_TEST(by_creators > 1'000);
}

BOOST_AUTO_TEST_CASE(what_the_user_is_surest_to_like_is_not_lowered_for_being_near) {
  std::mt19937 random(7);
  std::int64_t lowered = 0, spared = 0;
  for (int round = 0; round < 200; ++round) {
    ranking_model generous = model();
    if (round % 2 == 0) generous.taste.neighbour_spared = 70;  // more than there are scores above 0
    user_history history = random_user(random);
    const std::vector<float> before = user_taste(generous, history).scores();
    history.fresh.push_back(random_dislike(random, history, false));
    const user_taste after(generous, history);
    for (const ranked_item& sure :
         top_items(before, static_cast<std::size_t>(generous.taste.neighbour_spared), items_of(history.known))) {
      BOOST_TEST(-after.effect(0, sure.item).neighbour <= 1e-6F);
      spared += sure.score > 0.0F;
    }
    for (std::uint32_t item = 0; item < before.size(); ++item) lowered += after.effect(0, item).neighbour < -1e-6F;
  }
  BOOST_TEST(spared > 1'000);
  BOOST_TEST(lowered > 1'000);
}

/// The one director of a toy item, and an item of the same director.
std::pair<std::uint32_t, std::uint32_t> director_and_sibling(std::uint32_t item) {
  for (const std::uint32_t feature : model().features.of(item))
    if (names_a_creator(model().features.name(feature)))
      for (const std::uint32_t other : model().features.with(feature))
        if (other != item) return {feature, other};
  throw std::logic_error("the toy world has a director for each item");
}

BOOST_AUTO_TEST_CASE(a_dislike_counts_as_so_many_opinions_on_the_director_and_less_as_it_fades) {
  user_history history;
  history.known.push_back({40, 1.0F});  // of another director than item 0
  history.fresh.push_back({1, 0, 0.8F, 1.0F, {}, 0.0F});
  const auto [director, sibling] = director_and_sibling(0);
  const taste_options& taste = model().taste;
  const float weight = model().weight_of(director);
  const auto taken = [&](float opinions) { return weight * opinions / (taste.overlay_shrink + opinions); };
  const float n = taste.creator_count;
  const auto close = boost::test_tools::tolerance(1e-4F);
  BOOST_TEST(-user_taste(model(), history).effect(0, sibling).creator == taken(n), close);
  BOOST_TEST(user_taste(model(), history).effect(0, 40).creator == 0.0F);
  history.fresh.push_back({2, 2, 0.8F, 0.5F, {}, 0.0F});
  const user_taste two(model(), history);
  BOOST_TEST(-two.effect(0, sibling).creator - two.effect(1, sibling).creator == taken(1.5F * n), close);
  history.fresh.back().neighbour_fade = 0.0F;
  BOOST_TEST(user_taste(model(), history).effect(1, sibling).creator == 0.0F);
}

BOOST_AUTO_TEST_CASE(a_director_whom_the_reason_blames_too_is_not_counted_twice) {
  std::mt19937 random(8);
  for (int round = 0; round < 100; ++round) {
    user_history history = random_user(random);
    fresh_dislike said = random_dislike(random, history, false);
    const auto [director, sibling] = director_and_sibling(said.item);
    history.fresh = {said};
    const float unstated = user_taste(model(), history).effect(0, sibling).creator;
    history.fresh[0].blamed = {director};
    const fresh_effect stated = user_taste(model(), history).effect(0, sibling);
    BOOST_TEST(std::abs(stated.creator + stated.reason - std::min(unstated, stated.reason)) < 1e-6F);
  }
}

BOOST_AUTO_TEST_CASE(lifting_a_dislike_restores_every_score_bit_for_bit) {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    user_history history = random_user(random);
    history.fresh.push_back(random_dislike(random, history, true));
    const std::vector<float> before = user_taste(model(), history).scores();
    user_history more = history;
    more.fresh.push_back(random_dislike(random, history, true));
    BOOST_TEST(user_taste(model(), more).scores() != before);
    more.fresh.pop_back();
    BOOST_TEST(user_taste(model(), more).scores() == before);
  }
}

BOOST_AUTO_TEST_CASE(folding_in_equals_solving_anew_with_the_dislike_among_the_opinions) {
  std::mt19937 random(3);
  ranking_model with = model();
  with.taste.opinion_weight = 0.0F;
  for (int round = 0; round < 100; ++round) {
    user_history history = random_user(random);
    const int dislikes = 1 + round % 4;
    const auto n = static_cast<Eigen::Index>(with.ials.factors);
    Eigen::MatrixXd a = with.gram.cast<double>();
    Eigen::VectorXd b = Eigen::VectorXd::Zero(n);
    const auto add = [&](std::uint32_t item, double c, double target) {
      const Eigen::VectorXd h = with.factors_of(item).cast<double>();
      a += c * h * h.transpose();
      b += c * target * h;
    };
    for (const interaction& said : history.known)
      add(said.other, std::abs(said.weight), said.weight > 0.0F ? 1.0 : 0.0);
    a.diagonal().array() += static_cast<double>(ridge_of(with.ials, history.known.size(), with.items.size()));
    for (int k = 0; k < dislikes; ++k) {
      const fresh_dislike said = random_dislike(random, history, false);
      const double y = a.llt().solve(b).dot(with.factors_of(said.item).cast<double>());
      add(said.item, static_cast<double>(said.weight),
          std::min<double>(static_cast<double>(with.taste.fresh_target),
                           y - static_cast<double>(with.taste.fresh_margin)));
      history.fresh.push_back(said);
    }
    const Eigen::VectorXd solved = a.llt().solve(b);
    const user_taste folded(with, history);
    for (std::uint32_t item = 0; item < with.items.size(); ++item) {
      const double anew = solved.dot(with.factors_of(item).cast<double>());
      BOOST_TEST(std::abs(static_cast<double>(folded.factors(item)) - anew) < 1e-5);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_somebody_said_counts_once_more_without_what_he_did_not_speak_of) {
  std::mt19937 random(12);
  ranking_model without = model();
  without.taste.opinion_weight = 0.0F;
  const taste_options& taste = model().taste;
  for (int round = 0; round < 50; ++round) {
    const user_history history = random_user(random);
    const auto d = static_cast<Eigen::Index>(model().ials.factors);
    Eigen::MatrixXd a = static_cast<double>(taste.opinion_ridge) * Eigen::MatrixXd::Identity(d, d);
    Eigen::VectorXd b = Eigen::VectorXd::Zero(d);
    for (const interaction& said : history.known) {
      const Eigen::VectorXd h = model().factors_of(said.other).cast<double>();
      const double c = std::abs(static_cast<double>(said.weight));
      a += c * h * h.transpose();
      b += c * (said.weight > 0.0F ? 1.0 : static_cast<double>(taste.opinion_target)) * h;
    }
    const Eigen::VectorXd moved = static_cast<double>(taste.opinion_weight) * a.llt().solve(b);
    const known_taste with(model(), history.known), plain(without, history.known);
    BOOST_TEST((with.user() - plain.user() - moved.cast<float>()).norm() < 1e-5F);
  }
  // Dislikes alone would drive out what most people watch.
  const std::vector<interaction> no_like{{3, -0.8F}, {7, -0.8F}};
  BOOST_TEST((known_taste(model(), no_like).user() - known_taste(without, no_like).user()).norm() == 0.0F);
}

BOOST_AUTO_TEST_CASE(the_parts_of_an_explanation_add_up_to_the_score) {
  std::mt19937 random(4);
  for (int round = 0; round < 100; ++round) {
    user_history history = random_user(random);
    for (int k = 0; k < round % 5; ++k) history.fresh.push_back(random_dislike(random, history, k % 2 == 0));
    const user_taste taste(model(), history);
    const std::vector<float> all = taste.scores();
    user_history learnt_only = history;
    learnt_only.fresh.clear();
    const std::vector<float> learnt = user_taste(model(), learnt_only).scores();
    for (std::uint32_t item = 0; item < all.size(); ++item) {
      float sum = learnt[item];
      for (std::size_t k = 0; k < taste.fresh(); ++k) sum += taste.effect(k, item).sum();
      BOOST_TEST(std::abs(sum - all[item]) < 1e-5F);
      BOOST_TEST(std::abs(taste.score(item) - all[item]) < 1e-5F);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_reason_lowers_what_has_the_blamed_feature_by_no_more_than_its_cap) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    user_history history = random_user(random);
    history.fresh.push_back(random_dislike(random, history, true));
    user_history before = history;
    before.fresh.clear();
    const user_taste without(model(), before), with(model(), history);
    std::int64_t lowered = 0;
    for (std::uint32_t item = 0; item < model().items.size(); ++item) {
      const float taken = -with.effect(0, item).reason;
      BOOST_TEST(taken >= 0.0F);
      BOOST_TEST(taken <= 0.15F * std::max(0.0F, without.score(item)) + 1e-6F);
      lowered += taken > 0.0F;
    }
    BOOST_TEST(lowered <= static_cast<std::int64_t>(model().items.size()) / 4 + 1);
  }
}

BOOST_AUTO_TEST_CASE(one_who_likes_nothing_yet_is_served_as_the_mean_user_less_what_he_dislikes) {
  const std::vector<float> cold = user_taste(model(), {}).scores();
  const auto best = std::max_element(cold.begin(), cold.end()) - cold.begin();
  user_history history;
  history.known.push_back({static_cast<std::uint32_t>(best), -0.8F});
  const std::vector<float> learnt = user_taste(model(), history).scores();
  BOOST_TEST(learnt[static_cast<std::size_t>(best)] < cold[static_cast<std::size_t>(best)]);
  history.known.clear();
  history.fresh.push_back({1, static_cast<std::uint32_t>(best), 0.8F, 1.0F, {}, 0.0F});
  const std::vector<float> fresh = user_taste(model(), history).scores();
  BOOST_TEST(fresh[static_cast<std::size_t>(best)] < cold[static_cast<std::size_t>(best)]);
}

BOOST_AUTO_TEST_CASE(what_is_disliked_is_ranked_below_what_is_liked) {
  const toy_world world(12);
  const ranking_model trained = world.trained();
  double right = 0.0, pairs = 0.0;
  for (std::size_t user = 0; user < 40; ++user) {
    const auto row = world.opinions.row(user);
    const std::vector<float> scores = user_taste(trained, {{row.begin(), row.end()}, {}}).scores();
    for (const interaction& a : row)
      for (const interaction& b : row)
        if (a.weight > 0.0F && b.weight < 0.0F) {
          right += scores[a.other] > scores[b.other];
          pairs += 1.0;
        }
  }
  BOOST_TEST(right / pairs > 0.9);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur::learning
