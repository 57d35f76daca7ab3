#pragma once

#include "domain/case_file.hpp"
#include "learning/recommending.hpp"
#include "store/store.hpp"

#include <demur/settings.hpp>
#include <demur/trainer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace demur::pipeline {

/// What is read of a user before the model ranks for him. Immutable.
struct known_user {
  std::vector<training_opinion> said;
  learning::blame_by_dislike blamed;  ///< of the dislikes that the model has not learned from
  learning::opinion_fading as;

  /// Looks into this.
  learning::speaker speaker(learning::taste_cache& kept) const { return {said, as, blamed, &kept}; }
};

/// The movie that the catalogue has by a title, see store::reader::movie_titled.
using title_lookup = std::function<result<std::optional<id>>(const std::string&)>;

/// What is kept of a user, for ranking: a dislike that named a title alone also as one of the movie that the catalogue has by
/// it. Of a movie that was named both ways, what was said by its title comes after the rest. Errors: those of the lookup.
result<user_state> with_titled_movies(user_state user, const title_lookup& titled);

/// `newest_dislike_id`: the user's last one; 0: none of them count. What fades does so by the hour, so that he is the same for
/// a while. Errors: those of the store.
result<known_user> read_known_user(store::reader& store, const settings& chosen, const std::string& user_id,
                                   id newest_dislike_id, id trained_through, timestamp now);

/// The model that ranks, or `conflict`: none does.
result<const learning::ranking_model*> ranking_of(const model& serving);

/// What must not be recommended to the user, ascending: what he has rated, what is hidden from him, and `exclude`.
result<std::vector<id>> not_to_recommend(store::reader& store, const settings& chosen, const user_state& state,
                                         std::vector<id> exclude, timestamp now);

}  // namespace demur::pipeline
