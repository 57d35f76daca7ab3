#include "store/versions.hpp"

#include "domain/records.hpp"
#include "store/rows.hpp"

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

constexpr const char* version_columns =
    "model_version_id, parent_id, created_at, state, trainer, cause_rule, unused_examples, mean_error, cause_feature, "
    "feature_dislikes, distinct_users, dislike_rate_before, dislike_rate_now, impressions_since, claim_after, "
    "claim_through, claimed_examples, data_hash, metrics, reason";
struct version_row {
  long long version = 0, parent = 0, created = 0, unused = 0, of_feature = 0, users = 0, impressions = 0, after = 0,
            through = 0, claimed = 0;
  std::string state, trainer, rule, feature, data_hash, metrics, reason;
  nullable<double> mean_error, rate_before, rate_now;

  void into(soci::statement& to) {
    into_all(to, version, parent, created, state, trainer, rule, unused);
    to.exchange(soci::into(mean_error.value, mean_error.null));
    into_all(to, feature, of_feature, users);
    to.exchange(soci::into(rate_before.value, rate_before.null));
    to.exchange(soci::into(rate_now.value, rate_now.null));
    into_all(to, impressions, after, through, claimed, data_hash, metrics, reason);
  }
  model_version value() const {
    return {
        version,
        parent,
        to_time(created),
        model_state_of(state).value_or(model_state::failed),
        trainer,
        {rule, unused, mean_error.get(), feature, of_feature, users, rate_before.get(), rate_now.get(), impressions},
        claimed,
        after,
        through,
        data_hash,
        metrics_of(metrics),
        reason};
  }
};

long long one_number(soci::session& session, const char* sql) {
  long long found = 0;
  session << sql, soci::into(found);
  return found;
}

void set_state(soci::session& session, id model_version_id, model_state state, const std::string& reason) {
  const long long version = model_version_id;
  const std::string name(to_string(state));
  session << "update model_versions set state = :s, reason = :r where model_version_id = :i", soci::use(name),
      soci::use(reason), soci::use(version);
}

}  // namespace

std::vector<id> training_versions(soci::session& session) {
  std::vector<id> found;
  for (const model_version& version : all_versions(session))
    if (version.state == model_state::training) found.push_back(version.model_version_id);
  return found;
}

id claimed_through(soci::session& session) {
  return one_number(session,
                    "select coalesce(max(claim_through), 0) from model_versions where state in ('live', 'training')");
}

id judged_through(soci::session& session) {
  return one_number(session, "select coalesce(max(claim_through), 0) from model_versions where state <> 'failed'");
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
                  of_feature = why.feature_dislikes, users = why.distinct_users, impressions = why.impressions_since;
  reals figures;
  figures.add(why.mean_error);
  figures.add(why.dislike_rate_before);
  figures.add(why.dislike_rate_now);
  session << std::string("insert into model_versions (") + version_columns +
                 ") values (:i, :p, :c, 'training', :t, :r, :u, :e, :f, :d, :q, :rb, :rn, :im, :a, :b, :n, '', '', '')",
      soci::use(version), soci::use(parent), soci::use(created), soci::use(started.trainer), soci::use(why.rule),
      soci::use(unused), soci::use(figures.values[0], figures.nulls[0]), soci::use(why.feature), soci::use(of_feature),
      soci::use(users), soci::use(figures.values[1], figures.nulls[1]), soci::use(figures.values[2], figures.nulls[2]),
      soci::use(impressions), soci::use(after), soci::use(through), soci::use(examples);
  return claim_range{after, through, examples};
}

marking marking_of(soci::session& session) {
  return {one_number(session, "select through_example_id from used_examples_progress"),
          one_number(session, "select coalesce(max(claim_through), 0) from model_versions where state = 'live'")};
}

marking mark_some(soci::session& session, std::int64_t limit) {
  marking now = marking_of(session);
  if (now.is_done()) return now;
  const bool forward = now.marked < now.known;
  const long long after = std::min(now.marked, now.known), through = std::max(now.marked, now.known), most = limit;
  long long examples = 0, first = 0, last = 0;
  session << std::string(
                 "select count(*), coalesce(min(example_id), 0), coalesce(max(example_id), 0) from "
                 "(select example_id from negative_training_examples where example_id > :a and "
                 "example_id <= :b order by example_id ") +
                 (forward ? "" : "desc ") + "limit :l) as slice",
      soci::into(examples), soci::into(first), soci::into(last), soci::use(after), soci::use(through), soci::use(most);
  const int used = forward ? 1 : 0;
  session << "update negative_training_examples set used_in_training = :u "
             "where example_id >= :a and example_id <= :b",
      soci::use(used), soci::use(first), soci::use(last);
  const bool all = examples < limit;
  const long long between = forward ? last : first - 1;
  now.marked = all ? now.known : id{between};
  const long long marked = now.marked;
  session << "update used_examples_progress set through_example_id = :m", soci::use(marked);
  return now;
}

void make_live(soci::session& session, const model_version& trained) {
  session << "update model_versions set state = 'retired' where state = 'live'";
  model_version live = trained;
  live.state = model_state::live;
  live.reason.clear();
  end_version(session, live);
}

void end_version(soci::session& session, const model_version& ended) {
  const long long version = ended.model_version_id;
  const std::string metrics = metrics_text(ended.metrics);
  session << "update model_versions set metrics = :m, data_hash = :h where model_version_id = :i", soci::use(metrics),
      soci::use(ended.data_hash), soci::use(version);
  set_state(session, ended.model_version_id, ended.state, ended.reason);
}

void change_live(soci::session& session, const model_change& change) {
  set_state(session, change.from, change.left_as, change.reason);
  set_state(session, change.to, model_state::live, {});
}

std::vector<model_version> all_versions(soci::session& session) {
  std::vector<model_version> versions;
  version_row row;
  question ask(session);
  row.into(ask.statement);
  ask.ready(std::string("select ") + version_columns + " from model_versions order by model_version_id desc");
  ask.each([&] { versions.push_back(row.value()); });
  return versions;
}

std::optional<model_version> version_of(soci::session& session, id model_version_id) {
  std::optional<model_version> found;
  const long long wanted = model_version_id;
  version_row row;
  question ask(session);
  row.into(ask.statement);
  ask.statement.exchange(soci::use(wanted));
  ask.ready(std::string("select ") + version_columns + " from model_versions where model_version_id = :i");
  ask.each([&] { found = row.value(); });
  return found;
}

std::vector<id> claimed_dislikes(soci::session& session, const model_version& of, id through, std::int64_t limit) {
  std::vector<id> found;
  const long long after = of.claim_after, last = std::min(through, of.claim_through), most = limit;
  long long dislike_id = 0;
  question ask(session);
  ask.statement.exchange(soci::into(dislike_id));
  ask.statement.exchange(soci::use(after));
  ask.statement.exchange(soci::use(last));
  ask.statement.exchange(soci::use(most));
  ask.ready(
      "select example_id from negative_training_examples where example_id > :a and example_id <= :b "
      "order by example_id desc limit :l");
  ask.each([&] { found.push_back(dislike_id); });
  return found;
}

}  // namespace demur::store
