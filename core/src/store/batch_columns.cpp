#include "store/batch_columns.hpp"

#include "store/kept_answers.hpp"

namespace demur::store {

namespace {

template <class... Columns>
void clear_all(Columns&... columns) {
  (columns.clear(), ...);
}

}  // namespace

batch_columns::dislikes::dislikes(soci::session& session)
    : insert(session,
             "insert into user_dislikes values "
             "(:a, :b, :c, :d, :e, :f, :g, :h, :i, :j, :k, :l, :m, :n, :o)",
             dislike_id, user_id, movie_id, title, recommendation_set_id, predicted_score, reason, feedback_text,
             created_at, genres, cast, franchise, context, half_life_days, previous_dislike_id) {}

void batch_columns::dislikes::add(const dislike& row) {
  dislike_id.add(static_cast<long long>(row.dislike_id));
  user_id.add(row.user_id);
  movie_id.add(row.movie_id);
  title.add(row.movie_title);
  recommendation_set_id.add(row.recommendation_set_id);
  predicted_score.add(row.predicted_score);
  reason.add(row.reason);
  feedback_text.add(row.feedback_text);
  created_at.add(to_column(row.created_at));
  genres.add(to_column(row.genres));
  cast.add(to_column(row.cast));
  franchise.add(row.franchise);
  context.add(row.context);
  half_life_days.add(row.half_life_days);
  previous_dislike_id.add(static_cast<long long>(row.previous_dislike_id));
}

batch_columns::examples::examples(soci::session& session)
    : insert(session, "insert into negative_training_examples values (:a, :b, :c, :d, :e, :f, :g, :h, :i)", example_id,
             user_id, movie_id, title, actual, predicted, error, weight, used) {}

void batch_columns::examples::add(const training_example& row) {
  example_id.add(static_cast<long long>(row.example_id));
  user_id.add(row.user_id);
  movie_id.add(row.movie_id);
  title.add(row.movie_title);
  actual.add(row.actual_rating);
  predicted.add(row.predicted_rating);
  error.add(row.error);
  weight.add(row.weight);
  used.add(row.used_in_training ? 1LL : 0LL);
}

batch_columns::impacts::impacts(soci::session& session)
    : insert(session,
             "insert into dislike_feedback_impact (dislike_id, impact_id, model_version_id, impact_type, "
             "feature_affected, adjustment_magnitude, applied_at, half_life_days, strategy_version_id, hold_days, "
             "rise_days, readjustment_id) values (:a, :b, :c, :d, :e, :f, :g, :h, :i, :j, :k, :l)",
             dislike_id, impact_id, model_version_id, type, feature, magnitude, applied_at, half_life_days,
             strategy_version_id, hold_days, rise_days, readjustment_id) {}

void batch_columns::impacts::add(const recorded_impact& row, id readjusted_with) {
  dislike_id.add(static_cast<long long>(row.row.dislike_id));
  impact_id.add(static_cast<long long>(row.row.impact_id));
  model_version_id.add(static_cast<long long>(row.row.model_version_id));
  type.add(row.row.impact_type);
  feature.add(row.row.feature_affected);
  magnitude.add(row.row.adjustment_magnitude);
  applied_at.add(to_column(row.row.applied_at));
  half_life_days.add(row.half_life_days);
  strategy_version_id.add(static_cast<long long>(row.strategy_version_id));
  hold_days.add(row.rise ? std::optional(row.rise->hold_days) : std::nullopt);
  rise_days.add(row.rise ? std::optional(row.rise->rise_days) : std::nullopt);
  readjustment_id.add(static_cast<long long>(readjusted_with));
}

batch_columns::shadows::shadows(soci::session& session)
    : insert(session, "insert into shadow_adjustments values (:a, :b, :c, :d)", dislike_id, strategy_version_id,
             feature, magnitude) {}

void batch_columns::shadows::add(const shadow_adjustment& row) {
  dislike_id.add(static_cast<long long>(row.dislike_id));
  strategy_version_id.add(static_cast<long long>(row.strategy_version_id));
  feature.add(row.feature_affected);
  magnitude.add(row.adjustment_magnitude);
}

batch_columns::patterns::patterns(soci::session& session)
    : insert(session,
             "insert into dislike_patterns values (:a, :b, :c, :d, :e, :f, :g) "
             "on conflict (user_id, pattern_type, pattern_value) do update set "
             "frequency = excluded.frequency, severity = excluded.severity, "
             "identified_at = excluded.identified_at",
             pattern_id, user_id, type, value, frequency, severity, identified_at) {}

void batch_columns::patterns::add(const pattern& row) {
  pattern_id.add(static_cast<long long>(row.pattern_id));
  user_id.add(row.user_id);
  type.add(row.pattern_type);
  value.add(row.pattern_value);
  frequency.add(static_cast<long long>(row.frequency));
  severity.add(std::string(to_string(row.severity)));
  identified_at.add(to_column(row.identified_at));
}

batch_columns::answers::answers(soci::session& session)
    : insert(session, "insert into idempotency_keys values (:a, :b, :c, :d, :e, :f, :g)", answer_id, key_hash, user_id,
             key, digest, answer, expires_at) {}

void batch_columns::answers::add(const idempotency_record& row) {
  answer_id.add(static_cast<long long>(row.answer_id));
  key_hash.add(hash_of_key(row.user_id, row.key));
  user_id.add(row.user_id);
  key.add(row.key);
  digest.add(row.body_digest);
  answer.add(row.answer);
  expires_at.add(to_column(row.expires_at));
}

batch_columns::batch_columns(soci::session& session)
    : dislikes_(session),
      examples_(session),
      impacts_(session),
      patterns_(session),
      answers_(session),
      shadows_(session) {}

void batch_columns::write(const case_file& batch) {
  auto& d = dislikes_;
  auto& e = examples_;
  auto& i = impacts_;
  auto& p = patterns_;
  auto& k = answers_;
  auto& s = shadows_;
  clear_all(d.dislike_id, d.user_id, d.movie_id, d.title, d.recommendation_set_id, d.predicted_score, d.reason,
            d.feedback_text, d.created_at, d.genres, d.cast, d.franchise, d.context, d.half_life_days,
            d.previous_dislike_id);
  clear_all(e.example_id, e.user_id, e.movie_id, e.title, e.actual, e.predicted, e.error, e.weight, e.used);
  clear_all(i.dislike_id, i.impact_id, i.model_version_id, i.type, i.feature, i.magnitude, i.applied_at,
            i.half_life_days, i.strategy_version_id, i.hold_days, i.rise_days, i.readjustment_id);
  clear_all(s.dislike_id, s.strategy_version_id, s.feature, s.magnitude);
  clear_all(p.pattern_id, p.user_id, p.type, p.value, p.frequency, p.severity, p.identified_at);
  clear_all(k.answer_id, k.key_hash, k.user_id, k.key, k.digest, k.answer, k.expires_at);

  for (const case_entry& entry : batch.entries) {
    d.add(entry.row);
    if (entry.example) e.add(*entry.example);
    for (const recorded_impact& row : entry.impacts) i.add(row, 0);
  }
  for (const case_entry& entry : batch.readjustment.adjusted)
    for (const recorded_impact& row : entry.impacts) i.add(row, entry.readjustment_id);
  for (const shadow_adjustment& row : batch.shadows) s.add(row);
  for (const pattern& row : batch.patterns) p.add(row);
  for (const idempotency_record& row : batch.idempotency) k.add(row);

  // SOCI refuses vectors without rows.
  if (!d.dislike_id.values.empty()) d.insert.run();
  if (!e.example_id.values.empty()) e.insert.run();
  if (!i.impact_id.values.empty()) i.insert.run();
  if (!p.pattern_id.values.empty()) p.insert.run();
  if (!k.key.values.empty()) k.insert.run();
  if (!s.feature.values.empty()) s.insert.run();
}

}  // namespace demur::store
