#include "pipeline/deterministic.hpp"

#include <optional>

namespace demur {

namespace {

using testing::hand_clock;
using testing::horror;
using testing::many;
using testing::one;
using testing::pipeline_under_test;
using testing::scratch_folder;
using testing::test_settings;
using answer_ptr = pipeline_under_test::answer_ptr;
using ticket_reply = reply<retrain_ticket>;

struct running {
  scratch_folder folder{"kill"};
  hand_clock clock;
  settings chosen = test_settings(folder);
  std::optional<pipeline_under_test> pipeline;

  running() {
    chosen.retrain.automatic = false;
    pipeline.emplace(chosen, clock);
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
