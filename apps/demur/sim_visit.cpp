#include "sim_visit.hpp"

#include "answers.hpp"
#include "bodies.hpp"
#include "failure.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr std::size_t candidates_asked = 60;
constexpr std::size_t items_shown = 6;
constexpr double exploration_share = 0.05;
constexpr std::size_t rows_per_request = 1'000;

}  // namespace

double visit_counts::dislikes_per_100() const {
  return shown == 0 ? 0.0 : 100.0 * static_cast<double>(dislikes) / static_cast<double>(shown);
}

visit_counts& visit_counts::operator+=(const visit_counts& other) {
  visits += other.visits;
  shown += other.shown;
  dislikes += other.dislikes;
  likes += other.likes;
  return *this;
}

std::vector<shown_item> choose_shown(std::vector<shown_item> ranking, std::size_t wanted, double exploration,
                                     seeded& random) {
  std::vector<shown_item> chosen;
  while (chosen.size() < wanted && !ranking.empty()) {
    const auto rest = static_cast<double>(ranking.size());
    const std::size_t place = random.chance(exploration) ? random.below(ranking.size()) : 0;
    shown_item item = ranking[place];
    item.propensity = exploration / rest + (place == 0 ? 1.0 - exploration : 0.0);
    chosen.push_back(item);
    ranking.erase(ranking.begin() + static_cast<std::ptrdiff_t>(place));
  }
  return chosen;
}

json::object sim_visits::post(const std::string& target, const std::string& user, std::string body) {
  const http_request request{"POST", target, user, "", std::move(body)};
  const json::value answer = expect_json(client_.send_patiently(request));
  return answer.is_object() ? answer.get_object() : json::object{};
}

void sim_visits::send_catalogue() {
  const auto& movies = world_.movies();
  for (std::size_t at = 0; at < movies.size(); at += rows_per_request) {
    json::array rows;
    for (std::size_t i = at; i < std::min(at + rows_per_request, movies.size()); ++i)
      rows.push_back(movie_json(movies[i].row));
    post("/api/movies", "", json::serialize(rows));
  }
}

std::vector<shown_item> sim_visits::ranking(const sim_user& user) {
  json::array candidates;
  for (const std::size_t place : random_.places(world_.movies().size(), candidates_asked)) {
    const sim_movie& item = world_.movies()[place];
    candidates.push_back(json::object{{"movie_id", item.row.movie_id},
                                      {"movie_title", item.row.movie_title},
                                      {"score", world_.base_score(item, random_)}});
  }
  const json::object answer =
      post("/api/rerank", user.user_id, json::serialize(json::object{{"candidates", std::move(candidates)}}));
  model_version_id_ = integer_of(answer, "model_version_id");
  std::vector<shown_item> ranked;
  for (const json::value& item : array_of(answer, "candidates")) {
    if (!item.is_object()) continue;
    const auto place = static_cast<std::size_t>(integer_of(item.get_object(), "movie_id") - first_sim_movie);
    if (place < world_.movies().size()) ranked.push_back({place, number_of(item.get_object(), "adjusted_score")});
  }
  return ranked;
}

std::int64_t sim_visits::report_shown(const sim_user& user, const std::vector<shown_item>& items) {
  json::array rows;
  for (const shown_item& item : items) {
    const movie& row = world_.movies()[item.movie].row;
    rows.push_back(json::object{{"movie_id", row.movie_id},
                                {"movie_title", row.movie_title},
                                {"predicted_score", item.score},
                                {"propensity", item.propensity}});
  }
  const json::object body{{"items", std::move(rows)}, {"model_version_id", model_version_id_}};
  return integer_of(post("/api/recommendation-sets", user.user_id, json::serialize(body)), "recommendation_set_id");
}

void sim_visits::dislike(const sim_user& user, const shown_item& item, const std::string& reason, std::int64_t set) {
  const movie& row = world_.movies()[item.movie].row;
  dislike_request said;
  said.movie_id = row.movie_id;
  said.movie_title = row.movie_title;
  said.predicted_score = item.score;
  said.genres = row.genres;
  said.cast = row.cast;
  said.franchise = row.franchise;
  if (set != 0) said.recommendation_set_id = set;
  if (unknown_reasons_.count(reason) == 0) said.reason = reason;
  const http_request request{"POST", "/api/dislike", user.user_id, "", json::serialize(dislike_json(said))};
  const http_answer answer = client_.send_patiently(request);
  const bool unknown =
      answer.status == 422 && !said.reason.empty() && problem_line(answer).find("reason") != std::string::npos;
  if (!unknown) {
    expect_json(answer);
    return;
  }
  unknown_reasons_.insert(reason);
  dislike(user, item, reason, set);
}

visit_counts sim_visits::visit() {
  const sim_user& user = random_.pick(world_.users());
  const auto items = choose_shown(ranking(user), items_shown, exploration_share, random_);
  visit_counts counts{1, static_cast<std::int64_t>(items.size()), 0, 0};
  if (items.empty()) return counts;
  const std::int64_t set = report_shown(user, items);
  json::array ratings;
  for (const shown_item& item : items) {
    const movie& row = world_.movies()[item.movie].row;
    const verdict said = world_.judge(user, row, random_);
    if (!said.reason.empty()) {
      dislike(user, item, said.reason, set);
      ++counts.dislikes;
    } else if (said.stars > 0.0) {
      ratings.push_back(json::object{{"movie_id", row.movie_id}, {"rating", said.stars}});
      ++counts.likes;
    }
  }
  if (!ratings.empty()) post("/api/ratings", user.user_id, json::serialize(ratings));
  return counts;
}

}  // namespace demur::cli
