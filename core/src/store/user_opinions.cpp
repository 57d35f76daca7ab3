#include "store/user_opinions.hpp"

#include "store/opinion_stream.hpp"

#include <algorithm>
#include <string>
#include <tuple>

namespace demur::store {

user_opinions::user_opinions(soci::session& session)
    : ratings_(session), dislikes_(session), rated_(session), titled_(session) {
  into_all(ratings_.statement, rating_movie_, liked_, rated_at_);
  ratings_.statement.exchange(soci::use(user_id_));
  ratings_.ready(std::string("select movie_id, liked, created_at from ratings where user_id = :u and ") +
                 rating_is_opinion + " order by movie_id");
  into_all(dislikes_.statement, dislike_movie_, reason_, disliked_at_, dislike_id_);
  dislikes_.statement.exchange(soci::into(weight_.value, weight_.null));
  dislikes_.statement.exchange(soci::use(newest_));
  dislikes_.statement.exchange(soci::use(limit_));
  const std::string columns =
      std::string("d.dislike_id, d.previous_dislike_id, ") + disliked_movie + ", d.reason, d.created_at";
  dislikes_.ready("with recursive chain (dislike_id, previous_dislike_id, movie_id, reason, created_at) as (select " +
                  columns + " from user_dislikes d where d.dislike_id = :n union all select " + columns +
                  " from chain c join user_dislikes d on d.dislike_id = c.previous_dislike_id limit :l) "
                  "select c.movie_id, c.reason, c.created_at, c.dislike_id, e.weight from chain c "
                  "left join negative_training_examples e on e.example_id = c.dislike_id where c.movie_id is not null");
  rated_.statement.exchange(soci::into(rated_movie_));
  rated_.statement.exchange(soci::use(user_id_));
  rated_.ready("select movie_id from ratings where user_id = :u order by movie_id");
  titled_.statement.exchange(soci::into(titled_movie_));
  titled_.statement.exchange(soci::use(title_));
  titled_.ready(std::string(select_titled) + ":t" + only_one);
}

std::vector<training_opinion> user_opinions::get(const std::string& user_id, id newest_dislike_id, double rating_weight,
                                                 std::int64_t limit) {
  std::vector<training_opinion> said;
  user_id_ = user_id;
  ratings_.each([&] {
    const bool liked = liked_ != 0;
    said.push_back({user_id, rating_movie_, liked ? opinion_kind::like : opinion_kind::dislike, "",
                    liked ? 1.0 : rating_weight, to_time(rated_at_), 0});
  });
  newest_ = newest_dislike_id;
  limit_ = limit;
  if (newest_ != 0)
    dislikes_.each([&] {
      const auto weight = weight_.get();
      said.push_back({user_id, dislike_movie_, weight ? opinion_kind::dislike : opinion_kind::seen, reason_,
                      weight.value_or(0.0), to_time(disliked_at_), dislike_id_});
    });
  // As opinion_stream does: of the same moment, a rating comes first.
  std::sort(said.begin(), said.end(), [](const training_opinion& a, const training_opinion& b) {
    return std::tie(a.movie_id, a.created_at, a.dislike_id) < std::tie(b.movie_id, b.created_at, b.dislike_id);
  });
  return said;
}

std::vector<id> user_opinions::rated(const std::string& user_id) {
  std::vector<id> movies;
  user_id_ = user_id;
  rated_.each([&] { movies.push_back(rated_movie_); });
  return movies;
}

std::optional<id> user_opinions::titled(const std::string& title) {
  std::optional<id> movie_id;
  title_ = title;
  titled_.each([&] { movie_id = titled_movie_; });
  return movie_id;
}

}  // namespace demur::store
