#pragma once

#include "learning/gate.hpp"
#include "learning/interactions.hpp"
#include "learning/item_features.hpp"
#include "learning/opinion_entries.hpp"

#include <demur/trainer.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace demur::learning {

/// A training set as iALS takes it.
struct training_matrix {
  std::vector<id> items;  ///< of the catalogue, and what else anybody has an opinion of; ascending
  item_features features;
  interactions by_user;       ///< without the judges
  std::vector<judge> judges;  ///< in the order of their names
  std::int64_t likes = 0;     ///< in by_user
  std::int64_t dislikes = 0;
  id trained_through = 0;  ///< the newest dislike that was passed
  std::string data_hash;   ///< of all that was passed, in its order
};

/// Reads a training set once. `judging_share`: of the users whose opinions are kept out (see judges()). Errors: those of
/// the set.
result<training_matrix> read_training_matrix(const training_set& data, const opinion_fading& as, double judging_share);

}  // namespace demur::learning
