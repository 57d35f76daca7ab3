#include "store/rows.hpp"

#include <tuple>

namespace demur::store {

namespace {

template <class T>
void into_nullable(soci::statement& statement, nullable<T>& to) {
  statement.exchange(soci::into(to.value, to.null));
}

std::optional<id> as_id(const nullable<long long>& column) {
  if (const auto value = column.get()) return *value;
  return std::nullopt;
}

}  // namespace

void movie_row::into(soci::statement& statement) {
  into_all(statement, movie_id, title, genres, cast);
  into_nullable(statement, franchise);
  into_all(statement, directors);
}

movie movie_row::value() const {
  return {movie_id, title, to_names(genres), to_names(cast), franchise.get(), to_names(directors)};
}

void pattern_row::into(soci::statement& statement) {
  into_all(statement, pattern_id, user_id, type, value_text, frequency, severity, identified_at);
}

pattern pattern_row::value() const {
  return {pattern_id,
          user_id,
          type,
          value_text,
          frequency,
          severity_of(severity).value_or(severity::none),
          to_time(identified_at)};
}

void dislike_row::into(soci::statement& statement) {
  into_all(statement, dislike_id, user_id);
  into_nullable(statement, movie_id);
  into_all(statement, title);
  into_nullable(statement, recommendation_set_id);
  into_nullable(statement, predicted_score);
  into_all(statement, reason);
  into_nullable(statement, feedback_text);
  into_all(statement, created_at, genres, cast);
  into_nullable(statement, franchise);
  into_all(statement, context, half_life_days, previous_dislike_id);
}

dislike dislike_row::value() const {
  dislike row;
  row.dislike_id = dislike_id;
  row.user_id = user_id;
  row.movie_id = as_id(movie_id);
  row.movie_title = title;
  row.recommendation_set_id = as_id(recommendation_set_id);
  row.predicted_score = predicted_score.get();
  row.reason = reason;
  row.feedback_text = feedback_text.get();
  row.created_at = to_time(created_at);
  row.genres = to_names(genres);
  row.cast = to_names(cast);
  row.franchise = franchise.get();
  row.context = context;
  row.half_life_days = half_life_days;
  row.previous_dislike_id = previous_dislike_id;
  return row;
}

patterns_by_name::patterns_by_name(soci::session& session) : ask_(session) {
  row_.into(ask_.statement);
  ask_.statement.exchange(soci::use(user_id_));
  ask_.statement.exchange(soci::use(type_));
  ask_.statement.exchange(soci::use(value_));
  ask_.ready(std::string("select ") + pattern_columns +
             " from dislike_patterns where user_id = :u and pattern_type = :t and pattern_value = :v");
}

std::vector<pattern> patterns_by_name::get(const std::vector<pattern>& wanted) {
  std::vector<pattern> found;
  for (const pattern& one : wanted) {
    user_id_ = one.user_id;
    type_ = one.pattern_type;
    value_ = one.pattern_value;
    ask_.each([&] { found.push_back(row_.value()); });
  }
  return found;
}

movies_by_id::movies_by_id(soci::session& session) : ask_(session) {
  row_.into(ask_.statement);
  ask_.statement.exchange(soci::use(wanted_));
  ask_.ready(std::string("select ") + movie_columns + " from movies where movie_id = :id");
}

std::vector<movie> movies_by_id::get(const std::vector<id>& ids) {
  std::vector<movie> found;
  for (const id wanted : ids) {
    wanted_ = wanted;
    ask_.each([&] { found.push_back(row_.value()); });
  }
  return found;
}

}  // namespace demur::store
