#include "store/strategies.hpp"

#include "store/rows.hpp"

namespace demur::store {

namespace {

void put_pending(soci::session& session, const case_entry& entry) {
  const long long dislike_id = entry.row.dislike_id;
  session << "insert into pending_adjustments values (:i, :r, 0)", soci::use(dislike_id), soci::use(entry.row.reason);
}

void end_pending(soci::session& session, id dislike) {
  const long long dislike_id = dislike;
  session << "delete from pending_adjustments where dislike_id = :i", soci::use(dislike_id);
}

/// An example that a model has learned from already stays what it was.
void scale_example(soci::session& session, id dislike, double factor) {
  if (factor == 1.0) return;
  const long long example_id = dislike;
  session
      << "update negative_training_examples set weight = weight * :f where example_id = :i and used_in_training = 0",
      soci::use(factor), soci::use(example_id);
}

void write_readjustment(soci::session& session, const readjustment& what) {
  const long long readjustment_id = what.readjustment_id;
  for (const case_entry& entry : what.adjusted) {
    const long long dislike_id = entry.row.dislike_id;
    session << "insert into readjustments values (:r, :i)", soci::use(readjustment_id), soci::use(dislike_id);
    scale_example(session, dislike_id, entry.training_factor);
    end_pending(session, dislike_id);
  }
  for (const id dislike : what.given_up) end_pending(session, dislike);
  for (const id dislike : what.failed) {
    const long long dislike_id = dislike;
    session << "update pending_adjustments set attempts = attempts + 1 where dislike_id = :i", soci::use(dislike_id);
  }
}

}  // namespace

void write_strategies(soci::session& session, const case_file& batch) {
  for (const case_entry& entry : batch.entries)
    if (entry.row.adjustment_pending) put_pending(session, entry);
  write_readjustment(session, batch.readjustment);
  for (const strategy_version& one : batch.new_strategies) {
    const long long version_id = one.strategy_version_id, first = to_column(one.first_used_at);
    session << "insert into strategy_versions values (:i, :n, :v, :h, :f)", soci::use(version_id), soci::use(one.name),
        soci::use(one.version), soci::use(one.hash), soci::use(first);
  }
}

std::vector<strategy_version> strategy_versions(soci::session& session) {
  std::vector<strategy_version> found;
  long long version_id = 0, first = 0;
  std::string name, version, hash;
  question ask(session);
  into_all(ask.statement, version_id, name, version, hash, first);
  ask.ready(
      "select strategy_version_id, name, version, hash, first_used_at from strategy_versions "
      "order by strategy_version_id");
  ask.each([&] { found.push_back({version_id, name, version, hash, to_time(first)}); });
  return found;
}

std::map<std::string, std::int64_t> pending_by_reason(soci::session& session) {
  std::map<std::string, std::int64_t> found;
  std::string reason;
  long long count = 0;
  question ask(session);
  into_all(ask.statement, reason, count);
  ask.ready("select reason, count(*) from pending_adjustments group by reason");
  ask.each([&] { found[reason] = count; });
  return found;
}

std::vector<pending_adjustment> pending_adjustments(soci::session& session, const std::string& reason,
                                                    std::int64_t from, std::int64_t to, std::int64_t limit) {
  std::vector<pending_adjustment> found;
  dislike_row row;
  long long attempts = 0;
  const long long least = from, most = to, rows = limit;
  question ask(session);
  row.into(ask.statement);
  ask.statement.exchange(soci::into(attempts));
  ask.statement.exchange(soci::use(reason));
  ask.statement.exchange(soci::use(least));
  ask.statement.exchange(soci::use(most));
  ask.statement.exchange(soci::use(rows));
  ask.ready(std::string("select ") + dislike_columns +
            ", attempts from user_dislikes join (select dislike_id as waiting_id, attempts from pending_adjustments "
            "where reason = :r and attempts >= :a and attempts <= :b order by dislike_id limit :n) as waiting "
            "on waiting_id = dislike_id order by dislike_id");
  ask.each([&] { found.push_back({row.value(), attempts}); });
  return found;
}

bool is_pending(soci::session& session, id dislike) {
  const long long dislike_id = dislike;
  int there = 0;
  session << "select count(*) from pending_adjustments where dislike_id = :i", soci::into(there), soci::use(dislike_id);
  return there > 0;
}

std::map<std::string, std::string> promoted_strategies(soci::session& session) {
  std::map<std::string, std::string> found;
  std::string reason, plugin;
  question ask(session);
  into_all(ask.statement, reason, plugin);
  ask.ready("select reason, plugin from promoted_strategies");
  ask.each([&] { found[reason] = plugin; });
  return found;
}

void put_promotion(soci::session& session, const std::string& reason, const std::string& plugin, timestamp now) {
  const long long at = to_column(now);
  session << "insert into promoted_strategies values (:r, :p, :a) on conflict (reason) do update set "
             "plugin = excluded.plugin, promoted_at = excluded.promoted_at",
      soci::use(reason), soci::use(plugin), soci::use(at);
}

}  // namespace demur::store
