#include "pipeline/deterministic.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace demur {

namespace {

using testing::horror;
using testing::many;
using testing::one;
using testing::pipeline_under_test;
using testing::restartable_pipeline;
using answer_ptr = pipeline_under_test::answer_ptr;
using ticket_reply = reply<retrain_ticket>;
using page = reply<history_page>;

struct running : restartable_pipeline {
  running() : restartable_pipeline("kill") {
    chosen.retrain.automatic = false;
    start();
  }

  /// Twenty users who say wrong_genre of Horror: a retrain lowers it for all.
  void crowd(int from = 0) {
    std::vector<dislike_request> all;
    for (int i = from; i < from + 20; ++i) all.push_back(horror("u" + std::to_string(i), i));
    pipeline->submit(many(all));
  }
  auto ask_for_retrain() { return pipeline->send(pipeline->door, retrain_atom::value); }

  /// Read past the pipeline.
  std::vector<model_version> stored_versions() const {
    auto store = store::reader::open(chosen);
    testing::require(store);
    auto versions = (*store)->models();
    testing::require(versions);
    return *std::move(versions);
  }
  id stored_live() const {
    for (const model_version& version : stored_versions())
      if (version.state == model_state::live) return version.model_version_id;
    return 0;
  }
  id serving() const { return pipeline->shared->serving.get()->model_version_id; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(kill)

BOOST_FIXTURE_TEST_CASE(a_fault_between_the_commit_of_a_model_and_its_serving_leaves_both_the_same, running) {
  crowd();
  auto ticket = ask_for_retrain();
  pipeline->kill_at_work("retrain_scheduler", [&] { return stored_live() != 0; });
  pipeline->settle();
  BOOST_TEST(serving() == 0);
  pipeline->pass(std::chrono::seconds(10));
  BOOST_TEST(serving() == stored_live());
  BOOST_TEST(serving() == pipeline->receive<ticket_reply>(ticket).value.retrain_id);
  BOOST_TEST(pipeline->metrics().model_version_id == serving());
  const receipt newcomer = pipeline->dislike(horror("newcomer", 100));
  BOOST_TEST(newcomer.model_version_id == serving());
  BOOST_TEST(newcomer.adjustments[0].weight_before == 0.85, boost::test_tools::tolerance(1e-12));
}

BOOST_FIXTURE_TEST_CASE(a_scheduler_that_dies_over_a_retrain_by_hand_is_answered_for, running) {
  crowd();
  auto ticket = ask_for_retrain();
  pipeline->kill_at_work("retrain_scheduler");
  const auto answer = pipeline->receive<ticket_reply>(ticket);
  BOOST_REQUIRE(answer.problem.has_value());
  BOOST_TEST((answer.problem->code == error_code::unavailable));
  pipeline->pass(std::chrono::seconds(10));
  BOOST_TEST(pipeline->receive<ticket_reply>(ask_for_retrain()).value.claimed_examples == 20);
  BOOST_TEST(serving() == stored_live());
}

BOOST_FIXTURE_TEST_CASE(a_trainer_that_dies_at_its_task_gives_the_claim_back, running) {
  crowd();
  auto ticket = ask_for_retrain();
  pipeline->kill_at_work("trainer");
  BOOST_TEST(pipeline->receive<ticket_reply>(ticket).value.claimed_examples == 20);
  pipeline->pass(std::chrono::seconds(10));
  BOOST_TEST((stored_versions().front().state == model_state::failed));
  BOOST_TEST(pipeline->metrics().untrained_negative_examples == 20);
  BOOST_TEST(pipeline->receive<ticket_reply>(ask_for_retrain()).value.claimed_examples == 20);
  BOOST_TEST(serving() == stored_live());
}

namespace {

/// Stays at its task until it is let go, whatever `cancelled` says.
class stubborn_trainer final : public trainer {
public:
  struct state {
    std::atomic<int> begun = 0;
    std::atomic<int> at_once = 0;
    std::atomic<bool> let_go = false;
    std::atomic<bool> together = false;  ///< was asked twice at a time
  };
  explicit stubborn_trainer(std::shared_ptr<state> shared) : shared_(std::move(shared)) {}
  std::string name() const override { return "stubborn"; }
  result<training_outcome> train(const training_task& task) override {
    ++shared_->begun;
    if (++shared_->at_once > 1) shared_->together = true;
    while (!shared_->let_go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    --shared_->at_once;
    training_outcome outcome;
    outcome.trained.model_version_id = task.model_version_id;
    return outcome;
  }

private:
  std::shared_ptr<state> shared_;
};

bool eventually(const std::function<bool()>& so) {
  for (int i = 0; i < 5'000 && !so(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return so();
}

/// Its training runs on a thread of its own, all else does not.
struct with_stubborn_trainer : running {
  std::shared_ptr<stubborn_trainer::state> trainer = std::make_shared<stubborn_trainer::state>();
  caf::strong_actor_ptr trainer_actor;

  with_stubborn_trainer() {
    start(std::make_unique<stubborn_trainer>(trainer), true);
    crowd();
    begin();
  }
  ~with_stubborn_trainer() {
    trainer->let_go = true;
    const auto shared = pipeline->shared;
    pipeline.reset();
    BOOST_TEST(shared->training.wait_until_free(std::chrono::steady_clock::now() + std::chrono::seconds(5)));
  }
  void begin() {
    auto ticket = ask_for_retrain();
    trainer_actor = pipeline->find_at_work("trainer");
    BOOST_TEST(!pipeline->receive<ticket_reply>(ticket).problem.has_value());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_trainer_that_dies_in_the_middle_is_replaced_though_its_thread_goes_on,
                        with_stubborn_trainer) {
  BOOST_TEST(eventually([&] { return trainer->begun == 1; }));
  pipeline->kill(trainer_actor);
  pipeline->settle();
  BOOST_TEST(pipeline->submit(one(horror("u")))->refused.has_value());
  pipeline->pass(std::chrono::seconds(10));
  BOOST_TEST(!pipeline->submit(one(horror("u")))->refused.has_value());
  BOOST_TEST((stored_versions().front().state == model_state::failed));

  // The next one waits for the trainer to come back, and what the first brings is nobody's.
  begin();
  BOOST_TEST(trainer->begun == 1);
  trainer->let_go = true;
  BOOST_TEST(eventually([&] { return trainer->begun == 2; }));
  BOOST_TEST(eventually([&] {
    pipeline->settle();
    return serving() != 0;
  }));
  BOOST_TEST(!trainer->together);
  const auto versions = stored_versions();
  BOOST_REQUIRE_EQUAL(versions.size(), 2u);
  BOOST_TEST(serving() == versions[0].model_version_id);
  BOOST_TEST((versions[1].state == model_state::failed));
}

BOOST_FIXTURE_TEST_CASE(a_fault_elsewhere_does_not_wait_for_the_trainer, with_stubborn_trainer) {
  auto held = pipeline->post(one(horror("u")));
  pipeline->kill_at_work("weighting");
  BOOST_TEST(pipeline->receive<answer_ptr>(held)->refused.has_value());
  pipeline->pass(std::chrono::seconds(10));
  BOOST_TEST(!pipeline->submit(one(horror("u")))->refused.has_value());
  BOOST_TEST(!trainer->let_go);
}

BOOST_FIXTURE_TEST_CASE(a_trainer_that_takes_too_long_has_failed_and_its_late_model_serves_nobody,
                        with_stubborn_trainer) {
  pipeline->pass(chosen.retrain.trainer_timeout);
  BOOST_TEST((stored_versions().front().state == model_state::failed));
  BOOST_TEST(pipeline->metrics().untrained_negative_examples == 20);
  trainer->let_go = true;
  BOOST_TEST(pipeline->shared->training.wait_until_free(std::chrono::steady_clock::now() + std::chrono::seconds(5)));
  pipeline->settle();
  BOOST_TEST(serving() == 0);
  BOOST_TEST((stored_versions().front().state == model_state::failed));
}

namespace {

auto ask_for_history(pipeline_under_test& pipeline) {
  return pipeline.send(pipeline.queries, history_atom::value, std::string("u"), std::int64_t{10}, id{0});
}
auto ask_for_all_patterns(pipeline_under_test& pipeline) {
  return pipeline.send(pipeline.queries, patterns_atom::value, std::string());
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_query_worker_that_dies_leaves_no_question_open_and_is_replaced, running) {
  pipeline->dislike(horror("u"));
  auto question = ask_for_history(*pipeline);
  pipeline->kill_at_work("query_worker");
  BOOST_TEST(pipeline->fails<page>(question));
  BOOST_TEST(pipeline->receive<page>(ask_for_history(*pipeline)).value.total == 1);
}

BOOST_FIXTURE_TEST_CASE(a_query_worker_that_dies_while_it_waits_for_the_pipeline_is_answered_for, running) {
  auto question = ask_for_all_patterns(*pipeline);
  const auto worker = pipeline->find_at_work("query_worker");
  pipeline->find_at_work("metrics");
  pipeline->kill(worker);
  const auto answer = pipeline->receive<reply<pattern_summary>>(question);
  BOOST_REQUIRE(answer.problem.has_value());
  BOOST_TEST((answer.problem->code == error_code::unavailable));
}

BOOST_FIXTURE_TEST_CASE(a_query_that_throws_is_our_fault_and_harms_no_other, running) {
  pipeline->dislike(horror("u"));
  *clock.broken = true;
  const auto failed = pipeline->ask<reply<pattern_summary>>(pipeline->queries, patterns_atom::value, std::string("u"));
  *clock.broken = false;
  BOOST_REQUIRE(failed.problem.has_value());
  BOOST_TEST((failed.problem->code == error_code::internal));
  BOOST_TEST(failed.problem->detail.find("the clock is broken") != std::string::npos);
  const auto well = pipeline->ask<reply<pattern_summary>>(pipeline->queries, patterns_atom::value, std::string("u"));
  BOOST_TEST(!well.problem.has_value());
  BOOST_TEST(well.value.total_dislikes == 1);
}

BOOST_FIXTURE_TEST_CASE(without_the_door_of_the_queries_questions_end_in_an_error_and_its_workers_end_too, running) {
  auto held = ask_for_history(*pipeline);
  pipeline->kill_at_work("queries");
  BOOST_TEST(pipeline->fails<page>(held));
  BOOST_TEST(pipeline->fails<page>(ask_for_history(*pipeline)));
}

BOOST_FIXTURE_TEST_CASE(a_door_that_is_killed_pays_what_it_owes, running) {
  auto held = pipeline->post(one(horror("u")));
  pipeline->find_at_work("weighting");
  pipeline->kill(caf::actor_cast<caf::strong_actor_ptr>(pipeline->door));
  const auto answer = pipeline->receive<answer_ptr>(held);
  BOOST_REQUIRE(answer->refused.has_value());
  BOOST_TEST((answer->refused->code == error_code::unavailable));
  BOOST_TEST(pipeline->fails<answer_ptr>(pipeline->post(one(horror("u")))));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
