#pragma once

#include "learning/ranking_model.hpp"
#include "learning/user_taste.hpp"

#include <cstdint>
#include <random>

namespace demur::learning {

/// People of a few tastes who meet items of a few kinds: what they like and dislike follows from both, with noise.
struct toy_world {
  explicit toy_world(std::uint32_t seed, std::size_t users = 120, std::size_t items = 80, int kinds = 4);

  interactions opinions;
  item_features features;
  std::vector<id> items;

  ranking_model trained(int factors = 16, int epochs = 6) const;
};

/// A history of random likes and learnt dislikes, each of another item.
user_history random_history(std::mt19937& random, const ranking_model& model, std::size_t likes, std::size_t dislikes);

}  // namespace demur::learning
