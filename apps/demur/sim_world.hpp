#pragma once

#include "seeded.hpp"

#include <demur/types.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace demur::cli {

/// What a simulated user makes of a film that is shown to him.
struct verdict {
  std::string reason;  ///< of a dislike; empty: none
  double stars = 0.0;  ///< of a rating; 0: none
};

/// A film and what a recommender that knows nobody's taste thinks of it.
struct sim_movie {
  movie row;
  double appeal = 0.0;  ///< 0 to 1
};

/// What a user never says, and what all he says follows from.
struct sim_user {
  std::string user_id;
  std::vector<std::string> loathed_genres;
  std::vector<std::string> liked_genres;
  std::vector<std::string> loathed_cast;
  std::string loathed_franchise;
};

/// Invented films, people and series, and users with hidden tastes. The same numbers make the same world.
class sim_world {
public:
  sim_world(std::size_t users, std::size_t movies, std::uint64_t seed);

  const std::vector<sim_movie>& movies() const { return movies_; }
  const std::vector<sim_user>& users() const { return users_; }

  /// What the recommender says before any adjustment: appeal and a little chance. 0 to 1, three digits.
  double base_score(const sim_movie& item, seeded& random) const;

  /// Loathed genre: wrong_genre (17 times in 20); loathed franchise: franchise_fatigue (16 in 20); somebody loathed in the
  /// cast: poor_quality (14 in 20). Of the rest, one in 25 is disliked for no deep reason or because he has seen it, and of
  /// what has a liked genre two in five are rated 4 to 5 stars.
  verdict judge(const sim_user& user, const movie& item, seeded& random) const;

private:
  std::vector<sim_movie> movies_;
  std::vector<sim_user> users_;
};

/// The simulator's ids begin here, far from those of real catalogues.
inline constexpr id first_sim_movie = 9'000'000;

}  // namespace demur::cli
