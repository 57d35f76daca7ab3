#pragma once

#include "domain/case_file.hpp"
#include "learning/recommending.hpp"
#include "store/store.hpp"

#include <demur/settings.hpp>
#include <demur/trainer.hpp>

#include <memory>
#include <string>
#include <vector>

namespace demur::pipeline {

/// What is read of a user before the model ranks for him. Immutable.
struct known_user {
  std::vector<training_opinion> said;
  learning::blame_by_dislike blamed;  ///< of the dislikes that the model has not learned from
  learning::opinion_fading as;

  /// Looks into this.
  learning::speaker speaker() const { return {said, as, blamed}; }
};

/// `state`: what is kept of the user. Errors: those of the store.
result<known_user> read_known_user(store::reader& store, const settings& chosen, const user_state& state,
                                   id trained_through, timestamp now);

/// The model that ranks, or `conflict`: none does.
result<const learning::ranking_model*> ranking_of(const model& serving);

/// What must not be recommended to the user, ascending: what he has rated, what is hidden from him, and `exclude`.
result<std::vector<id>> not_to_recommend(store::reader& store, const settings& chosen, const user_state& state,
                                         std::vector<id> exclude, timestamp now);

}  // namespace demur::pipeline
