#include "bodies.hpp"

#include <boost/json/parse.hpp>

#include <cstdio>

namespace demur::cli {

namespace json = boost::json;

json::array names_json(const std::vector<std::string>& names) {
  json::array array;
  array.reserve(names.size());
  for (const auto& name : names) array.emplace_back(name);
  return array;
}

json::object dislike_json(const dislike_request& dislike, bool with_user) {
  json::object object;
  object.reserve(12);
  if (with_user) object["user_id"] = dislike.user_id;
  if (dislike.movie_id) object["movie_id"] = *dislike.movie_id;
  if (!dislike.movie_title.empty()) object["movie_title"] = dislike.movie_title;
  if (dislike.recommendation_set_id) object["recommendation_set_id"] = *dislike.recommendation_set_id;
  if (dislike.predicted_score) object["predicted_score"] = *dislike.predicted_score;
  if (!dislike.reason.empty()) object["reason"] = dislike.reason;
  if (dislike.feedback_text) object["feedback_text"] = *dislike.feedback_text;
  if (!dislike.genres.empty()) object["genres"] = names_json(dislike.genres);
  if (!dislike.cast.empty()) object["cast"] = names_json(dislike.cast);
  if (dislike.franchise) object["franchise"] = *dislike.franchise;
  if (!dislike.context.empty()) object["context"] = json::parse(dislike.context);
  if (dislike.created_at) object["created_at"] = time_text(*dislike.created_at);
  return object;
}

json::object movie_json(const movie& row) {
  json::object object{{"movie_id", row.movie_id},
                      {"movie_title", row.movie_title},
                      {"genres", names_json(row.genres)},
                      {"cast", names_json(row.cast)}};
  if (row.franchise) object["franchise"] = *row.franchise;
  if (!row.directors.empty()) object["directors"] = names_json(row.directors);
  return object;
}

json::object rating_json(const user_rating& rating) {
  json::object object{{"movie_id", rating.movie_id}};
  if (rating.rating) {
    object["rating"] = *rating.rating;
  } else {
    object["liked"] = rating.liked;
  }
  if (rating.created_at != timestamp{}) object["created_at"] = time_text(rating.created_at);
  return object;
}

std::string time_text(timestamp value) {
  const auto day = std::chrono::floor<std::chrono::days>(value);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(value - day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return text;
}

std::string short_time(std::string_view rfc3339) {
  std::string text(rfc3339.substr(0, 19));
  if (text.size() == 19) text[10] = ' ';
  return text;
}

}  // namespace demur::cli
