#include "domain/experiment_records.hpp"
#include "pipeline/experiment_logic.hpp"
#include "pipeline/spawn.hpp"

#include <caf/sec.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace demur::pipeline {

namespace {

using reports = std::vector<experiment_report>;
using report_promise = caf::typed_response_promise<experiment_answer_ptr>;

experiment_answer_ptr answered(reports found) {
  return std::make_shared<const reply<reports>>(reply<reports>{{}, std::move(found)});
}
experiment_answer_ptr refused(error why) {
  return std::make_shared<const reply<reports>>(reply<reports>{std::move(why), {}});
}

struct experiments_state : experiment_logic {
  journal_actor journal;
  metrics_actor metrics;
  scheduler_actor scheduler;
  bool tick_pending = false;
};
using experiments_pointer = experiments_actor::stateful_pointer<experiments_state>;

/// A store that cannot be read ends it, and so the pipeline: the next one begins with what is stored.
caf::error give_up(experiments_pointer self, const error& why) {
  spdlog::error("experiments: {}", why.detail);
  caf::error failed = caf::make_error(caf::sec::runtime_error, why.detail);
  self->quit(failed);
  return failed;
}

void tell(experiments_pointer self, std::string phase, experiment_report report) {
  spdlog::info("experiment {} ({}): {}{}{}", report.experiment_id, report.plan.name, phase,
               report.decision.empty() ? "" : ": ", report.decision);
  self->send(
      self->state.metrics, news_atom::value,
      experiment_news_ptr(std::make_shared<experiment_news>(experiment_news{std::move(phase), std::move(report)})));
}

void tick_later(experiments_pointer self) {
  auto& state = self->state;
  if (state.running.empty() || std::exchange(state.tick_pending, true)) return;
  self->delayed_send(self, state.shared->chosen.experiments.look_interval, tick_atom::value);
}

void write_outcome(experiments_pointer self, experiment_row row, std::string problem) {
  if (!problem.empty())
    spdlog::warn("experiment {}: {} was not done: {}", row.experiment_id, row.action->wanted, problem);
  row.action->problem = std::move(problem);
  self->send(self->state.journal, step_atom::value, experiment_step{std::move(row), std::nullopt});
}

/// Has the versions do what was decided, and writes down what came of it. A crash between the two leaves it to the start:
/// then it may be done already.
void act_on(experiments_pointer self, experiment_row row) {
  auto& state = self->state;
  const id version = row.action->model_version_id;
  const bool promotes = row.action->wanted == "promote";
  const bool serves = state.shared->serving.get()->model_version_id == version;
  if (serves == promotes) {
    write_outcome(self, std::move(row), {});
    return;
  }
  auto done = [self, row](const reply<model_version>& acted) {
    write_outcome(self, row, acted.problem ? acted.problem->detail : std::string());
  };
  if (promotes)
    self->request(state.scheduler, caf::infinite, promote_atom::value, version).then(std::move(done));
  else
    self->request(state.scheduler, caf::infinite, rollback_atom::value, version,
                  "Experiment " + std::to_string(row.experiment_id) + " was lost.")
        .then(std::move(done));
}

/// Once the look is on disk; nobody is told before.
void take_over(experiments_pointer self, const experiment_step& made) {
  auto& state = self->state;
  running_experiment& one = *state.find(made.row.experiment_id);
  one.row = made.row;
  one.looks = made.look->look;
  one.p = made.look->p;
  one.impressions_at_last_look = learning::impressions_of(one.counts.arms());
  if (made.row.state == experiment_state::running) return;
  const bool stopped = made.row.state == experiment_state::stopped;
  tell(self, stopped ? "stopped" : "decided", report_of(one));
  if (made.row.action) act_on(self, made.row);
  std::erase_if(state.running, [&](const auto& each) { return each.row.experiment_id == made.row.experiment_id; });
  state.shared->rated.want(!state.running.empty());
}

/// Writes the look down and lets nothing be counted meanwhile; then goes on with `after`.
template <class After>
void write_down(experiments_pointer self, experiment_step made, After after) {
  self->request(self->state.journal, caf::infinite, step_atom::value, made).await([self, made, after]() mutable {
    take_over(self, made);
    after();
  });
}

/// Looks at the experiments for which it is time, one after the other.
void look(experiments_pointer self) {
  auto& state = self->state;
  const auto due = std::ranges::find_if(state.running, [](const running_experiment& one) {
    return learning::look_is_due(one.counts.arms(), one.impressions_at_last_look);
  });
  if (due == state.running.end()) {
    tick_later(self);
    return;
  }
  write_down(self, state.look_at(*due, std::nullopt), [self] { look(self); });
}

/// False if it had to give up.
bool up_to_date(experiments_pointer self) {
  auto& state = self->state;
  const bool was_loaded = state.loaded;
  if (auto read = state.load(); !read) return give_up(self, read.problem()), false;
  if (auto read = state.catch_up(); !read) return give_up(self, read.problem()), false;
  if (!was_loaded) {
    for (experiment_row& row : std::exchange(state.unanswered, {})) act_on(self, std::move(row));
    tick_later(self);
  }
  return true;
}

void begin(experiments_pointer self, const experiment_plan& wanted, report_promise owed) {
  auto plan = self->state.admitted(wanted);
  if (!plan) {
    owed.deliver(refused(std::move(plan).problem()));
    return;
  }
  experiment_row row;
  row.plan = *std::move(plan);
  self->request(self->state.journal, caf::infinite, begin_atom::value, std::move(row))
      .await([self, owed](const experiment_row& begun) mutable {
        self->state.add(begun, std::nullopt);
        if (!up_to_date(self)) return;
        const experiment_report report = report_of(*self->state.find(begun.experiment_id));
        tell(self, "started", report);
        tick_later(self);
        owed.deliver(answered({report}));
      });
}

void stop(experiments_pointer self, const experiment_row& row, report_promise owed) {
  auto& state = self->state;
  const running_experiment* one = state.find(row.experiment_id);
  if (!one) {
    owed.deliver(refused(error{error_code::conflict, "This experiment has ended already.", "experiment_id",
                               std::to_string(row.experiment_id), "the id of one that is running"}));
    return;
  }
  write_down(self, state.look_at(*one, "Stopped by hand."), [self, owed, row]() mutable {
    auto reread = self->state.store->experiment(row.experiment_id);
    auto told = reread ? self->state.report(*reread) : result<experiment_report>(reread.problem());
    owed.deliver(told ? answered({*told}) : refused(told.problem()));
  });
}

report_promise answer(experiments_pointer self, const experiment_request& wanted) {
  auto owed = self->make_response_promise<experiment_answer_ptr>();
  auto& state = self->state;
  if (!up_to_date(self)) return owed;
  using verb = experiment_request::verb;
  if (wanted.wanted == verb::begin) {
    begin(self, wanted.plan, owed);
  } else if (wanted.wanted == verb::list) {
    auto all = state.list();
    owed.deliver(all ? answered(*std::move(all)) : refused(all.problem()));
  } else {
    const auto row = state.store->experiment(wanted.experiment_id);
    if (!row) {
      owed.deliver(refused(row.problem()));
    } else if (wanted.wanted == verb::stop) {
      stop(self, *row, owed);
    } else {
      auto told = state.report(*row);
      owed.deliver(told ? answered({*std::move(told)}) : refused(told.problem()));
    }
  }
  return owed;
}

experiments_actor::behavior_type experiments(experiments_pointer self, surroundings_ptr shared, journal_actor journal,
                                             metrics_actor metrics, scheduler_actor scheduler) {
  auto& state = self->state;
  state.shared = std::move(shared);
  state.journal = std::move(journal);
  state.metrics = std::move(metrics);
  state.scheduler = std::move(scheduler);
  self->send(self, tick_atom::value);
  return {
      [self](experiment_atom, const experiment_request_ptr& wanted) { return answer(self, *wanted); },
      [self](tick_atom) {
        self->state.tick_pending = false;
        if (up_to_date(self)) look(self);
      },
  };
}

}  // namespace

experiments_actor spawn_experiments(const spawner& with, journal_actor journal, metrics_actor metrics,
                                    scheduler_actor scheduler) {
  if (with.threads_of_their_own)
    return with.system.spawn<caf::detached>(experiments, with.shared, std::move(journal), std::move(metrics),
                                            std::move(scheduler));
  return with.system.spawn(experiments, with.shared, std::move(journal), std::move(metrics), std::move(scheduler));
}

}  // namespace demur::pipeline
