#include "pipeline/deterministic.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <sched.h>

#include <atomic>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace demur {

namespace {

using namespace std::chrono_literals;
using testing::horror;
using testing::restartable_pipeline;

/// A trainer that does what a test says, in a thread of its own.
class told_trainer final : public trainer {
public:
  using work = std::function<result<done>(const training_task&)>;
  explicit told_trainer(work what) : what_(std::move(what)) {}
  std::string name() const override { return "told"; }
  result<training_outcome> train(const training_task& task) override {
    if (auto worked = what_(task); !worked) return std::move(worked).problem();
    training_outcome outcome;
    outcome.trained.model_version_id = task.model_version_id;
    return outcome;
  }

private:
  work what_;
};

/// Lets a trainer go on step by step.
struct gate {
  std::atomic<int> open = 0;
  std::atomic<int> reached = 0;

  void pass(int step) {
    reached = step;
    while (open < step) std::this_thread::sleep_for(1ms);
  }
};

live_listener_actor::behavior_type listen(live_listener_actor::pointer, std::shared_ptr<std::vector<live_event>> into) {
  return {[into](events_atom, const live_update_ptr& update) {
    into->insert(into->end(), update->events.begin(), update->events.end());
  }};
}

struct training : restartable_pipeline {
  training() : restartable_pipeline("retrain-progress") { chosen.retrain.automatic = false; }
  ~training() {
    if (!pipeline) return;
    const auto shared = pipeline->shared;
    pipeline.reset();
    BOOST_TEST(shared->training.wait_until_free(std::chrono::steady_clock::now() + 5s));
  }

  void begin(told_trainer::work what, bool apart = true) {
    start(std::make_unique<told_trainer>(std::move(what)), apart);
    pipeline->dislike(horror("ann", 1));
    pipeline->dislike(horror("bob", 2));
  }
  reply<retrain_ticket> retrain() { return pipeline->ask<reply<retrain_ticket>>(pipeline->door, retrain_atom::value); }
  reply<id> cancel() { return pipeline->ask<reply<id>>(pipeline->door, cancel_atom::value); }
  retrain_status status() {
    return pipeline->ask<reply<retrain_status>>(pipeline->queries, progress_atom::value).value;
  }
  std::vector<model_version> models() {
    return pipeline->ask<reply<std::vector<model_version>>>(pipeline->queries, models_atom::value).value;
  }
  bool eventually(const std::function<bool()>& so) {
    for (int i = 0; i < 5'000; ++i) {
      pipeline->settle();
      if (so()) return true;
      std::this_thread::sleep_for(1ms);
    }
    return false;
  }
  bool ends() {
    return eventually([&] { return status().state == "idle"; });
  }

  std::shared_ptr<std::vector<live_event>> subscribe() {
    auto into = std::make_shared<std::vector<live_event>>();
    caf::anon_send(pipeline->door, subscribe_atom::value, live_listener_actor(pipeline->system.spawn(listen, into)));
    pipeline->settle();
    return into;
  }
};

/// `progress 3` of an event that names an epoch, else its phase.
std::vector<std::string> phases(const std::vector<live_event>& events) {
  std::vector<std::string> found;
  for (const live_event& event : events) {
    if (event.type != "retrain") continue;
    const auto after = [&](const std::string& key) {
      const auto at = event.data.find(key);
      if (at == std::string::npos) return std::string();
      return event.data.substr(at + key.size(), event.data.find_first_of(",}\"", at + key.size()) - at - key.size());
    };
    const std::string epoch = after("\"epoch\":");
    found.push_back(after("\"phase\":\"") + (epoch.empty() ? "" : " " + epoch));
  }
  return found;
}

using texts = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(retrain_progress)

BOOST_FIXTURE_TEST_CASE(however_much_is_reported_little_is_told_and_always_the_last, training) {
  gate steps;
  begin([&](const training_task& task) -> result<done> {
    task.report({training_phase::training, 1, 200});
    steps.pass(1);
    for (int epoch = 2; epoch <= 100; ++epoch) task.report({training_phase::training, epoch, 200});
    steps.pass(2);
    task.report({training_phase::evaluating, 200, 200});
    return done{};
  });
  const auto heard = subscribe();
  retrain();
  BOOST_TEST(eventually([&] { return phases(*heard).size() == 2; }));
  BOOST_TEST(phases(*heard) == (texts{"started", "progress 1"}), boost::test_tools::per_element());
  steps.open = 1;
  BOOST_TEST(eventually([&] { return steps.reached == 2; }));
  pipeline->settle();
  BOOST_TEST(phases(*heard).size() == 2u);
  pipeline->pass(250ms);
  BOOST_TEST(phases(*heard).back() == "progress 100");
  pipeline->pass(250ms);
  BOOST_TEST(phases(*heard).size() == 3u);
  steps.open = 2;
  BOOST_TEST(ends());
  pipeline->settle();
  BOOST_TEST(phases(*heard) == (texts{"started", "progress 1", "progress 100", "progress 200", "published"}),
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(the_status_follows_a_retrain_and_remembers_its_end, training) {
  gate steps;
  begin([&](const training_task& task) -> result<done> {
    steps.pass(1);
    task.report({training_phase::training, 3, 10, 0.5, 12.5});
    steps.pass(2);
    return done{};
  });
  BOOST_TEST((status() == retrain_status{}));
  const id version = retrain().value.retrain_id;
  BOOST_TEST(status().state == "running");
  BOOST_TEST(status().phase == "waiting");
  BOOST_TEST(status().retrain_id == version);
  BOOST_TEST(status().trainer == "told");
  BOOST_TEST((status().started_at == *clock.now));
  steps.open = 1;
  BOOST_TEST(eventually([&] { return status().epoch == 3; }));
  BOOST_TEST(status().phase == "training");
  BOOST_TEST(status().epochs == 10);
  BOOST_TEST(status().loss.value() == 0.5);
  BOOST_TEST(status().eta_s.value() == 12.5);
  BOOST_TEST(status().outcome == "");
  steps.open = 2;
  BOOST_TEST(ends());
  BOOST_TEST(status().outcome == "published");
  BOOST_TEST(status().phase == "");
  BOOST_TEST(status().loss.value() == 0.5);

  start();
  BOOST_TEST(status().state == "idle");
  BOOST_TEST(status().retrain_id == version);
  BOOST_TEST(status().outcome == "published");
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_retrain_has_failed_and_its_examples_are_free, training) {
  begin([](const training_task& task) -> result<done> {
    while (!task.is_cancelled()) std::this_thread::sleep_for(1ms);
    return done{};
  });
  const auto heard = subscribe();
  const id version = retrain().value.retrain_id;
  const auto cancelled = cancel();
  BOOST_REQUIRE(!cancelled.problem);
  BOOST_TEST(cancelled.value == version);
  pipeline->settle();
  BOOST_TEST(status().state == "idle");
  BOOST_TEST(status().outcome == "failed");
  BOOST_TEST(status().detail == "The retrain was cancelled.");
  BOOST_TEST((models()[0].state == model_state::failed));
  BOOST_TEST(pipeline->metrics().untrained_negative_examples == 2);
  BOOST_TEST(heard->back().data.find("The retrain was cancelled.") != std::string::npos);
  BOOST_TEST(retrain().value.claimed_examples == 2);
  BOOST_TEST(!cancel().problem.has_value());
}

BOOST_FIXTURE_TEST_CASE(without_a_retrain_there_is_nothing_to_cancel, training) {
  begin([](const training_task&) -> result<done> { return done{}; });
  const auto refused = cancel();
  BOOST_REQUIRE(refused.problem.has_value());
  BOOST_TEST((refused.problem->code == error_code::conflict));
  BOOST_TEST(refused.problem->detail == "No retrain is running.");
}

BOOST_FIXTURE_TEST_CASE(who_was_told_that_it_is_cancelled_is_right_though_it_was_trained_by_then, training) {
  begin([](const training_task&) -> result<done> { return done{}; }, false);
  auto ticket = pipeline->send(pipeline->door, retrain_atom::value);
  pipeline->find_at_work("trainer");
  auto cancelled = pipeline->send(pipeline->door, cancel_atom::value);
  pipeline->settle_without("trainer");
  BOOST_TEST(!pipeline->receive<reply<id>>(cancelled).problem.has_value());
  BOOST_TEST(!pipeline->receive<reply<retrain_ticket>>(ticket).problem.has_value());
  BOOST_TEST((models()[0].state == model_state::failed));
  BOOST_TEST(pipeline->shared->serving.get()->model_version_id == 0);
  BOOST_TEST(retrain().value.claimed_examples == 2);
  BOOST_TEST((models()[0].state == model_state::live));
}

BOOST_FIXTURE_TEST_CASE(a_retrain_that_is_still_claiming_can_be_cancelled_too, training) {
  std::atomic<int> trained = 0;
  begin(
      [&](const training_task&) -> result<done> {
        ++trained;
        return done{};
      },
      false);
  auto ticket = pipeline->send(pipeline->door, retrain_atom::value);
  pipeline->find_at_work("pattern_analysis");
  auto cancelled = pipeline->send(pipeline->door, cancel_atom::value);
  pipeline->settle_without("pattern_analysis");
  BOOST_TEST(!pipeline->receive<reply<id>>(cancelled).problem.has_value());
  BOOST_TEST(!pipeline->receive<reply<retrain_ticket>>(ticket).problem.has_value());
  BOOST_TEST((models()[0].state == model_state::failed));
  BOOST_TEST(trained == 0);
  BOOST_TEST(status().detail == "The retrain was cancelled.");
}

BOOST_FIXTURE_TEST_CASE(a_training_stands_back_as_far_as_is_set, training) {
  std::atomic<int> nice = -1, policy = -1;
  chosen.retrain.nice = 7;
  const int ours = ::getpriority(PRIO_PROCESS, 0);
  begin([&](const training_task&) -> result<done> {
    nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
    policy = ::sched_getscheduler(0);
    return done{};
  });
  retrain();
  BOOST_TEST(ends());
  BOOST_TEST(nice == std::min(19, ours + 7));
  BOOST_TEST(policy == SCHED_BATCH);
  BOOST_TEST(::getpriority(PRIO_PROCESS, 0) == ours);
}

BOOST_FIXTURE_TEST_CASE(a_trainer_sees_likes_dislikes_and_the_catalogue, training) {
  texts seen;
  begin(
      [&](const training_task& task) -> result<done> {
        if (auto read = task.data->each_movie([&](const movie& row) { seen.push_back(row.movie_title); }); !read)
          return read;
        return task.data->each_opinion([&](const training_opinion& one) {
          seen.push_back(one.user_id + (one.kind == opinion_kind::like ? " likes " : " dislikes ") +
                         std::to_string(one.movie_id) + " " + std::to_string(one.weight).substr(0, 3));
        });
      },
      false);
  pipeline->ask<reply<std::int64_t>>(
      pipeline->door, movies_atom::value,
      std::make_shared<const std::vector<movie>>(std::vector<movie>{{1, "Saw", {}, {}, {}}}));
  pipeline->ask<reply<std::int64_t>>(
      pipeline->door, ratings_atom::value,
      std::make_shared<const std::vector<user_rating>>(std::vector<user_rating>{
          {"ann", 2, 5.0, true, *clock.now}, {"ann", 3, 1.0, false, *clock.now}, {"ann", 4, 3.0, false, *clock.now}}));
  BOOST_TEST(!retrain().problem.has_value());
  BOOST_TEST(
      seen == (texts{"Saw", "ann dislikes 1 0.8", "ann likes 2 1.0", "ann dislikes 3 0.8", "bob dislikes 2 0.8"}),
      boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_pass_through_the_training_set_ends_when_the_retrain_is_cancelled, training) {
  gate steps;
  std::atomic<int> visited = 0;
  std::atomic<bool> told = false;
  begin([&](const training_task& task) -> result<done> {
    auto read = task.data->each_opinion([&](const training_opinion&) {
      ++visited;
      steps.pass(1);
    });
    told = !read && read.problem().detail == "The retrain was cancelled.";
    return read;
  });
  retrain();
  BOOST_TEST(eventually([&] { return steps.reached == 1; }));
  BOOST_TEST(!cancel().problem.has_value());
  steps.open = 1;
  BOOST_TEST(eventually([&] { return told.load(); }));
  BOOST_TEST(visited == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
