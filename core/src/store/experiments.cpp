#include "store/experiments.hpp"

#include "domain/records.hpp"
#include "store/rows.hpp"

namespace demur::store {

namespace {

std::string plan_text(const experiment_plan& plan) {
  record_writer out;
  out.field("plan").field(plan.name).exact(plan.alpha).exact(plan.tau).exact(plan.max_like_drop);
  out.field(plan.min_impressions).field(plan.max_impressions).field(plan.on_win).field(plan.on_loss).end();
  for (const experiment_arm& arm : plan.arms) {
    out.field("arm").field(arm.name).exact(arm.share).field(arm.feedback ? 1 : 0);
    if (arm.model_version_id) out.field(*arm.model_version_id);
    out.end();
  }
  return out.take();
}

experiment_plan plan_of(const std::string& text) {
  experiment_plan plan;
  record_reader in(text);
  while (in.next()) {
    const bool is_arm = in.text() == "arm";
    std::string name(in.text());
    if (is_arm) {
      experiment_arm& arm = plan.arms.emplace_back();
      arm.name = std::move(name);
      arm.share = in.exact();
      arm.feedback = in.number() != 0;
      if (in.more()) arm.model_version_id = in.number();
      continue;
    }
    plan.name = std::move(name);
    plan.alpha = in.exact();
    plan.tau = in.exact();
    plan.max_like_drop = in.exact();
    plan.min_impressions = in.number();
    plan.max_impressions = in.number();
    plan.on_win = in.text();
    plan.on_loss = in.text();
  }
  return plan;
}

constexpr const char* experiment_columns =
    "experiment_id, plan, state, decided_at, decision, action, action_version_id, action_problem";

struct row_of_experiment {
  long long experiment_id = 0, action_version_id = 0;
  std::string plan, state, decision, action;
  nullable<long long> decided_at;
  nullable<std::string> action_problem;

  void into(soci::statement& statement) {
    into_all(statement, experiment_id, plan, state);
    statement.exchange(soci::into(decided_at.value, decided_at.null));
    into_all(statement, decision, action, action_version_id);
    statement.exchange(soci::into(action_problem.value, action_problem.null));
  }
  experiment_row value() const {
    experiment_row row{
        experiment_id, plan_of(plan), experiment_state_of(state).value_or(experiment_state::stopped), {}, decision, {}};
    if (const auto at = decided_at.get()) row.decided_at = to_time(*at);
    if (!action.empty()) row.action = experiment_action{action, action_version_id, action_problem.get()};
    return row;
  }
};

}  // namespace

void insert_experiment(soci::session& session, const experiment_row& begun) {
  const long long experiment_id = begun.experiment_id;
  const std::string plan = plan_text(begun.plan), state(to_string(begun.state));
  session << "insert into experiments values (:i, :p, :s, null, '', '', 0, null)", soci::use(experiment_id),
      soci::use(plan), soci::use(state);
}

void write_step(soci::session& session, const experiment_step& made) {
  const experiment_row& row = made.row;
  const long long experiment_id = row.experiment_id;
  const long long version = row.action ? row.action->model_version_id : 0;
  const std::string state(to_string(row.state)), action = row.action ? row.action->wanted : "";
  numbers decided_at;
  decided_at.add(row.decided_at ? std::optional(to_column(*row.decided_at)) : std::nullopt);
  texts problem;
  problem.add(row.action ? row.action->problem : std::nullopt);
  session << "update experiments set state = :s, decided_at = :t, decision = :d, action = :a, action_version_id = :v, "
             "action_problem = :p where experiment_id = :i",
      soci::use(state), soci::use(decided_at.values[0], decided_at.nulls[0]), soci::use(row.decision),
      soci::use(action), soci::use(version), soci::use(problem.values[0], problem.nulls[0]), soci::use(experiment_id);
  if (!made.look) return;
  const long long number = made.look->look, looked_at = to_column(made.look->looked_at),
                  left_out = made.look->impressions_left_out;
  session << "insert into experiment_looks values (:i, :n, :t, :p, :o, :a)", soci::use(experiment_id),
      soci::use(number), soci::use(looked_at), soci::use(made.look->p), soci::use(left_out), soci::use(made.look->arms);
}

std::vector<experiment_row> experiments(soci::session& session, std::int64_t limit) {
  std::vector<experiment_row> found;
  const long long most = limit;
  row_of_experiment row;
  question ask(session);
  row.into(ask.statement);
  ask.statement.exchange(soci::use(most));
  ask.ready(std::string("select ") + experiment_columns + " from experiments order by experiment_id desc limit :l");
  ask.each([&] { found.push_back(row.value()); });
  return found;
}

std::vector<experiment_row> open_experiments(soci::session& session) {
  std::vector<experiment_row> found;
  row_of_experiment row;
  question ask(session);
  row.into(ask.statement);
  ask.ready(std::string("select ") + experiment_columns +
            " from experiments where state = 'running' or (action <> '' and action_problem is null) "
            "order by experiment_id");
  ask.each([&] { found.push_back(row.value()); });
  return found;
}

std::optional<experiment_row> experiment(soci::session& session, id experiment_id) {
  std::optional<experiment_row> found;
  const long long wanted = experiment_id;
  row_of_experiment row;
  question ask(session);
  row.into(ask.statement);
  ask.statement.exchange(soci::use(wanted));
  ask.ready(std::string("select ") + experiment_columns + " from experiments where experiment_id = :i");
  ask.each([&] { found = row.value(); });
  return found;
}

std::optional<experiment_look> newest_look(soci::session& session, id experiment_id) {
  const long long wanted = experiment_id;
  long long number = 0, looked_at = 0, left_out = 0;
  double p = 1.0;
  std::string arms;
  session << "select look, looked_at, p, impressions_left_out, arms from experiment_looks where experiment_id = :i "
             "order by look desc "
             "limit 1",
      soci::into(number), soci::into(looked_at), soci::into(p), soci::into(left_out), soci::into(arms),
      soci::use(wanted);
  if (!session.got_data()) return std::nullopt;
  return experiment_look{experiment_id, number, to_time(looked_at), p, left_out, arms};
}

void follow(soci::session& session, const experiment_place& after, id through,
            const std::function<void(id, const std::string&, std::int64_t)>& shown,
            const std::function<void(id, const std::string&)>& disliked) {
  const long long after_recorded = after.through_recorded_id, after_dislike = after.through_dislike_id, last = through;
  long long found_id = 0, items = 0;
  std::string user_id;
  question sets(session);
  into_all(sets.statement, found_id, user_id, items);
  sets.statement.exchange(soci::use(after_recorded));
  sets.statement.exchange(soci::use(last));
  sets.ready(
      "select s.recorded_id, s.user_id, (select count(*) from recommendation_set_items i "
      "where i.recorded_id = s.recorded_id) from recommendation_sets s where s.recorded_id > :r and s.recorded_id <= "
      ":l order by "
      "s.recorded_id");
  sets.each([&] { shown(found_id, user_id, items); });
  question dislikes(session);
  into_all(dislikes.statement, found_id, user_id);
  dislikes.statement.exchange(soci::use(after_dislike));
  dislikes.statement.exchange(soci::use(last));
  dislikes.ready(
      "select dislike_id, user_id from user_dislikes where dislike_id > :d and dislike_id <= :l order by dislike_id");
  dislikes.each([&] { disliked(found_id, user_id); });
}

std::int64_t likes_since(soci::session& session, const std::string& user_id, timestamp since) {
  const long long from = to_column(since);
  long long likes = 0;
  session << "select count(*) from ratings where user_id = :u and liked = 1 and created_at >= :t", soci::into(likes),
      soci::use(user_id), soci::use(from);
  return likes;
}

}  // namespace demur::store
