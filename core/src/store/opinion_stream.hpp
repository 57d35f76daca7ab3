#pragma once

#include "store/rows.hpp"

#include <demur/trainer.hpp>

#include <string>

/// Ratings and dislikes side by side, in the order of user and item.
namespace demur::store {

/// Which ratings are opinions: likes, and dislikes without a reason.
inline constexpr const char* rating_is_opinion = "(liked = 1 or rating <= 2.0)";

/// Selects the one movie that the catalogue has by a title, which comes behind it and before `only_one`; no row: there is
/// none, or more than one.
inline constexpr const char* select_titled = "select min(movies.movie_id) from movies where movies.movie_title = ";
inline constexpr const char* only_one = " group by movies.movie_title having count(*) = 1";

/// The movie that the dislike `d` is of; where only a title was given, the one that the catalogue has by it. Null: unknown.
inline const std::string disliked_movie =
    std::string("coalesce(d.movie_id, (") + select_titled + "d.movie_title" + only_one + "))";

/// Within a transaction of the caller's. Ratings lie in that order already; dislikes are sorted by the database, which
/// keeps what does not fit its cache in a temporary file.
class opinion_stream {
public:
  /// `through`: the last dislike. `rating_weight`: of a rating that is a dislike.
  opinion_stream(soci::session& session, id through, double rating_weight);

  /// False at the end.
  bool next(training_opinion& one);

private:
  bool rating_is_first() const;
  void take_rating(training_opinion& one);
  void take_dislike(training_opinion& one);

  double rating_weight_;
  long long through_;
  question ratings_, dislikes_;
  std::string rating_user_, dislike_user_, reason_;
  long long rating_movie_ = 0, liked_ = 0, rated_at_ = 0;
  long long dislike_movie_ = 0, disliked_at_ = 0, dislike_id_ = 0;
  nullable<double> weight_;
  bool more_ratings_ = false, more_dislikes_ = false;
};

}  // namespace demur::store
