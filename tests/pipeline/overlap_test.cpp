#include "domain/json_write.hpp"
#include "pipeline/deterministic.hpp"

#include <string>
#include <vector>

using namespace demur;
using namespace demur::testing;

// While the journal commits one batch, the next one passes the stages above it. Here every dislike is a batch, and the
// journal is held back until the rest of the pipeline has nothing left to do.
namespace {

using answer_ptr = pipeline_under_test::answer_ptr;

struct overlapping : restartable_pipeline {
  overlapping() : restartable_pipeline("overlap") {
    chosen.pipeline.batch = 1;
    chosen.retrain.automatic = false;
    start();
  }

  /// How many dislikes of the user these sessions know of.
  std::int64_t dislikes_of(const std::string& user_id, store::recent_states::view seen) {
    auto reader = store::reader::open(chosen, pipeline->shared->recent, seen);
    require(reader);
    auto states = (*reader)->states({{user_id, {std::string(tally_feature)}}});
    require(states);
    std::int64_t dislikes = 0;
    for (const feature_state& state : states->front().features)
      for (const reason_state& part : state.by_reason) dislikes += part.dislikes;
    return dislikes;
  }
  std::int64_t committed_of(const std::string& user_id) {
    return dislikes_of(user_id, store::recent_states::view::committed);
  }
  std::int64_t coming_of(const std::string& user_id) {
    return dislikes_of(user_id, store::recent_states::view::coming);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(overlapping_batches, overlapping)

BOOST_AUTO_TEST_CASE(the_next_batch_sees_what_the_one_before_it_will_leave_and_nobody_else_does) {
  std::vector<decltype(pipeline->post(one(horror("ann"))))> held;
  for (int i = 0; i < 4; ++i) held.push_back(pipeline->post(one(horror("ann"))));
  pipeline->settle_without("journal");
  BOOST_TEST(coming_of("ann") == 2);  // two are on their way, the others wait
  BOOST_TEST(committed_of("ann") == 0);

  double before = 1.0;
  id previous = 0;
  for (auto& each : held) {
    const receipt got = *pipeline->receive<answer_ptr>(each)->rows.front();
    BOOST_TEST(got.adjustments.front().weight_before == before);
    BOOST_TEST(got.dislike_id > previous);
    before = got.adjustments.front().weight_after;
    previous = got.dislike_id;
  }
  BOOST_TEST(before < 0.6);  // 0.85 to the fourth
  BOOST_TEST(committed_of("ann") == 4);
  const auto page = pipeline->ask<reply<history_page>>(pipeline->queries, history_atom::value, std::string("ann"),
                                                       std::int64_t{10}, id{0});
  BOOST_TEST(page.value.dislikes.size() == 4U);
}

BOOST_AUTO_TEST_CASE(a_commit_that_fails_takes_the_batch_behind_it_along) {
  pipeline->dislike(horror("ann"));
  std::vector<decltype(pipeline->post(one(horror("ann"))))> held;
  for (int i = 0; i < 3; ++i) held.push_back(pipeline->post(one(horror("ann"))));
  pipeline->settle_without("journal");
  BOOST_TEST(coming_of("ann") == 3);
  {
    const full_disk full;
    pipeline->settle();
  }
  for (auto& each : held) {
    const auto answer = pipeline->receive<answer_ptr>(each);
    BOOST_REQUIRE(answer->refused.has_value());
    BOOST_TEST((answer->refused->code == error_code::unavailable));
  }
  pipeline->pass(std::chrono::seconds(10));
  BOOST_TEST(coming_of("ann") == 1);
  BOOST_TEST(pipeline->metrics().total_dislikes == 1);
  const receipt next = pipeline->dislike(horror("ann"));
  BOOST_TEST(next.adjustments.front().weight_before == 0.85, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(a_snapshot_holds_no_batch_that_may_yet_be_lost) {
  chosen.pipeline.snapshot_interval = 1;
  // The journal gets two batches, and a snapshot behind each. However far it comes, what is kept was committed.
  for (int messages = 0; messages <= 4; ++messages) {
    BOOST_TEST_CONTEXT("killed after " << messages << " messages") {
      const scratch_folder fresh("overlap_snapshot");
      chosen.data_folder = fresh.path().string();
      start();
      auto first = pipeline->post(one(horror("ann")));
      auto second = pipeline->post(one(horror("bob", 2)));
      pipeline->settle_without("journal");
      for (int handled = 0; handled < messages; ++handled) {
        pipeline->find_at_work("journal");
        pipeline->scheduler().run_once();
      }
      pipeline->kill_at_work("journal");
      const std::int64_t stored = messages == 0 ? 0 : messages < 4 ? 1 : 2;  // between them: snapshot, caught_up
      BOOST_TEST(pipeline->receive<answer_ptr>(first)->refused.has_value() == (stored < 1));
      BOOST_TEST(pipeline->receive<answer_ptr>(second)->refused.has_value() == (stored < 2));
      pipeline->pass(std::chrono::seconds(10));
      BOOST_TEST(pipeline->metrics().total_dislikes == stored);

      auto reader = store::reader::open(chosen);
      require(reader);
      auto kept = (*reader)->latest_snapshot("patterns");
      require(kept);
      auto newest = (*reader)->newest_entry_id();
      require(newest);
      BOOST_TEST(kept->has_value() == (messages >= 2));
      if (*kept) BOOST_TEST((**kept).through_dislike_id <= *newest);
      pipeline.reset();
    }
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_comes_again_in_the_next_batch_gets_the_first_answer) {
  auto first = pipeline->post(one(horror("ann"), "key-1"));
  auto other = pipeline->post(one(horror("bob")));
  auto again = pipeline->post(one(horror("ann"), "key-1"));
  pipeline->settle_without("journal");
  const auto a = pipeline->receive<answer_ptr>(first), b = pipeline->receive<answer_ptr>(again);
  BOOST_TEST(!a->replayed);
  BOOST_TEST(b->replayed);
  BOOST_TEST(b->json == a->json);
  BOOST_TEST(!pipeline->receive<answer_ptr>(other)->refused.has_value());
  BOOST_TEST(pipeline->metrics().total_dislikes == 2);
}

BOOST_AUTO_TEST_CASE(a_claim_takes_all_that_was_counted_before_it) {
  auto first = pipeline->post(one(horror("ann")));
  auto second = pipeline->post(one(horror("bob", 2)));
  pipeline->settle_without("journal");
  auto retrain = pipeline->send(pipeline->door, retrain_atom::value);
  pipeline->settle_without("journal");
  const auto ticket = pipeline->receive<reply<retrain_ticket>>(retrain);
  BOOST_REQUIRE(!ticket.problem.has_value());
  BOOST_TEST(!pipeline->receive<answer_ptr>(first)->refused.has_value());
  BOOST_TEST(!pipeline->receive<answer_ptr>(second)->refused.has_value());
  BOOST_TEST(ticket.value.claimed_examples == 2);
  BOOST_TEST(pipeline->metrics().untrained_negative_examples == 0);
  const auto versions = pipeline->ask<reply<std::vector<model_version>>>(pipeline->queries, models_atom::value);
  BOOST_REQUIRE(!versions.value.empty());
  BOOST_TEST(versions.value.front().cause.unused_examples == 2);
}

BOOST_AUTO_TEST_CASE(a_claim_behind_a_commit_that_fails_is_answered_and_takes_nothing) {
  pipeline->dislike(horror("ann"));
  auto lost = pipeline->post(one(horror("bob", 2)));
  pipeline->settle_without("journal");
  auto retrain = pipeline->send(pipeline->door, retrain_atom::value);
  pipeline->settle_without("journal");
  {
    const full_disk full;
    pipeline->settle();
  }
  BOOST_TEST(pipeline->receive<answer_ptr>(lost)->refused.has_value());
  const auto refused = pipeline->receive<reply<retrain_ticket>>(retrain);
  BOOST_REQUIRE(refused.problem.has_value());
  BOOST_TEST((refused.problem->code == error_code::unavailable));
  pipeline->pass(std::chrono::seconds(10));
  BOOST_TEST(pipeline->metrics().untrained_negative_examples == 1);
  const auto ticket = pipeline->ask<reply<retrain_ticket>>(pipeline->door, retrain_atom::value);
  BOOST_REQUIRE(!ticket.problem.has_value());
  BOOST_TEST(ticket.value.claimed_examples == 1);
}

BOOST_AUTO_TEST_CASE(batches_wait_while_users_weights_are_not_merged_and_go_on_after) {
  chosen.store.merge_users = 1;
  start();
  std::vector<decltype(pipeline->post(one(horror("ann"))))> held;
  for (int i = 0; i < 8; ++i) held.push_back(pipeline->post(one(horror("user-" + std::to_string(i)))));
  pipeline->settle_without("weight_keeper");
  // One asked for the merge, two more were on their way.
  BOOST_TEST(pipeline->shared->recent->waiting() == 3U);
  for (auto& each : held) BOOST_TEST(!pipeline->receive<answer_ptr>(each)->refused.has_value());
  BOOST_TEST(pipeline->metrics().total_dislikes == 8);
}

BOOST_AUTO_TEST_SUITE_END()
