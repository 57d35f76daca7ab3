#pragma once

#include "learning/opinion_entries.hpp"

#include <demur/recommendations.hpp>
#include <demur/types.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// Ranking for one user, from what he has said. Pure; callable from any thread.
namespace demur::learning {

class taste_cache;

/// The last dislike that the model has learned from.
id trained_through(const ranking_model& model);

/// A user, as far as the model is to know him.
struct speaker {
  std::span<const training_opinion> said;  ///< see history_from
  opinion_fading as;
  const blame_by_dislike& blamed;
  taste_cache* kept = nullptr;  ///< where the user may lie solved
};

/// Of what is shown.
struct recommending_rules {
  std::size_t n = 10;
  std::vector<id> hidden;                 ///< movies that are not shown, ascending
  std::vector<std::string> any_features;  ///< a movie has one of these; empty: any movie
  std::vector<std::string> no_features;   ///< and none of these
  double exploration = 0.0;               ///< in [0, 1): probability with which a place is given to chance
  std::size_t exploration_pool = 0;       ///< movies after the best n, among which chance chooses
  std::uint32_t seed = 0;                 ///< of chance
};

struct recommendation {
  id movie_id = 0;
  double score = 0.0;
  double propensity = 1.0;  ///< exact probability with which the movie is among those shown
  bool explored = false;    ///< chance put it there
};

/// The n best, but that each place is with probability `exploration` given to one of the pool, drawn evenly without
/// putting back. Then, with K explored of n places, K ~ Bin(n, exploration) but at most the pool's size M: the movie of
/// rank r is shown with P(n - K >= r), one of the pool with E[K] / M. Fewer than n + 1 movies: all, for certain.
std::vector<recommendation> recommend(const ranking_model& model, const speaker& who, const recommending_rules& rules);

/// Whether the model has a score of its own for the movie.
bool knows(const ranking_model& model, id movie_id);

/// Scores of these movies; 0, which is what the model makes of what nobody knows, for one that it does not know.
std::vector<double> model_scores(const ranking_model& model, const speaker& who, std::span<const id> movies);

/// The model's score of a movie, taken apart; of each dislike from `since` on, `dislike_id`, `learned`, `effect` and
/// `score_without` are told, those that lower it most first. Solves anew once a dislike.
score_explanation explain_score(const ranking_model& model, const speaker& who, id movie_id, id since = 0);

}  // namespace demur::learning
