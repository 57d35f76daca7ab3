#pragma once

#include "domain/case_file.hpp"
#include "store/session.hpp"

/// Single rows, read: what a statement fetches into, and the value it stands for.
namespace demur::store {

template <class... Values>
void into_all(soci::statement& statement, Values&... values) {
  (statement.exchange(soci::into(values)), ...);
}

inline constexpr const char* movie_columns = "movie_id, movie_title, genres, cast_members, franchise, directors";
struct movie_row {
  long long movie_id = 0;
  std::string title, genres, cast, directors;
  nullable<std::string> franchise;

  void into(soci::statement& statement);
  movie value() const;
};

inline constexpr const char* pattern_columns =
    "pattern_id, user_id, pattern_type, pattern_value, frequency, severity, identified_at";
struct pattern_row {
  long long pattern_id = 0, frequency = 0, identified_at = 0;
  std::string user_id, type, value_text, severity;

  void into(soci::statement& statement);
  pattern value() const;
};

inline constexpr const char* dislike_columns =
    "dislike_id, user_id, movie_id, movie_title, recommendation_set_id, predicted_score, reason, "
    "feedback_text, created_at, genres, cast_members, franchise, context, half_life_days, previous_dislike_id";
struct dislike_row {
  long long dislike_id = 0, created_at = 0, previous_dislike_id = 0;
  double half_life_days = 0.0;
  std::string user_id, title, reason, genres, cast, context;
  nullable<long long> movie_id, recommendation_set_id;
  nullable<double> predicted_score;
  nullable<std::string> feedback_text, franchise;

  void into(soci::statement& statement);
  dislike value() const;
};

/// A prepared question, asked again and again. Bind with `use` before `ready`.
class question {
public:
  explicit question(soci::session& session) : statement(session) {}
  void ready(const std::string& sql) {
    statement.alloc();
    statement.prepare(sql);
    statement.define_and_bind();
  }
  /// Calls `visit` for every row, after the row's variables were set.
  template <class Visit>
  void each(const Visit& visit) {
    statement.execute(false);
    while (statement.fetch()) visit();
  }

  soci::statement statement;
};

/// Patterns by what they are about.
class patterns_by_name {
public:
  explicit patterns_by_name(soci::session& session);
  /// Those of these (user_id, pattern_type, pattern_value are read) that are stored.
  std::vector<pattern> get(const std::vector<pattern>& wanted);

private:
  question ask_;
  std::string user_id_, type_, value_;
  pattern_row row_;
};

/// Catalogue rows by id.
class movies_by_id {
public:
  explicit movies_by_id(soci::session& session);
  std::vector<movie> get(const std::vector<id>& ids);

private:
  question ask_;
  long long wanted_ = 0;
  movie_row row_;
};

}  // namespace demur::store
