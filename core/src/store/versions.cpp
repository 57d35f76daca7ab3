#include "store/versions.hpp"

#include "domain/records.hpp"

#include <algorithm>

namespace demur::store {

namespace {

std::string metrics_text(const std::map<std::string, double>& metrics) {
  record_writer out;
  for (const auto& [name, value] : metrics) out.field(name).field(value).end();
  return out.take();
}

std::map<std::string, double> metrics_of(const std::string& text) {
  std::map<std::string, double> metrics;
  record_reader in(text);
  while (in.next()) {
    std::string name(in.text());
    metrics.emplace(std::move(name), in.number<double>());
  }
  return metrics;
}

}  // namespace

std::vector<id> training_versions(soci::session& session) {
  std::vector<id> found;
  for (const model_version& version : all_versions(session))
    if (version.state == model_state::training) found.push_back(version.model_version_id);
  return found;
}

id claimed_through(soci::session& session) {
  long long through = 0;
  session << "select coalesce(max(claim_through), 0) from model_versions where state <> 'failed'", soci::into(through);
  return through;
}

result<claim_range> register_claim(soci::session& session, const model_version& started) {
  const long long after = claimed_through(session);
  long long through = 0, examples = 0;
  session << "select count(*), coalesce(max(example_id), 0) from negative_training_examples "
             "where example_id > :a",
      soci::into(examples), soci::into(through), soci::use(after);
  if (examples == 0)
    return error{error_code::conflict, "There is no unused negative example to train on.", {}, "0", "at least 1"};
  const retrain_cause& why = started.cause;
  const long long version = started.model_version_id, parent = started.parent_id,
                  created = to_column(started.created_at), unused = why.unused_examples,
                  of_feature = why.feature_dislikes, users = why.distinct_users;
  reals mean_error;
  mean_error.add(why.mean_error);
  session << "insert into model_versions values (:i, :p, :c, 'training', :t, :r, :u, :e, :f, :d, :q, "
             ":a, :b, :n, '')",
      soci::use(version), soci::use(parent), soci::use(created), soci::use(started.trainer), soci::use(why.rule),
      soci::use(unused), soci::use(mean_error.values[0], mean_error.nulls[0]), soci::use(why.feature),
      soci::use(of_feature), soci::use(users), soci::use(after), soci::use(through), soci::use(examples);
  return claim_range{after, through, examples};
}

std::int64_t mark_some_used(soci::session& session, const claim_range& claim, std::int64_t limit, marking& so_far) {
  if (so_far.claim.after != claim.after || so_far.claim.through != claim.through) so_far = {claim, claim.after, 0};
  const long long after = so_far.through, through = claim.through, most = limit;
  long long last = 0, examples = 0;
  session << "select coalesce(max(example_id), 0), count(*) from (select example_id "
             "from negative_training_examples where example_id > :a and example_id <= :b "
             "order by example_id limit :l) as slice",
      soci::into(last), soci::into(examples), soci::use(after), soci::use(through), soci::use(most);
  if (examples == 0) return 0;
  session << "update negative_training_examples set used_in_training = 1 "
             "where example_id > :a and example_id <= :b",
      soci::use(after), soci::use(last);
  so_far.through = last;
  so_far.examples += examples;
  return std::max<std::int64_t>(claim.examples - so_far.examples, 0);
}

void make_live(soci::session& session, const model_version& trained) {
  const long long version = trained.model_version_id;
  const std::string metrics = metrics_text(trained.metrics);
  session << "update model_versions set state = 'retired' where state = 'live'";
  session << "update model_versions set state = 'live', metrics = :m where model_version_id = :i", soci::use(metrics),
      soci::use(version);
}

void make_failed(soci::session& session, id model_version_id) {
  const long long version = model_version_id;
  long long after = 0, through = 0;
  session << "select claim_after, claim_through from model_versions where model_version_id = :i", soci::into(after),
      soci::into(through), soci::use(version);
  session << "update negative_training_examples set used_in_training = 0 "
             "where example_id > :a and example_id <= :b and used_in_training = 1",
      soci::use(after), soci::use(through);
  session << "update model_versions set state = 'failed' where model_version_id = :i", soci::use(version);
}

std::vector<model_version> all_versions(soci::session& session) {
  long long version = 0, parent = 0, created = 0, unused = 0, of_feature = 0, users = 0, claimed = 0;
  std::string state, trainer, rule, feature, metrics;
  nullable<double> mean_error;
  soci::statement rows =
      (session.prepare << "select model_version_id, parent_id, created_at, state, trainer, cause_rule, "
                          "unused_examples, mean_error, cause_feature, feature_dislikes, distinct_users, "
                          "claimed_examples, metrics from model_versions order by model_version_id desc",
       soci::into(version), soci::into(parent), soci::into(created), soci::into(state), soci::into(trainer),
       soci::into(rule), soci::into(unused), soci::into(mean_error.value, mean_error.null), soci::into(feature),
       soci::into(of_feature), soci::into(users), soci::into(claimed), soci::into(metrics));
  std::vector<model_version> versions;
  rows.execute();
  while (rows.fetch())
    versions.push_back({version, parent, to_time(created), model_state_of(state).value_or(model_state::failed), trainer,
                        retrain_cause{rule, unused, mean_error.get(), feature, of_feature, users}, claimed,
                        metrics_of(metrics)});
  return versions;
}

}  // namespace demur::store
