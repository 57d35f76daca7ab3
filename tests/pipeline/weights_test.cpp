#include "pipeline/deterministic.hpp"

#include <filesystem>
#include <map>
#include <string>

using namespace demur;
using namespace demur::testing;

namespace {

/// Everything that is kept of these users.
std::map<std::string, user_state> states_of(const pipeline_under_test& pipeline) {
  std::map<std::string, user_state> found;
  auto reader = store::reader::open(pipeline.shared->chosen, pipeline.shared->recent);
  require(reader);
  for (const std::string user_id : {"ann", "bob", "cid"}) {
    auto state = (*reader)->state(user_id);
    require(state);
    found.emplace(user_id, *std::move(state));
  }
  return found;
}

void dislike_some(pipeline_under_test& pipeline, const hand_clock& clock) {
  for (const std::string reason : {"wrong_genre", "poor_quality", "already_watched", "not_interested"})
    for (const std::string user_id : {"ann", "bob", "ann"}) {
      auto request = horror(user_id, static_cast<id>(reason.size()));
      request.reason = reason;
      clock.pass(std::chrono::hours(5));
      pipeline.dislike(request);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(weights)

BOOST_AUTO_TEST_CASE(a_start_folds_what_the_table_of_weights_lacks_to_the_bit) {
  const scratch_folder folder("weights-fold");
  const hand_clock clock;
  settings chosen = test_settings(folder);
  std::map<std::string, user_state> before;
  {
    pipeline_under_test pipeline(chosen, clock);
    dislike_some(pipeline, clock);
    before = states_of(pipeline);
    BOOST_TEST(pipeline.shared->recent->waiting() == 2U);
  }
  BOOST_TEST(before.at("ann").features.size() > 4U);
  for (const bool lost : {false, true}) {
    if (lost)
      for (const std::string end : {"", "-wal", "-shm"})
        std::filesystem::remove(folder.path() / ("demur.weights.db" + end));
    pipeline_under_test pipeline(chosen, clock);
    BOOST_TEST((states_of(pipeline) == before));
  }
}

BOOST_AUTO_TEST_CASE(a_table_of_weights_that_is_ahead_of_the_dislikes_is_made_anew) {
  const scratch_folder folder("weights-ahead");
  const hand_clock clock;
  settings chosen = test_settings(folder);
  std::map<std::string, user_state> before;
  {
    pipeline_under_test pipeline(chosen, clock);
    dislike_some(pipeline, clock);
    before = states_of(pipeline);
  }
  {
    auto weights = store::weights_writer::open(chosen);
    require(weights);
    const store::recent_states::slice future{{{"cid", {{"genre:Horror", {{"wrong_genre", 1, {-1.0, {}, 0.0}, 0}}}}}},
                                             id{1} << 52};
    require((*weights)->merge(future));
  }
  pipeline_under_test pipeline(chosen, clock);
  BOOST_TEST((states_of(pipeline) == before));
}

BOOST_AUTO_TEST_CASE(a_batch_waits_for_the_merge_when_too_many_users_wait_in_memory) {
  const scratch_folder folder("weights-bound");
  const hand_clock clock;
  settings chosen = test_settings(folder);
  chosen.store.merge_users = 2;
  pipeline_under_test pipeline(chosen, clock);
  std::size_t most = 0;
  for (int i = 0; i < 40; ++i) {
    const auto answer =
        pipeline.submit(many({horror("user-" + std::to_string(3 * i)), horror("user-" + std::to_string(3 * i + 1)),
                              horror("user-" + std::to_string(3 * i + 2))}));
    BOOST_TEST(answer->rows.size() == 3U);
    most = std::max(most, pipeline.shared->recent->waiting());
  }
  BOOST_TEST(most <= 6U);
  const auto again = pipeline.dislike(horror("user-0", 7));
  BOOST_TEST(again.adjustments.at(0).weight_before < 1.0);
}

BOOST_AUTO_TEST_CASE(a_keeper_that_dies_at_its_work_takes_nothing_with_it) {
  const scratch_folder folder("weights-keeper");
  const hand_clock clock;
  settings chosen = test_settings(folder);
  chosen.store.merge_users = 1;
  pipeline_under_test pipeline(chosen, clock);
  pipeline.dislike(horror("ann"));
  auto held = pipeline.post(one(horror("ann")));
  pipeline.kill_at_work("weight_keeper");
  const auto answer = pipeline.receive<pipeline_under_test::answer_ptr>(held);
  BOOST_TEST(!answer->refused.has_value());  // it was committed and answered before
  pipeline.pass(std::chrono::seconds(10));
  const auto third = pipeline.dislike(horror("ann"));
  BOOST_TEST(third.adjustments.at(0).weight_before < 0.73);
  BOOST_TEST(pipeline.metrics().total_dislikes == 3);
}

BOOST_AUTO_TEST_SUITE_END()
