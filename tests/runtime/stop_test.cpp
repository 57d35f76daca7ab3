#include "runtime/facade.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace demur {

namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::facade;
using testing::problem_of;
using testing::value_of;
using steady = std::chrono::steady_clock;

/// Holds up whoever asks for the time, as a disk that hangs would.
struct held_clock {
  std::shared_ptr<std::atomic<bool>> held = std::make_shared<std::atomic<bool>>(false);
  clock_source source() const {
    return [held = held] {
      while (*held) std::this_thread::sleep_for(1ms);
      return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    };
  }
};

/// At its task until it is let go; looks at `cancelled` or does not.
class slow_trainer final : public trainer {
public:
  struct state {
    std::atomic<bool> begun = false;
    std::atomic<bool> let_go = false;
    std::atomic<bool> ended = false;
  };
  slow_trainer(std::shared_ptr<state> shared, bool obedient) : shared_(std::move(shared)), obedient_(obedient) {}
  std::string name() const override { return "slow"; }
  result<training_outcome> train(const training_task& task) override {
    shared_->begun = true;
    while (!shared_->let_go && !(obedient_ && *task.cancelled)) std::this_thread::sleep_for(1ms);
    shared_->ended = true;
    return error{error_code::conflict, "cancelled", {}, {}, {}};
  }

private:
  std::shared_ptr<state> shared_;
  bool obedient_;
};

struct training : facade {
  std::shared_ptr<slow_trainer::state> trainer = std::make_shared<slow_trainer::state>();

  void begin(bool obedient) {
    runtime_parts parts;
    parts.trainer = std::make_unique<slow_trainer>(trainer, obedient);
    start(std::move(parts));
    value_of(running->dislike(horror("ann")));
    value_of(running->retrain());
    BOOST_REQUIRE(eventually([&] { return trainer->begun.load(); }));
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(stopping)

BOOST_FIXTURE_TEST_CASE(after_a_stop_every_call_is_answered_as_unavailable, facade) {
  start();
  value_of(running->dislike(horror("ann")));
  BOOST_TEST(running->stop());
  BOOST_TEST(running->stop());
  const auto is_down = [](const error& problem) { return problem.code == error_code::unavailable; };
  BOOST_TEST(is_down(problem_of(running->dislike(horror("ann")))));
  BOOST_TEST(is_down(problem_of(running->dislike_all({horror("ann")}))));
  BOOST_TEST(is_down(problem_of(running->add_movies({{1, "Movie", {}, {}, {}}}))));
  BOOST_TEST(is_down(problem_of(running->add_ratings({{"ann", 1, 4.0, true, {}}}))));
  BOOST_TEST(is_down(problem_of(running->add_recommendation_set({0, "ann", 0, {}, {{1, "", 0.5, {}}}}))));
  BOOST_TEST(is_down(problem_of(running->rerank(one_horror("ann")))));
  BOOST_TEST(is_down(problem_of(running->history("ann"))));
  BOOST_TEST(is_down(problem_of(running->patterns("ann"))));
  BOOST_TEST(is_down(problem_of(running->metrics())));
  BOOST_TEST(is_down(problem_of(running->models())));
  BOOST_TEST(is_down(problem_of(running->retrain())));
}

BOOST_FIXTURE_TEST_CASE(calls_while_it_stops_are_all_answered_and_what_was_accepted_is_there, facade) {
  start();
  std::atomic<bool> go_on = true;
  std::atomic<int> accepted = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&, user = "user" + std::to_string(caller)] {
      for (id movie_id = 1; go_on; ++movie_id) {
        const auto got = running->dislike(horror(user, movie_id)).get();
        accepted += got.has_value() ? 1 : 0;
        if (!got && got.problem().code != error_code::unavailable) BOOST_ERROR(got.problem().detail);
        (void)running->history(user).get();
      }
    });
  BOOST_TEST(eventually([&] { return accepted > 100; }));
  std::vector<std::thread> stoppers;
  std::atomic<int> finished = 0;
  for (int i = 0; i < 2; ++i) stoppers.emplace_back([&] { finished += running->stop() ? 1 : 0; });
  for (auto& each : stoppers) each.join();
  BOOST_TEST(finished == 2);
  go_on = false;
  for (auto& each : callers) each.join();
  start();
  BOOST_TEST(value_of(running->metrics()).total_dislikes == accepted);
}

BOOST_FIXTURE_TEST_CASE(an_answer_that_takes_too_long_is_unavailable, facade) {
  held_clock clock;
  chosen.server.request_timeout = 50ms;
  runtime_parts parts;
  parts.clock = clock.source();
  start(std::move(parts));
  *clock.held = true;
  const error late = problem_of(running->metrics());
  *clock.held = false;
  BOOST_TEST((late.code == error_code::unavailable));
  BOOST_TEST(late.detail.find("server.request_timeout") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_drain_may_take_longer_than_a_request_and_no_longer_than_its_own_time, facade) {
  held_clock clock;
  chosen.server.request_timeout = 50ms;
  chosen.server.drain_timeout = 10s;
  runtime_parts parts;
  parts.clock = clock.source();
  start(std::move(parts));
  *clock.held = true;
  auto open = running->metrics();
  std::thread release([&] {
    std::this_thread::sleep_for(300ms);
    *clock.held = false;
  });
  BOOST_TEST(running->stop());
  release.join();
  BOOST_TEST((problem_of(std::move(open)).code == error_code::unavailable));
}

BOOST_FIXTURE_TEST_CASE(a_stop_that_came_too_early_says_so, facade) {
  held_clock clock;
  chosen.server.drain_timeout = 100ms;
  runtime_parts parts;
  parts.clock = clock.source();
  start(std::move(parts));
  *clock.held = true;
  auto open = running->metrics();
  const auto began = steady::now();
  std::thread release([&] {
    std::this_thread::sleep_for(400ms);
    *clock.held = false;
  });
  BOOST_TEST(!running->stop());
  BOOST_TEST((steady::now() - began < 5s));
  release.join();
  BOOST_TEST(!running->stop());
  BOOST_TEST((open.wait_for(0s) == std::future_status::ready));
  (void)open.get();
}

BOOST_FIXTURE_TEST_CASE(a_stop_waits_for_a_trainer_that_looks_at_cancelled, training) {
  begin(true);
  BOOST_TEST(running->stop());
  BOOST_TEST(trainer->ended.load());
}

BOOST_FIXTURE_TEST_CASE(a_trainer_that_does_not_look_at_cancelled_holds_no_stop_up_for_ever, training) {
  chosen.server.drain_timeout = 100ms;
  begin(false);
  const auto began = steady::now();
  BOOST_TEST(!running->stop());
  BOOST_TEST((steady::now() - began < 5s));
  running.reset();
  BOOST_TEST(!trainer->ended.load());
  trainer->let_go = true;
  BOOST_TEST(eventually([&] { return trainer->ended.load(); }));
  start();
  BOOST_TEST((value_of(running->models()).at(0).state == model_state::failed));
  BOOST_TEST(value_of(running->metrics()).untrained_negative_examples == 1);
}

BOOST_FIXTURE_TEST_CASE(a_retrain_can_be_followed_and_cancelled, training) {
  begin(true);
  const retrain_status running_one = value_of(running->retrain_progress());
  BOOST_TEST(running_one.state == "running");
  BOOST_TEST(running_one.trainer == "slow");
  BOOST_TEST(value_of(running->cancel_retrain()) == running_one.retrain_id);
  BOOST_TEST(eventually([&] { return trainer->ended.load(); }));
  BOOST_TEST(eventually([&] { return value_of(running->retrain_progress()).outcome == "failed"; }));
  BOOST_TEST((problem_of(running->cancel_retrain()).code == error_code::conflict));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
