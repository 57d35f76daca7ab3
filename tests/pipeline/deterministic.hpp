#pragma once

#include "pipeline/load.hpp"
#include "pipeline/spawn.hpp"
#include "plugin/registry.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>

#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <utility>

namespace demur::testing {

/// A folder that is there as long as the test.
class scratch_folder {
public:
  explicit scratch_folder(const std::string& name) : path_(std::filesystem::current_path() / name) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// No file of this process can grow any more, as on a full disk.
class full_disk {
public:
  full_disk() {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_FSIZE, &none);
  }
  ~full_disk() { setrlimit(RLIMIT_FSIZE, &before_); }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;

private:
  rlimit before_{};
};

/// Time that moves by hand; begins on 2026-01-01.
struct hand_clock {
  std::shared_ptr<bool> broken = std::make_shared<bool>(false);  ///< throws, as a clock must not
  std::shared_ptr<timestamp> now = std::make_shared<timestamp>(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
  clock_source source() const {
    return [now = now, broken = broken] {
      if (*broken) throw std::runtime_error("the clock is broken");
      return *now;
    };
  }
  void pass(std::chrono::milliseconds time) const { *now += time; }
};

template <class T>
void require(const result<T>& got) {
  if (!got) BOOST_FAIL(got.problem().detail);
}

inline settings test_settings(const scratch_folder& folder) {
  settings chosen;
  chosen.data_folder = folder.path().string();
  chosen.plugins.folder = DEMUR_PLUGIN_DIR;
  chosen.store.synchronous = "NORMAL";
  chosen.store.readers = 1;
  return chosen;
}

/// The whole pipeline in one thread: nothing happens but in `settle`, in one order, over a real store and real plugins.
class pipeline_under_test {
public:
  pipeline_under_test(const settings& chosen, const hand_clock& clock,
                      std::unique_ptr<trainer> chosen_trainer = make_shared_weights_trainer(),
                      bool trains_apart = false)
      : clock_(clock) {
    const auto models = std::filesystem::path(chosen.data_folder) / "models";
    std::filesystem::create_directories(models);
    auto promoted = pipeline::load_promoted(chosen);
    require(promoted);
    auto strategies =
        plugin::registry::load(chosen.plugins, std::filesystem::path(chosen.data_folder) / "plugins", *promoted);
    require(strategies);
    auto live = pipeline::load_live_model(chosen, models);
    require(live);
    shared = std::make_shared<pipeline::surroundings>(chosen, clock.source(), *std::move(strategies), *std::move(live),
                                                      std::move(chosen_trainer), models);
    auto begin = pipeline::load(*shared);
    require(begin);
    const pipeline::spawner with{system, shared, false, trains_apart};
    door = pipeline::spawn_door(with, *std::move(begin));
    queries = pipeline::spawn_queries(with, door);
    settle();
  }

  ~pipeline_under_test() {
    caf::anon_send_exit(door, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(queries, caf::exit_reason::user_shutdown);
    settle();
  }

  /// Lets every message be worked on that there is.
  void settle() { scheduler().run(); }
  /// Moves the clock and lets timers fire.
  void pass(std::chrono::milliseconds time) {
    clock_.pass(time);
    scheduler().advance_time(time);
    settle();
  }
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }

  /// Lets everybody work but this actor.
  void settle_without(const std::string& name) {
    scheduler().run_jobs_filtered(
        [&](caf::resumable* job) { return dynamic_cast<caf::scheduled_actor&>(*job).name() != name; });
  }
  /// Runs up to the moment when this actor would work on something, once `now` holds.
  caf::strong_actor_ptr find_at_work(
      const std::string& name, const std::function<bool()>& now = [] { return true; }) {
    const auto at_work = [&] { return scheduler().next_job<caf::scheduled_actor>().name() == name && now(); };
    while (scheduler().has_job() && !at_work()) scheduler().run_once();
    BOOST_REQUIRE_MESSAGE(scheduler().has_job(), name + " has nothing to do");
    return caf::strong_actor_ptr(scheduler().next_job<caf::scheduled_actor>().ctrl());
  }
  /// Ends an actor before it works on anything else.
  static void kill(const caf::strong_actor_ptr& victim) {
    // anon_send_exit would queue up behind the work.
    victim->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
                    caf::make_message(caf::exit_msg{caf::actor_cast<caf::actor_addr>(victim), caf::exit_reason::kill}),
                    nullptr);
  }
  /// Ends it instead of letting it work.
  void kill_at_work(
      const std::string& name, const std::function<bool()>& now = [] { return true; }) {
    kill(find_at_work(name, now));
  }

  /// Sends a request without working on it.
  template <class Handle, class... Args>
  auto send(const Handle& to, Args... args) {
    return client_->request(to, caf::infinite, std::move(args)...);
  }
  /// Works on everything, then takes the answer.
  template <class Answer, class Pending>
  Answer receive(Pending&& pending) {
    settle();
    Answer got;
    pending.receive([&](Answer& answer) { got = std::move(answer); },
                    [](const caf::error& why) { BOOST_FAIL(caf::to_string(why)); });
    return got;
  }
  /// Works on everything; does the request end with an error instead of an answer?
  template <class Answer, class Pending>
  bool fails(Pending&& pending) {
    settle();
    bool failed = false;
    pending.receive([](const Answer&) {}, [&](const caf::error&) { failed = true; });
    return failed;
  }
  template <class Answer, class Handle, class... Args>
  Answer ask(const Handle& to, Args... args) {
    return receive<Answer>(send(to, std::move(args)...));
  }

  using answer_ptr = std::shared_ptr<const submission_answer>;
  auto post(std::shared_ptr<const submission> sent) { return send(door, submit_atom::value, sent); }
  answer_ptr submit(std::shared_ptr<const submission> sent) { return receive<answer_ptr>(post(std::move(sent))); }
  receipt dislike(dislike_request request);
  feedback_metrics metrics() { return ask<reply<feedback_metrics>>(door, metrics_atom::value).value; }
  /// Without what the process counts, not the store: strategies asked, delays.
  feedback_metrics stored_metrics() {
    feedback_metrics all = metrics();
    all.strategies.clear();
    all.time_to_visible = all.time_to_effect = {};
    return all;
  }

  caf::actor_system_config config;
  struct configured {
    explicit configured(caf::actor_system_config& config) { config.set("scheduler.policy", caf::atom("testing")); }
  } configured_{config};
  caf::actor_system system{config};
  pipeline::surroundings_ptr shared;
  pipeline_actor door;
  queries_actor queries;

private:
  hand_clock clock_;
  caf::scoped_actor client_{system};
};

/// A pipeline that can begin anew over the store that it left.
struct restartable_pipeline {
  scratch_folder folder;
  hand_clock clock;
  settings chosen = test_settings(folder);
  std::optional<pipeline_under_test> pipeline;

  explicit restartable_pipeline(const std::string& name) : folder(name) {}
  /// With the settings as they are by now.
  void start(std::unique_ptr<trainer> with = make_shared_weights_trainer(), bool trains_apart = false) {
    pipeline.reset();
    pipeline.emplace(chosen, clock, std::move(with), trains_apart);
  }
};

inline std::shared_ptr<const submission> one(dislike_request request, std::string key = {},
                                             std::string digest = "same") {
  auto sent = std::make_shared<submission>();
  sent->user_id = request.user_id;
  sent->idempotency_key = std::move(key);
  sent->body_digest = std::move(digest);
  sent->rows.emplace_back(std::move(request));
  return sent;
}

inline std::shared_ptr<const submission> many(std::vector<dislike_request> requests) {
  auto sent = std::make_shared<submission>();
  sent->batch = true;
  for (auto& request : requests) sent->rows.emplace_back(std::move(request));
  return sent;
}

inline receipt pipeline_under_test::dislike(dislike_request request) {
  const auto answer = submit(one(std::move(request)));
  if (answer->refused) BOOST_FAIL(answer->refused->detail);
  BOOST_REQUIRE_EQUAL(answer->rows.size(), 1u);
  return *answer->rows.front();
}

inline dislike_request horror(const std::string& user_id, id movie_id = 1) {
  dislike_request request;
  request.user_id = user_id;
  request.movie_id = movie_id;
  request.movie_title = "Movie " + std::to_string(movie_id);
  request.predicted_score = 0.75;
  request.reason = "wrong_genre";
  request.genres = {"Horror"};
  request.cast = {"Actor " + std::to_string(movie_id)};
  return request;
}

}  // namespace demur::testing
