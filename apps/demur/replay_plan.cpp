#include "replay_plan.hpp"

#include "baseline.hpp"
#include "bodies.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace demur::cli {

namespace {

const std::vector<std::string>& genres_of(const movielens_data& data, const std::map<std::int64_t, std::size_t>& index,
                                          std::int64_t movie) {
  static const std::vector<std::string> none;
  const auto found = index.find(movie);
  return found == index.end() ? none : data.movies[found->second].genres;
}

}  // namespace

std::vector<planned_dislike> plan_replay(const movielens_data& data) {
  const auto index = data.index();
  const auto& ratings = data.ratings;
  rating_baseline baseline;
  std::vector<planned_dislike> planned;
  // Second by second: what a user rated in the same second is not known before.
  for (std::size_t first = 0, last = 0; first < ratings.size(); first = last) {
    while (last < ratings.size() && ratings[last].seconds == ratings[first].seconds) ++last;
    for (std::size_t i = first; i < last; ++i) {
      const auto& given = ratings[i];
      if (given.rating > dislike_stars) continue;
      planned.push_back({i, score_of(baseline.prediction(given.user, given.movie)),
                         baseline.reason(given.user, given.movie, genres_of(data, index, given.movie))});
    }
    for (std::size_t i = first; i < last; ++i) {
      const auto& given = ratings[i];
      baseline.add(given.user, given.movie, genres_of(data, index, given.movie), given.rating);
    }
  }
  return planned;
}

http_request replay_request(const movielens_data& data, const std::map<std::int64_t, std::size_t>& index,
                            const planned_dislike& planned, timeline times) {
  const movielens_rating& given = data.ratings[planned.rating];
  dislike_request dislike;
  dislike.movie_id = given.movie;
  if (const auto found = index.find(given.movie); found != index.end()) {
    const movie& row = data.movies[found->second];
    dislike.movie_title = row.movie_title;
    dislike.genres = row.genres;
    dislike.cast = row.cast;
    dislike.franchise = row.franchise;
  }
  dislike.predicted_score = planned.predicted_score;
  dislike.reason = planned.reason;
  if (times == timeline::original) dislike.created_at = timestamp(std::chrono::seconds(given.seconds));
  const std::string user = std::to_string(given.user);
  return {"POST", "/api/dislike", user,
          "ml:" + user + ":" + std::to_string(given.movie) + ":" + std::to_string(given.seconds),
          boost::json::serialize(dislike_json(dislike))};
}

std::vector<std::vector<std::size_t>> lanes_of(const movielens_data& data, const std::vector<planned_dislike>& planned,
                                               std::size_t connections) {
  std::map<std::int64_t, std::size_t> by_user;
  for (const auto& item : planned) ++by_user[data.ratings[item.rating].user];
  std::vector<std::pair<std::int64_t, std::size_t>> users(by_user.begin(), by_user.end());
  std::stable_sort(users.begin(), users.end(), [](const auto& a, const auto& b) { return a.second > b.second; });

  std::map<std::int64_t, std::size_t> lane_of;
  std::vector<std::size_t> loads(connections, 0);
  for (const auto& [user, count] : users) {
    const auto least = static_cast<std::size_t>(std::min_element(loads.begin(), loads.end()) - loads.begin());
    lane_of[user] = least;
    loads[least] += count;
  }
  std::vector<std::vector<std::size_t>> lanes(connections);
  for (std::size_t i = 0; i < planned.size(); ++i) lanes[lane_of[data.ratings[planned[i].rating].user]].push_back(i);
  return lanes;
}

}  // namespace demur::cli
