#include "learning/model_file.hpp"
#include "pipeline/versioned.hpp"

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

namespace demur {

namespace {

using testing::gate;
using testing::gated_trainer;
using testing::many;
using testing::versioned_pipeline;
using version_reply = reply<model_version>;

}  // namespace

BOOST_AUTO_TEST_SUITE(rejections)

BOOST_FIXTURE_TEST_CASE(a_rejected_version_keeps_its_model_and_the_live_one_serves, versioned_pipeline) {
  const id live = retrained(20);
  gate->reason = "NDCG@10 is 0.30; that of the live version is 0.32.";
  const id rejected = retrained(20);
  const model_version row = version_of(rejected);
  BOOST_TEST((row.state == model_state::rejected));
  BOOST_TEST(row.reason == gate->reason);
  BOOST_TEST(row.data_hash == gated_trainer::hash);
  BOOST_TEST(row.metrics.at("users") == 20.0);
  BOOST_TEST(row.claimed_examples == 20);
  BOOST_TEST(serving() == live);
  BOOST_TEST(std::filesystem::exists(file_of(rejected)));
  BOOST_TEST(pipeline->metrics().untrained_negative_examples == 20);
  BOOST_TEST(pipeline->metrics().retrain_count == 1);
  BOOST_TEST(marks() == std::string(20, '1') + std::string(20, '0'));
  // What it had claimed is free.
  gate->reason.clear();
  const id next = retrained(1);
  BOOST_TEST(version_of(next).claimed_examples == 21);
  BOOST_TEST(version_of(next).claim_after == version_of(live).claim_through);
  BOOST_TEST(version_of(next).parent_id == live);
  BOOST_TEST(marks() == std::string(41, '1'));
}

BOOST_FIXTURE_TEST_CASE(the_same_examples_are_not_tried_again_by_themselves, versioned_pipeline) {
  automatic();
  gate->reason = "It is worse.";
  crowd(20);
  BOOST_TEST(versions().size() == 1u);
  BOOST_TEST(!crowd(19).retraining_triggered);
  pipeline->pass(std::chrono::hours(24));
  BOOST_TEST(versions().size() == 1u);
  BOOST_TEST(crowd(1).retraining_triggered);
  BOOST_REQUIRE_EQUAL(versions().size(), 2u);
  BOOST_TEST(versions()[0].claimed_examples == 40);
  BOOST_TEST(versions()[0].cause.unused_examples == 40);
}

BOOST_FIXTURE_TEST_CASE(nor_after_a_restart, versioned_pipeline) {
  automatic();
  gate->reason = "It is worse.";
  crowd(20);
  crowd(12);
  restart();
  pipeline->pass(std::chrono::hours(24));
  BOOST_TEST(versions().size() == 1u);
  BOOST_TEST(!crowd(7).retraining_triggered);
  // A start that must count from the first dislike on knows it too.
  forget_snapshots();
  restart();
  BOOST_TEST(versions().size() == 1u);
  BOOST_TEST(crowd(1).retraining_triggered);
  BOOST_TEST(versions().size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(by_hand_they_are_tried_at_once, versioned_pipeline) {
  gate->reason = "It is worse.";
  retrained(20);
  gate->reason.clear();
  const auto ticket = pipeline->ask<reply<retrain_ticket>>(pipeline->door, retrain_atom::value);
  BOOST_TEST(ticket.value.claimed_examples == 20);
  BOOST_TEST(serving() == ticket.value.retrain_id);
}

BOOST_FIXTURE_TEST_CASE(a_version_that_failed_says_why, versioned_pipeline) {
  gate->failure = "out of ideas";
  const id failed = retrained(20);
  BOOST_TEST((version_of(failed).state == model_state::failed));
  BOOST_TEST(version_of(failed).reason == "out of ideas");
  BOOST_TEST(refusal_of(promote(failed)).find("is failed: it has no model") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(changes_by_hand)

BOOST_FIXTURE_TEST_CASE(what_was_rejected_can_be_promoted, versioned_pipeline) {
  const id first = retrained(20);
  gate->reason = "It is worse.";
  const id rejected = retrained(25);
  const auto now = promote(rejected);
  BOOST_TEST(!now.problem.has_value());
  BOOST_TEST(now.value.model_version_id == rejected);
  BOOST_TEST((now.value.state == model_state::live));
  BOOST_TEST(now.value.reason == "");
  BOOST_TEST(serving() == rejected);
  BOOST_TEST((*pipeline->shared->serving.get() == **learning::load_model(models_folder(), rejected)));
  BOOST_TEST((version_of(first).state == model_state::retired));
  BOOST_TEST(version_of(rejected).reason == "");
  BOOST_TEST(pipeline->metrics().untrained_negative_examples == 0);
  BOOST_TEST(pipeline->metrics().model_version_id == rejected);
  BOOST_TEST(pipeline->metrics().retrain_count == 2);
  BOOST_TEST(marks() == std::string(45, '1'));
  same_after_restart();
}

BOOST_FIXTURE_TEST_CASE(a_rollback_brings_the_parent_back_and_frees_what_it_does_not_know, versioned_pipeline) {
  const id first = retrained(20), second = retrained(25);
  crowd(3);
  const auto now = roll_back(second, "It hides all of Horror.");
  BOOST_TEST(!now.problem.has_value());
  BOOST_TEST(now.value.model_version_id == first);
  BOOST_TEST(serving() == first);
  BOOST_TEST((version_of(second).state == model_state::rolled_back));
  BOOST_TEST(version_of(second).reason == "It hides all of Horror.");
  BOOST_TEST((version_of(first).state == model_state::live));
  BOOST_TEST(pipeline->metrics().untrained_negative_examples == 28);
  BOOST_TEST(pipeline->metrics().model_version_id == first);
  BOOST_TEST(marks() == std::string(20, '1') + std::string(28, '0'));
  BOOST_TEST(pipeline->dislike(testing::horror("newcomer", 1'000)).model_version_id == first);
  same_after_restart();
  // The next one begins where its parent ended.
  const id third = retrained(1);
  BOOST_TEST(version_of(third).parent_id == first);
  BOOST_TEST(version_of(third).claimed_examples == 30);
  BOOST_TEST(version_of(third).claim_after == version_of(first).claim_through);
}

BOOST_FIXTURE_TEST_CASE(without_a_parent_the_empty_model_serves, versioned_pipeline) {
  const id only = retrained(20);
  const auto now = roll_back(only);
  BOOST_TEST(!now.problem.has_value());
  BOOST_TEST(now.value.model_version_id == 0);
  BOOST_TEST(serving() == 0);
  BOOST_TEST(pipeline->shared->serving.get()->shared_log_weights.empty());
  BOOST_TEST((version_of(only).state == model_state::rolled_back));
  BOOST_TEST(marks() == std::string(20, '0'));
  BOOST_TEST(pipeline->metrics().untrained_negative_examples == 20);
  same_after_restart();
  // And back.
  BOOST_TEST(promote(only).value.model_version_id == only);
  BOOST_TEST(version_of(only).reason == "");
  BOOST_TEST(marks() == std::string(20, '1'));
  same_after_restart();
}

BOOST_FIXTURE_TEST_CASE(what_was_taken_back_makes_no_retrain_due_by_itself, versioned_pipeline) {
  automatic();
  crowd(20);
  const id only = serving();
  BOOST_TEST(only != 0);
  roll_back(only);
  pipeline->pass(std::chrono::hours(24));
  BOOST_TEST(versions().size() == 1u);
  crowd(19);
  restart();
  BOOST_TEST(versions().size() == 1u);
  BOOST_TEST(crowd(1).retraining_triggered);
  BOOST_REQUIRE_EQUAL(versions().size(), 2u);
  BOOST_TEST(versions()[0].claimed_examples == 40);
  BOOST_TEST(versions()[0].parent_id == 0);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_is_refused_in_a_sentence, versioned_pipeline) {
  const auto unknown = promote(7);
  BOOST_REQUIRE(unknown.problem.has_value());
  BOOST_TEST((unknown.problem->code == error_code::not_found));
  BOOST_TEST((roll_back(7).problem->code == error_code::not_found));
  const id first = retrained(20), second = retrained(20);
  BOOST_TEST(refusal_of(promote(second)).find("is live already") != std::string::npos);
  BOOST_TEST(refusal_of(roll_back(first)).find("is not the live one; that is " + std::to_string(second)) !=
             std::string::npos);
  std::filesystem::resize_file(file_of(first), 30);
  BOOST_TEST(refusal_of(promote(first)).find("has no readable file") != std::string::npos);
  std::filesystem::remove(file_of(first));
  BOOST_TEST(refusal_of(promote(first)).find("has no readable file") != std::string::npos);
  BOOST_TEST(refusal_of(roll_back(second)).find(std::to_string(first) + " has no readable file") != std::string::npos);
  BOOST_TEST(refusal_of(roll_back(second, std::string(501, 'x'))).find("up to 500 characters") != std::string::npos);
  BOOST_TEST(serving() == second);
  BOOST_TEST((version_of(second).state == model_state::live));
  BOOST_TEST(marks() == std::string(40, '1'));
  // Nothing is left standing in the way of others.
  const id third = retrained(1);
  BOOST_TEST(serving() == third);
}

BOOST_FIXTURE_TEST_CASE(what_comes_during_a_change_waits_for_it, versioned_pipeline) {
  const id first = retrained(20), second = retrained(20);
  auto back = pipeline->send(pipeline->door, rollback_atom::value, second, std::string());
  auto retrain = pipeline->send(pipeline->door, retrain_atom::value);
  auto late = pipeline->send(pipeline->door, promote_atom::value, second);
  BOOST_TEST(pipeline->receive<version_reply>(back).value.model_version_id == first);
  const auto ticket = pipeline->receive<reply<retrain_ticket>>(retrain);
  BOOST_TEST(ticket.value.claimed_examples == 20);
  BOOST_TEST(version_of(ticket.value.retrain_id).parent_id == first);
  // By its turn the retrain was running.
  BOOST_TEST(refusal_of(pipeline->receive<version_reply>(late)) == "A retrain is running; there is one at a time.");
}

BOOST_FIXTURE_TEST_CASE(dislikes_beside_a_change_are_counted_once, versioned_pipeline) {
  const id first = retrained(20), second = retrained(5);
  auto back = pipeline->send(pipeline->door, rollback_atom::value, second, std::string());
  std::vector<decltype(pipeline->post(many({})))> posted;
  for (int i = 0; i < 4; ++i) {
    posted.push_back(pipeline->post(many({next_dislike(), next_dislike(), next_dislike()})));
    for (int step = 0; step < 7; ++step)
      if (pipeline->scheduler().has_job()) pipeline->scheduler().run_once();
  }
  BOOST_TEST(pipeline->receive<version_reply>(back).value.model_version_id == first);
  pipeline->settle();
  BOOST_TEST(pipeline->metrics().untrained_negative_examples == 17);
  automatic_threshold(18);  // restarts
  BOOST_TEST(pipeline->metrics().untrained_negative_examples == 17);
}

BOOST_FIXTURE_TEST_CASE(many_examples_are_counted_and_marked_in_slices, versioned_pipeline) {
  const id first = retrained(20);
  for (int i = 0; i < 5; ++i) {
    std::vector<dislike_request> all;
    for (int row = 0; row < 900; ++row) all.push_back(next_dislike());
    pipeline->submit(many(all));
  }
  const id second = retrained(1);
  BOOST_TEST(marks() == std::string(4'521, '1'));
  roll_back(second);
  BOOST_TEST(serving() == first);
  BOOST_TEST(marks() == std::string(20, '1') + std::string(4'501, '0'));
  const auto ticket = pipeline->ask<reply<retrain_ticket>>(pipeline->door, retrain_atom::value);
  // By hand, so what is unused was counted by the stage that decides.
  BOOST_TEST(version_of(ticket.value.retrain_id).cause.unused_examples == 4'501);
}

BOOST_FIXTURE_TEST_CASE(files_are_kept_of_the_live_version_and_of_the_newest_that_could_serve, versioned_pipeline) {
  chosen.retrain.kept_versions = 2;
  restart();
  const id first = retrained(20), second = retrained(20);
  roll_back(second);
  BOOST_TEST(serving() == first);
  gate->reason = "It is worse.";
  const id third = retrained(1), fourth = retrained(1);
  gate->reason.clear();
  gate->failure = "out of ideas";
  const id fifth = retrained(1);
  std::ofstream(models_folder() / "78.model.part") << "half";
  restart();
  BOOST_TEST(std::filesystem::exists(file_of(first)));  // old, but it serves
  BOOST_TEST(!std::filesystem::exists(file_of(second)));
  BOOST_TEST(std::filesystem::exists(file_of(third)));
  BOOST_TEST(std::filesystem::exists(file_of(fourth)));
  BOOST_TEST(!std::filesystem::exists(file_of(fifth)));
  BOOST_TEST(!std::filesystem::exists(models_folder() / "78.model.part"));
  BOOST_TEST(serving() == first);
}

BOOST_FIXTURE_TEST_CASE(a_version_is_read_with_its_claim, versioned_pipeline) {
  const id version = retrained(20);
  const auto page =
      pipeline->ask<reply<model_version_page>>(pipeline->queries, model_atom::value, version, std::int64_t{15}, id{0});
  BOOST_TEST(page.value.version.model_version_id == version);
  BOOST_TEST(page.value.claimed_dislikes.size() == 15u);
  BOOST_TEST(page.value.claimed_dislikes.front() == page.value.version.claim_through);
  BOOST_TEST(page.value.next_cursor.has_value());
  const auto bad =
      pipeline->ask<reply<model_version_page>>(pipeline->queries, model_atom::value, version, std::int64_t{0}, id{0});
  BOOST_TEST(bad.problem->field == "limit");
  const auto unknown =
      pipeline->ask<reply<model_version_page>>(pipeline->queries, model_atom::value, id{7}, std::int64_t{5}, id{0});
  BOOST_TEST((unknown.problem->code == error_code::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(changes_and_faults)

BOOST_FIXTURE_TEST_CASE(a_fault_at_any_step_of_a_change_leaves_what_the_store_says, versioned_pipeline) {
  const id first = retrained(20);
  id second = retrained(20);
  int before = 0, after = 0;
  for (const char* stage : {"retrain_scheduler", "journal", "trainer", "pattern_analysis", "metrics"}) {
    for (int step = 0; step < 8; ++step) {
      BOOST_TEST_CONTEXT(stage << " at its turn " << step) {
        if (serving() == first) promote(second);
        BOOST_TEST_REQUIRE(serving() == second);
        auto back = pipeline->send(pipeline->door, rollback_atom::value, second, std::string("on trial"));
        if (!kill_at_turn(stage, step)) {
          pipeline->receive<version_reply>(back);
          break;
        }
        pipeline->receive<version_reply>(back);
        pipeline->pass(std::chrono::seconds(10));
        const id live = stored_live();
        BOOST_TEST(serving() == live);
        BOOST_TEST(pipeline->metrics().model_version_id == live);
        BOOST_TEST((live == first || live == second));
        BOOST_TEST((version_of(second).state == (live == second ? model_state::live : model_state::rolled_back)));
        BOOST_TEST(marks() == std::string(20, '1') + std::string(20, live == second ? '1' : '0'));
        BOOST_TEST(pipeline->metrics().untrained_negative_examples == (live == second ? 0 : 20));
        (live == second ? before : after) += 1;
      }
    }
  }
  // Both sides of the commit were met.
  BOOST_TEST(before > 3);
  BOOST_TEST(after > 3);
}

BOOST_FIXTURE_TEST_CASE(a_fault_at_any_step_of_a_rejection_leaves_the_live_one, versioned_pipeline) {
  const id live = retrained(20);
  crowd(20);
  gate->reason = "It is worse.";
  int rejected = 0, failed = 0;
  for (const char* stage : {"retrain_scheduler", "journal", "trainer"}) {
    for (int step = 0; step < 8; ++step) {
      BOOST_TEST_CONTEXT(stage << " at its turn " << step) {
        auto retrain = pipeline->send(pipeline->door, retrain_atom::value);
        const std::size_t known = versions().size();
        if (!kill_at_turn(stage, step)) {
          pipeline->receive<reply<retrain_ticket>>(retrain);
          break;
        }
        pipeline->receive<reply<retrain_ticket>>(retrain);
        pipeline->pass(std::chrono::seconds(10));
        BOOST_TEST(serving() == live);
        BOOST_TEST(stored_live() == live);
        BOOST_TEST(marks() == std::string(20, '1') + std::string(20, '0'));
        BOOST_TEST(pipeline->metrics().untrained_negative_examples == 20);
        if (versions().size() == known) continue;
        const model_version newest = versions().front();
        const bool was_rejected = newest.state == model_state::rejected;
        BOOST_TEST((was_rejected || newest.state == model_state::failed));
        BOOST_TEST(std::filesystem::exists(file_of(newest.model_version_id)) == was_rejected);
        (was_rejected ? rejected : failed) += 1;
      }
    }
  }
  BOOST_TEST(rejected > 0);
  BOOST_TEST(failed > 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
