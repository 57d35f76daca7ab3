#include "store/session.hpp"

#include <array>
#include <initializer_list>
#include <span>
#include <string>

namespace demur::store {

namespace {

struct migration {
  int version;
  const char* description;
  std::initializer_list<const char*> steps;
};

/// Keys that append: `integer primary key` and `without rowid` are how SQLite is told that the key is the place
/// (docs/decisions.md).
const std::array migrations{
    migration{1,
              "the seed's four tables and what the pipeline needs beside them",
              {
                  R"(create table user_dislikes (
             dislike_id integer primary key, user_id text not null, movie_id bigint,
             movie_title text not null, recommendation_set_id bigint,
             predicted_score double precision, reason text not null, feedback_text text,
             created_at bigint not null, genres text not null, cast_members text not null,
             franchise text, context text not null, half_life_days double precision not null,
             previous_dislike_id bigint not null))",
                  R"(create table negative_training_examples (
             example_id integer primary key, user_id text not null, movie_id bigint,
             movie_title text not null, actual_rating double precision not null,
             predicted_rating double precision, error double precision,
             weight double precision not null, used_in_training integer not null))",
                  R"(create table dislike_feedback_impact (
             dislike_id bigint not null, impact_id bigint not null,
             model_version_id bigint not null, impact_type text not null,
             feature_affected text not null, adjustment_magnitude double precision not null,
             applied_at bigint not null, half_life_days double precision not null,
             primary key (dislike_id, impact_id)) without rowid)",
                  R"(create table dislike_patterns (
             pattern_id bigint not null, user_id text not null, pattern_type text not null,
             pattern_value text not null, frequency bigint not null, severity text not null,
             identified_at bigint not null,
             primary key (user_id, pattern_type, pattern_value)) without rowid)",
                  // A start asks for the newest id.
                  "create index pattern_by_id on dislike_patterns (pattern_id)",
                  R"(create table movies (
             movie_id integer primary key, movie_title text not null, genres text not null,
             cast_members text not null, franchise text))",
                  R"(create table ratings (
             user_id text not null, movie_id bigint not null, rating double precision,
             liked integer not null, weight double precision not null, created_at bigint not null,
             primary key (user_id, movie_id)) without rowid)",
                  R"(create table recommendation_sets (
             recorded_id integer primary key, recommendation_set_id bigint not null,
             user_id text not null, model_version_id bigint not null, created_at bigint not null))",
                  "create unique index recommendation_set_by_id on recommendation_sets (recommendation_set_id)",
                  R"(create table recommendation_set_items (
             recorded_id bigint not null, place bigint not null, movie_id bigint,
             movie_title text not null, predicted_score double precision,
             propensity double precision, primary key (recorded_id, place)) without rowid)",
                  R"(create table model_versions (
             model_version_id integer primary key, parent_id bigint not null,
             created_at bigint not null, state text not null, trainer text not null,
             cause_rule text not null, unused_examples bigint not null,
             mean_error double precision, cause_feature text not null,
             feature_dislikes bigint not null, distinct_users bigint not null,
             claim_after bigint not null, claim_through bigint not null,
             claimed_examples bigint not null, metrics text not null))",
                  // Answers append and expire in the order of their ids; the index is small, its key a hash.
                  R"(create table idempotency_keys (
             answer_id integer primary key, key_hash bigint not null, user_id text not null,
             idempotency_key text not null, body_digest text not null, answer text not null,
             expires_at bigint not null))",
                  "create index idempotency_key_by_hash on idempotency_keys (key_hash)",
                  R"(create table snapshots (
             part text primary key, through_dislike_id bigint not null,
             through_recorded_id bigint not null, content text not null))",
              }},
    migration{2,
              "strategies have versions, shadows and ways to fade, and dislikes may wait for theirs",
              {
                  "alter table dislike_feedback_impact add column strategy_version_id bigint not null default 0",
                  // Null: it fades by its half-life.
                  "alter table dislike_feedback_impact add column hold_days double precision",
                  "alter table dislike_feedback_impact add column rise_days double precision",
                  // 0: with its dislike.
                  "alter table dislike_feedback_impact add column readjustment_id bigint not null default 0",
                  R"(create table strategy_versions (
             strategy_version_id integer primary key, name text not null, version text not null,
             hash text not null, first_used_at bigint not null))",
                  R"(create table pending_adjustments (
             dislike_id integer primary key, reason text not null, attempts bigint not null))",
                  R"(create table readjustments (
             readjustment_id bigint not null, dislike_id bigint not null,
             primary key (readjustment_id, dislike_id)) without rowid)",
                  R"(create table shadow_adjustments (
             dislike_id bigint not null, strategy_version_id bigint not null,
             feature_affected text not null, adjustment_magnitude double precision not null,
             primary key (dislike_id, strategy_version_id, feature_affected)) without rowid)",
                  R"(create table promoted_strategies (
             reason text primary key, plugin text not null, promoted_at bigint not null))",
              }},
    migration{3,
              "model versions say what they learned from and why they ended, and drift has its order",
              {
                  "alter table model_versions add column data_hash text not null default ''",
                  "alter table model_versions add column reason text not null default ''",
                  // Null: of another rule.
                  "alter table model_versions add column dislike_rate_before double precision",
                  "alter table model_versions add column dislike_rate_now double precision",
                  "alter table model_versions add column impressions_since bigint not null default 0",
                  // One row: examples up to this are marked as used, those after it are not.
                  "create table used_examples_progress (through_example_id bigint not null)",
                  "insert into used_examples_progress select coalesce(max(claim_through), 0) from model_versions",
                  R"(create table shown_before (
             dislike_id integer primary key, through_recorded_id bigint not null))",
                  // As far as it is known: by the times that are in the ids.
                  "insert into shown_before select next_id, max(recorded_id) from (select recorded_id, (select "
                  "min(dislike_id) from user_dislikes where dislike_id > recorded_id) as next_id "
                  "from recommendation_sets) as placed where next_id is not null group by next_id",
                  // They lack what drift was learned; the start counts anew.
                  "delete from snapshots where part = 'patterns'",
              }},
    migration{4,
              "catalogue rows name directors",
              {
                  "alter table movies add column directors text not null default ''",
              }},
    migration{5,
              "experiments and their looks",
              {
                  // Null action_problem: no answer yet; empty: done.
                  R"(create table experiments (
             experiment_id integer primary key, plan text not null, state text not null,
             decided_at bigint, decision text not null, action text not null,
             action_version_id bigint not null, action_problem text))",
                  R"(create table experiment_looks (
             experiment_id bigint not null, look bigint not null, looked_at bigint not null,
             p double precision not null, impressions_left_out bigint not null, arms text not null,
             primary key (experiment_id, look)) without rowid)",
              }},
    migration{6,
              "recommendation sets say what leaked into them",
              {
                  // Null: the user had disliked nothing, or nobody counted.
                  "alter table recommendation_sets add column disliked_movies bigint",
                  "alter table recommendation_sets add column blamed_movies bigint",
                  // They lack what was shown; the start counts anew.
                  "delete from snapshots where part = 'metrics'",
              }},
    migration{7,
              "movies are found by their titles",
              {
                  "create index movies_by_title on movies (movie_title)",
              }}};

/// In the order of the user; through_dislike_id says up to which dislike it is folded.
const std::array weights_migrations{
    migration{1,
              "what is kept of each user, packed: see user_states.hpp",
              {
                  R"(create table feature_weights (
             user_key integer primary key, user_id text not null, part bigint not null,
             parts bigint not null, states text not null))",
                  "create table feature_weights_progress (through_dislike_id bigint not null)",
                  "insert into feature_weights_progress values (0)",
              }},
    migration{2,
              "rows begin with their reasons and half-lives; the start folds them anew",
              {
                  "delete from feature_weights",
                  "update feature_weights_progress set through_dislike_id = 0",
              }}};

int version_of(soci::session& session, const std::string& table) {
  session << "create table if not exists " + table +
                 " (version integer primary key, applied_at text not null, description text not null)";
  int version = 0;
  session << "select coalesce(max(version), 0) from " + table, soci::into(version);
  return version;
}

/// `table`: where it is written down which steps were taken.
result<done> bring_up(soci::session& session, const std::string& table, std::span<const migration> steps) {
  const int found = version_of(session, table);
  const int newest = steps.back().version;
  if (found > newest)
    return error{error_code::unavailable, "The store was written by a newer version of Demur.", "schema version",
                 std::to_string(found), "at most " + std::to_string(newest)};
  for (const migration& next : steps) {
    if (next.version <= found) continue;
    soci::transaction step(session);
    for (const char* sql : next.steps) session << sql;
    const std::string description = next.description;
    session << "insert into " + table + " values (:version, current_timestamp, :description)", soci::use(next.version),
        soci::use(description);
    step.commit();
  }
  return done{};
}

}  // namespace

result<done> migrate(soci::session& session) { return bring_up(session, "schema_migrations", migrations); }

result<done> migrate_weights(soci::session& session) {
  return bring_up(session, "weights_migrations", weights_migrations);
}

}  // namespace demur::store
