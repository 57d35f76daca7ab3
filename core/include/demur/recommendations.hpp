#pragma once

#include <demur/types.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What the model recommends by itself. Field names are those of the JSON.
namespace demur {

struct recommendation_request {
  std::string user_id;
  std::int64_t n = 10;                      ///< 1 to 100
  std::vector<id> exclude;                  ///< movies that are not wanted, up to 1,000
  std::vector<std::string> genres;          ///< a movie has one of these; empty: any movie. Up to 32
  std::vector<std::string> without_genres;  ///< and none of these. Up to 32
  std::optional<double> exploration;        ///< 0.0 to 0.5; null: recommendations.exploration
  std::optional<id> model_version_id{};     ///< null: the live one
  std::optional<id> experiment_id{};        ///< the user's arm says which version, and whether feedback counts
  bool feedback = true;                     ///< false: what he disliked is not shown, and changes nothing else
};

struct recommended_movie {
  id movie_id = 0;
  std::string movie_title;  ///< empty: the catalogue does not know it
  std::vector<std::string> genres;
  double score = 0.0;       ///< of the model: about 0 for what a user does not care for, about 1 for what he likes
  double propensity = 1.0;  ///< exact probability with which it was shown, (0, 1]
  bool explored = false;    ///< chance put it there, so that the model learns of it
};

struct recommendations {
  std::string user_id;
  id recommendation_set_id = 0;  ///< under which it was logged
  id model_version_id = 0;
  std::string arm{};                               ///< of the experiment; empty: none was named, or it has ended
  std::vector<recommended_movie> recommendations;  ///< in the order in which they are to be shown
};

/// What a dislike does to the model's score of an item.
struct dislike_in_score {
  id dislike_id = 0;
  std::string reason;
  std::optional<id> movie_id;  ///< that was disliked
  std::string movie_title;
  timestamp created_at{};
  bool learned = false;        ///< the model was trained with it; else it is folded in
  double effect = 0.0;         ///< the score less what it would be without the dislike: what lifting it would give back
  double score_without = 0.0;  ///< solved anew, exact
};

/// A summand of a score.
struct score_part {
  std::string name;  ///< factors, appeal, a feature, or `neighbour`, `creator`, `reason` of the dislikes folded in
  double value = 0.0;
};

/// Why the model scores an item as it does.
struct score_explanation {
  double score = 0.0;
  std::vector<score_part> parts;           ///< their sum is the score, up to rounding
  std::vector<dislike_in_score> dislikes;  ///< by effect, that which lowers most first
};

/// What an adjustment does to a feature's weight now.
struct adjustment_in_weight {
  id dislike_id = 0;
  std::string reason;
  std::string strategy;
  std::string strategy_version;
  double adjustment_magnitude = 0.0;  ///< when it was applied
  double factor = 1.0;                ///< that it multiplies the weight with now
  timestamp applied_at{};
  std::optional<timestamp> faded_at;  ///< from then on the factor is within 1 % of 1; null: it never fades
  double multiplier_without = 1.0;    ///< of the item, without the adjustment: what lifting it would give back
};

struct feature_in_multiplier {
  std::string feature;
  double weight = 1.0;  ///< personal times shared
  double shared = 1.0;
  std::vector<adjustment_in_weight> adjustments;  ///< newest first
};

/// Why an item stands where it stands for a user.
struct explanation {
  std::string user_id;
  id movie_id = 0;
  std::string movie_title;
  id model_version_id = 0;
  std::optional<filtered_candidate> hidden;     ///< null: it is not
  std::optional<score_explanation> model;       ///< null: no model that ranks serves, or it does not know the item
  double multiplier = 1.0;                      ///< with which POST /api/rerank multiplies its score
  std::vector<feature_in_multiplier> features;  ///< of the item
  bool complete = true;  ///< false: the user has more dislikes than are looked at, the newest 100
};

}  // namespace demur
