#include "store/opinion_stream.hpp"

#include <tuple>

namespace demur::store {

opinion_stream::opinion_stream(soci::session& session, id through, double rating_weight)
    : rating_weight_(rating_weight), through_(through), ratings_(session), dislikes_(session) {
  into_all(ratings_.statement, rating_user_, rating_movie_, liked_, rated_at_);
  ratings_.ready(std::string("select user_id, movie_id, liked, created_at from ratings where ") + rating_is_opinion +
                 " order by user_id, movie_id");
  into_all(dislikes_.statement, dislike_user_, dislike_movie_, reason_, disliked_at_, dislike_id_);
  dislikes_.statement.exchange(soci::into(weight_.value, weight_.null));
  dislikes_.statement.exchange(soci::use(through_));
  dislikes_.ready(
      std::string("select user_id, disliked, reason, created_at, dislike_id, weight from (select d.user_id, ") +
      disliked_movie +
      " as disliked, d.reason, d.created_at, d.dislike_id, e.weight from user_dislikes d "
      "left join negative_training_examples e on e.example_id = d.dislike_id where d.dislike_id <= :t) as said "
      "where disliked is not null order by user_id, disliked, created_at, dislike_id");
  ratings_.statement.execute(false);
  dislikes_.statement.execute(false);
  more_ratings_ = ratings_.statement.fetch();
  more_dislikes_ = dislikes_.statement.fetch();
}

bool opinion_stream::next(training_opinion& one) {
  if (!more_ratings_ && !more_dislikes_) return false;
  if (rating_is_first())
    take_rating(one);
  else
    take_dislike(one);
  return true;
}

bool opinion_stream::rating_is_first() const {
  if (!more_ratings_ || !more_dislikes_) return more_ratings_;
  return std::tie(rating_user_, rating_movie_, rated_at_) <= std::tie(dislike_user_, dislike_movie_, disliked_at_);
}

void opinion_stream::take_rating(training_opinion& one) {
  one.user_id = rating_user_;
  one.movie_id = rating_movie_;
  one.kind = liked_ != 0 ? opinion_kind::like : opinion_kind::dislike;
  one.reason.clear();
  one.weight = liked_ != 0 ? 1.0 : rating_weight_;
  one.created_at = to_time(rated_at_);
  one.dislike_id = 0;
  more_ratings_ = ratings_.statement.fetch();
}

void opinion_stream::take_dislike(training_opinion& one) {
  const auto weight = weight_.get();
  one.user_id = dislike_user_;
  one.movie_id = dislike_movie_;
  one.kind = weight ? opinion_kind::dislike : opinion_kind::seen;
  one.reason = reason_;
  one.weight = weight.value_or(0.0);
  one.created_at = to_time(disliked_at_);
  one.dislike_id = dislike_id_;
  more_dislikes_ = dislikes_.statement.fetch();
}

}  // namespace demur::store
