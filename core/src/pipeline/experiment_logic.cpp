#include "pipeline/experiment_logic.hpp"

#include "domain/clock.hpp"
#include "domain/json_read.hpp"
#include "domain/rules.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace demur::pipeline {

namespace {

constexpr std::int64_t most_listed = 100;

experiment_report report_of(const experiment_row& row) {
  experiment_report report;
  report.experiment_id = row.experiment_id;
  report.plan = row.plan;
  report.state = row.state;
  report.since = time_of(row.experiment_id);
  report.decided_at = row.decided_at;
  report.decision = row.decision;
  report.action = row.action;
  return report;
}

}  // namespace

experiment_report report_of(const running_experiment& one) {
  experiment_report report = report_of(one.row);
  report.looks = one.looks;
  report.p = one.p;
  report.impressions_left_out = one.counts.impressions_left_out();
  learning::describe(one.counts.arms(), report);
  return report;
}

result<done> experiment_logic::load() {
  if (loaded) return done{};
  auto opened = store::reader::open(shared->chosen, shared->recent);
  if (!opened) return std::move(opened).problem();
  store = *std::move(opened);
  auto rows = store->open_experiments();
  if (!rows) return std::move(rows).problem();
  for (experiment_row& row : *rows) {
    if (row.state != experiment_state::running) {
      unanswered.push_back(std::move(row));
      continue;
    }
    auto look = store->newest_look(row.experiment_id);
    if (!look) return std::move(look).problem();
    add(std::move(row), *look);
  }
  loaded = true;
  return done{};
}

running_experiment& experiment_logic::add(experiment_row row, const std::optional<experiment_look>& look) {
  // Before its users are counted: whoever rates meanwhile is noted.
  shared->rated.want(true);
  const auto& chosen = shared->chosen.experiments;
  const id past = first_id_of(time_of(row.experiment_id) - std::chrono::days(chosen.past_days)) - 1;
  experiment_counts counts(row.experiment_id, row.plan, past, chosen.max_users);
  running_experiment& one = running.emplace_back(running_experiment{std::move(row), std::move(counts)});
  if (!look) return one;
  one.looks = look->look;
  one.p = look->p;
  learning::both_arms then;
  if (learning::read_arms(look->arms, then)) one.impressions_at_last_look = learning::impressions_of(then);
  return one;
}

result<done> experiment_logic::catch_up() {
  const rated_users::noted rated = shared->rated.take();
  for (running_experiment& one : running)
    if (auto read = catch_up(one, rated); !read) return read;
  return done{};
}

result<done> experiment_logic::catch_up(running_experiment& one, const rated_users::noted& rated) {
  experiment_counts& counts = one.counts;
  const auto shown = [&](id recorded_id, const std::string& user_id, std::int64_t items) {
    counts.show(recorded_id, user_id, items);
  };
  const auto disliked = [&](id dislike_id, const std::string& user_id) { counts.dislike(dislike_id, user_id); };
  // The past as a whole before the rest, as it was when it began: what there is room for is the same then.
  for (const id through : {one.row.experiment_id, std::numeric_limits<id>::max()})
    if (auto read = store->follow(counts.place(), through, shown, disliked); !read) return read;
  std::vector<std::string> newcomers = counts.take_newcomers();
  if (rated.anybody) newcomers = counts.users();
  for (const std::string& user_id : newcomers)
    if (auto read = count_likes(counts, user_id); !read) return read;
  for (const std::string& user_id : rated.users)
    if (auto read = count_likes(counts, user_id); !read) return read;
  return done{};
}

result<done> experiment_logic::count_likes(experiment_counts& counts, const std::string& user_id) {
  const auto since = counts.shown_first_at(user_id);
  if (!since) return done{};
  const auto likes = store->likes_since(user_id, *since);
  if (!likes) return likes.problem();
  counts.set_likes(user_id, *likes);
  return done{};
}

running_experiment* experiment_logic::find(id experiment_id) {
  const auto found = std::ranges::find_if(
      running, [=](const running_experiment& one) { return one.row.experiment_id == experiment_id; });
  return found == running.end() ? nullptr : &*found;
}

result<std::vector<experiment_report>> experiment_logic::list() {
  auto rows = store->experiments(most_listed);
  if (!rows) return std::move(rows).problem();
  std::vector<experiment_report> all;
  for (const experiment_row& row : *rows) {
    auto told = report(row);
    if (!told) return std::move(told).problem();
    all.push_back(*std::move(told));
  }
  return all;
}

result<experiment_report> experiment_logic::report(const experiment_row& row) {
  if (const running_experiment* one = find(row.experiment_id)) return pipeline::report_of(*one);
  experiment_report told = report_of(row);
  auto look = store->newest_look(row.experiment_id);
  if (!look) return std::move(look).problem();
  learning::both_arms then;
  if (*look) {
    told.looks = (*look)->look;
    told.p = (*look)->p;
    told.impressions_left_out = (*look)->impressions_left_out;
    if (!learning::read_arms((*look)->arms, then)) then = {};
  }
  learning::describe(then, told);
  return told;
}

result<experiment_plan> experiment_logic::admitted(const experiment_plan& wanted) {
  auto plan = validate(wanted);
  if (!plan) return plan;
  const std::int64_t most = shared->chosen.experiments.max_running;
  if (std::ssize(running) >= most)
    return error{error_code::conflict, "As many experiments run as may.", "experiments.max_running",
                 std::to_string(running.size()) + " running", "at most " + std::to_string(most)};
  auto versions = store->models();
  if (!versions) return std::move(versions).problem();
  for (std::size_t arm = 0; arm < plan->arms.size(); ++arm) {
    const auto version = plan->arms[arm].model_version_id;
    if (!version || *version == 0) continue;
    const bool usable = std::ranges::any_of(*versions, [&](const model_version& known) {
      return known.model_version_id == *version && known.state != model_state::failed &&
             known.state != model_state::training;
    });
    if (!usable)
      return rules::refusal("arms[" + std::to_string(arm) + "].model_version_id", std::to_string(*version),
                            "a version of GET /api/models that is trained, 0 or \"live\"");
  }
  return plan;
}

experiment_step experiment_logic::look_at(const running_experiment& one,
                                          std::optional<std::string> stopped_because) const {
  const learning::both_arms& arms = one.counts.arms();
  learning::verdict verdict = learning::judge(one.row.plan, arms, one.p);
  if (stopped_because) {
    verdict.state = experiment_state::stopped;
    verdict.decision = *std::move(stopped_because);
  }
  const timestamp now = shared->clock();
  experiment_step made{one.row, experiment_look{one.row.experiment_id, one.looks + 1, now, verdict.p,
                                                one.counts.impressions_left_out(), learning::write_arms(arms)}};
  made.row.state = verdict.state;
  made.row.decision = verdict.decision;
  if (verdict.state == experiment_state::running) return made;
  made.row.decided_at = now;
  made.row.action = action_of(made.row);
  return made;
}

/// A loss of a version that does not serve, or of the empty model, needs no way back.
std::optional<experiment_action> experiment_logic::action_of(const experiment_row& row) const {
  const auto candidate = row.plan.arms[1].model_version_id;
  const id live = shared->serving.get()->model_version_id;
  if (row.state == experiment_state::won && row.plan.on_win == "promote")
    return experiment_action{"promote", candidate.value_or(live), std::nullopt};
  if (row.state == experiment_state::lost && row.plan.on_loss == "rollback" && live != 0 &&
      candidate.value_or(live) == live)
    return experiment_action{"rollback", live, std::nullopt};
  return std::nullopt;
}

}  // namespace demur::pipeline
