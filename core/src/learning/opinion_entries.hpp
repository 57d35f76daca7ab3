#pragma once

#include <demur/trainer.hpp>
#include <demur/types.hpp>

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

/// What users said, as training and ranking count it.
namespace demur::learning {

struct ranking_model;
struct user_history;

/// How what was said fades.
struct opinion_fading {
  timestamp now{};
  double dislike_half_life_days = 0.0;    ///< weights.example_half_life_days; 0: never
  double neighbour_half_life_days = 0.0;  ///< of what a fresh dislike takes from what is near it; 0: never
};

/// An opinion's entry in the matrix: above 0 a like, below 0 a dislike, 0: it says nothing. A dislike fades with its age;
/// a rating stands until its user changes it.
float entry_of(const training_opinion& said, const opinion_fading& as);

/// What a dislike's reason may mean: features whose weights its strategy lowered, and by how much at most.
struct blamed_features {
  std::vector<std::string> names;
  float cap = 0.0F;  ///< share of a score
};
using blame_by_dislike = std::unordered_map<id, blamed_features>;

/// A fresh dislike costs a pass over all items: of one user, so many of the newest are taken, and older ones count as if
/// they were learnt.
constexpr std::size_t most_fresh = 100;

/// A user's history as the model sees it. `said`: in the order of training_set::each_opinion, all of one user; the newest
/// opinion on an item counts, and what was only seen does not. Dislikes after model.trained_through are fresh.
user_history history_from(const ranking_model& model, std::span<const training_opinion> said, const opinion_fading& as,
                          const blame_by_dislike& blamed);

}  // namespace demur::learning
