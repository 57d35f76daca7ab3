#pragma once

#include "domain/case_file.hpp"
#include "store/session.hpp"

/// A batch's new rows turned into columns, written with one prepared statement a table. The statements live as long as the session.
namespace demur::store {

class batch_columns {
public:
  explicit batch_columns(soci::session& session);
  /// Within a transaction of the caller's.
  void write(const case_file& batch);

private:
  struct dislikes {
    explicit dislikes(soci::session& session);
    void add(const dislike& row);
    numbers dislike_id, movie_id, recommendation_set_id, created_at, previous_dislike_id;
    texts user_id, title, reason, feedback_text, genres, cast, franchise, context;
    reals predicted_score, half_life_days;
    bulk insert;
  };
  struct examples {
    explicit examples(soci::session& session);
    void add(const training_example& row);
    numbers example_id, movie_id, used;
    texts user_id, title;
    reals actual, predicted, error, weight;
    bulk insert;
  };
  struct impacts {
    explicit impacts(soci::session& session);
    void add(const recorded_impact& row, id readjusted_with);
    numbers dislike_id, impact_id, model_version_id, applied_at, strategy_version_id, readjustment_id;
    texts type, feature;
    reals magnitude, half_life_days, hold_days, rise_days;
    bulk insert;
  };
  struct patterns {
    explicit patterns(soci::session& session);
    void add(const pattern& row);
    numbers pattern_id, frequency, identified_at;
    texts user_id, type, value, severity;
    bulk insert;
  };
  struct answers {
    explicit answers(soci::session& session);
    void add(const idempotency_record& row);
    texts user_id, key, digest, answer;
    numbers answer_id, key_hash, expires_at;
    bulk insert;
  };
  struct shadows {
    explicit shadows(soci::session& session);
    void add(const shadow_adjustment& row);
    numbers dislike_id, strategy_version_id;
    texts feature;
    reals magnitude;
    bulk insert;
  };

  dislikes dislikes_;
  examples examples_;
  impacts impacts_;
  patterns patterns_;
  answers answers_;
  shadows shadows_;
};

}  // namespace demur::store
