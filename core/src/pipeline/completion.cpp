#include "pipeline/completion.hpp"

#include "domain/weights.hpp"

#include <string>
#include <utility>

namespace demur::pipeline {

namespace {

error unknown_reason(const std::string& found, const plugin::seats& seated) {
  std::string allowed;
  for (const auto& [reason, ignored] : seated) allowed += (allowed.empty() ? "" : ", ") + reason;
  return {error_code::bad_value, "No strategy answers to this reason.", "reason", found, allowed};
}

error unknown_title() {
  return {error_code::bad_value, "The catalogue does not know this movie_id.", "movie_title", "nothing",
          "a title, or the movie_id of a catalogue row"};
}

}  // namespace

bool needs_catalogue(const dislike_request& request) {
  const bool no_features = request.genres.empty() && request.cast.empty() && !request.franchise.has_value();
  return request.movie_id && (request.movie_title.empty() || no_features);
}

result<dislike_request> complete(dislike_request request, const movie* known, const plugin::seats& seated) {
  if (!seated.contains(request.reason)) return unknown_reason(request.reason, seated);
  if (known && needs_catalogue(request)) {
    if (request.movie_title.empty()) request.movie_title = known->movie_title;
    if (request.genres.empty() && request.cast.empty() && !request.franchise) {
      request.genres = known->genres;
      request.cast = known->cast;
      request.franchise = known->franchise;
    }
  }
  if (request.movie_title.empty()) return unknown_title();
  return request;
}

dislike make_row(dislike_request request, id dislike_id, timestamp now) {
  dislike row;
  row.dislike_id = dislike_id;
  row.user_id = std::move(request.user_id);
  row.movie_id = request.movie_id;
  row.movie_title = std::move(request.movie_title);
  row.recommendation_set_id = request.recommendation_set_id;
  row.predicted_score = request.predicted_score;
  row.reason = std::move(request.reason);
  row.feedback_text = std::move(request.feedback_text);
  row.created_at = request.created_at.value_or(now);
  row.genres = std::move(request.genres);
  row.cast = std::move(request.cast);
  row.franchise = std::move(request.franchise);
  row.context = std::move(request.context);
  return row;
}

training_example make_example(const dislike& row, const settings::weights_section& chosen, timestamp now) {
  training_example example;
  example.example_id = row.dislike_id;
  example.user_id = row.user_id;
  example.movie_id = row.movie_id;
  example.movie_title = row.movie_title;
  example.predicted_rating = row.predicted_score;
  if (row.predicted_score) example.error = *row.predicted_score - example.actual_rating;
  example.weight = example_weight(chosen, now - row.created_at);
  return example;
}

}  // namespace demur::pipeline
