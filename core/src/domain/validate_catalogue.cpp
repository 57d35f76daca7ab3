#include "domain/checks.hpp"
#include "domain/json_read.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace demur {

namespace {

using namespace checks;

/// `[3].`, or `items[3].`
std::string place(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "].";
}

fault check_row(const std::string& at, movie& row) {
  if (fault found = check_id(at + "movie_id", row.movie_id)) return found;
  if (fault found = check_text(at + "movie_title", row.movie_title, rules::title)) return found;
  if (fault found = check_names(at, row.genres, row.cast, row.franchise)) return found;
  return check_directors(at, row.directors);
}

fault check_row(const std::string& at, user_rating& row, timestamp now) {
  if (fault found = check_user(at + "user_id", row.user_id)) return found;
  if (fault found = check_id(at + "movie_id", row.movie_id)) return found;
  if (row.rating && !rules::is_rating(*row.rating))
    return rules::refusal(at + "rating", std::to_string(*row.rating), rules::stars.allowed);
  if (!row.rating && !row.liked) return rules::missing(at + "rating", rules::stars.allowed);
  const bool follows = row.rating && *row.rating >= 4.0;
  if (row.rating && row.liked && !follows)
    return rules::refusal(at + "liked", "true beside a rating of " + std::to_string(*row.rating),
                          "either rating or liked");
  row.liked = row.liked || follows;
  return check_past(at + "created_at", row.created_at, now);
}

fault check_row(const std::string& at, const recommended_item& row) {
  fault found = check_title(at, row.movie_id, row.movie_title);
  if (!found) found = check_score(at + "predicted_score", row.predicted_score);
  if (!found) found = check_score(at + "propensity", row.propensity, rules::propensity);
  return found;
}

fault check_row(const std::string& at, rerank_candidate& row) {
  fault found = check_title(at, row.movie_id, row.movie_title);
  if (!found) found = check_score(at + "score", row.score);
  if (!found) found = check_names(at, row.genres, row.cast, row.franchise);
  return found;
}

fault check_count(std::string field, std::size_t count) {
  if (count >= 1 && count <= rules::max_rows) return std::nullopt;
  return rules::refusal(std::move(field), std::to_string(count) + " of them", "1 to 1,000 of them");
}

}  // namespace

result<std::vector<movie>> validate(std::vector<movie> movies) {
  for (std::size_t index = 0; index < movies.size(); ++index)
    if (fault found = check_row(place("", index), movies[index])) return *std::move(found);
  return movies;
}

result<std::vector<user_rating>> validate(std::vector<user_rating> ratings, timestamp now) {
  for (std::size_t index = 0; index < ratings.size(); ++index)
    if (fault found = check_row(place("", index), ratings[index], now)) return *std::move(found);
  return ratings;
}

result<recommendation_set> validate(recommendation_set shown, timestamp now) {
  fault found = check_user("user_id", shown.user_id);
  if (!found) found = check_id("recommendation_set_id", shown.recommendation_set_id);
  if (!found) found = check_id("model_version_id", shown.model_version_id);
  if (!found) found = check_count("items", shown.items.size());
  for (std::size_t index = 0; !found && index < shown.items.size(); ++index)
    found = check_row(place("items", index), shown.items[index]);
  if (!found) found = check_past("created_at", shown.created_at, now);
  if (found) return *std::move(found);
  return shown;
}

result<done> check_version(const std::optional<id>& model_version_id, const std::optional<id>& experiment_id) {
  fault found;
  if (model_version_id) found = check_id("model_version_id", *model_version_id);
  if (!found && experiment_id) found = check_id("experiment_id", *experiment_id);
  if (!found && model_version_id && experiment_id)
    found = rules::refusal("experiment_id", "given beside model_version_id", "either of them: the arm names a version");
  if (found) return *std::move(found);
  return done{};
}

result<rerank_request> validate(rerank_request request) {
  fault found = check_user("user_id", request.user_id);
  if (!found) found = check_count("candidates", request.candidates.size());
  for (std::size_t index = 0; !found && index < request.candidates.size(); ++index)
    found = check_row(place("candidates", index), request.candidates[index]);
  if (found) return *std::move(found);
  if (auto checked = check_version(request.model_version_id, request.experiment_id); !checked)
    return std::move(checked).problem();
  return request;
}

result<recommendation_request> validate(recommendation_request request) {
  constexpr std::int64_t most = 100;
  fault found = check_user("user_id", request.user_id);
  if (!found && (request.n < 1 || request.n > most))
    found = rules::refusal("n", std::to_string(request.n), "an integer from 1 to 100");
  if (!found && request.exclude.size() > rules::max_rows)
    found = rules::refusal("exclude", std::to_string(request.exclude.size()) + " of them", "up to 1,000 movie ids");
  std::vector<std::string> no_cast;
  if (!found) found = check_names("", request.genres, no_cast, std::nullopt);
  if (!found) found = check_names("without_", request.without_genres, no_cast, std::nullopt);
  if (!found && request.exploration && !(*request.exploration >= 0.0 && *request.exploration <= 0.5))
    found = rules::refusal("exploration", std::to_string(*request.exploration), "a number from 0 to 0.5");
  if (found) return *std::move(found);
  if (auto checked = check_version(request.model_version_id, request.experiment_id); !checked)
    return std::move(checked).problem();
  return request;
}

result<preview_request> validate(preview_request request, timestamp now) {
  auto checked = validate(std::move(request.dislike), now);
  if (!checked) return std::move(checked).problem();
  request.dislike = *std::move(checked);
  if (request.candidates.size() > rules::max_rows)
    return rules::refusal("candidates", std::to_string(request.candidates.size()) + " of them", "up to 1,000 of them");
  for (std::size_t index = 0; index < request.candidates.size(); ++index)
    if (fault found = check_row(place("candidates", index), request.candidates[index])) return *std::move(found);
  return request;
}

result<done> check_scores(const rerank_request& request) {
  if (fault found = check_user("user_id", request.user_id)) return *std::move(found);
  if (fault found = check_count("candidates", request.candidates.size())) return *std::move(found);
  for (std::size_t index = 0; index < request.candidates.size(); ++index)
    if (const double score = request.candidates[index].score; !rules::obeys(score, rules::score))
      return *check_score(place("candidates", index) + "score", score);
  return done{};
}

result<done> check_page(std::string_view user_id, std::int64_t limit, id cursor) {
  if (fault found = check_user("user_id", user_id)) return *std::move(found);
  return check_page(limit, cursor);
}

result<done> check_page(std::int64_t limit, id cursor) {
  constexpr rules::integers page{1, 500, "an integer from 1 to 500"};
  fault found = check_id("limit", limit, page);
  if (!found) found = check_id("cursor", cursor);
  if (found) return *std::move(found);
  return done{};
}

result<done> check_rollback_reason(std::string_view reason) {
  if (fault found = check_text("reason", reason, rules::rollback_reason)) return *std::move(found);
  return done{};
}

}  // namespace demur
