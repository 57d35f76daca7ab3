#include "domain/json_write.hpp"
#include "learning/assignment.hpp"
#include "pipeline/deterministic.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <string>
#include <vector>

namespace demur {

namespace {

using std::chrono::seconds;
using testing::horror;
using testing::restartable_pipeline;

struct experimenting : restartable_pipeline {
  using answer = reply<std::vector<experiment_report>>;

  experimenting() : restartable_pipeline("experiments") {
    chosen.retrain.automatic = false;
    start();
  }

  static experiment_plan plan() {
    experiment_plan made;
    made.name = "with feedback";
    made.arms = {{"without", {}, false, 0.5}, {"with", {}, true, 0.5}};
    made.min_impressions = 100;
    made.max_impressions = 5'000;
    return made;
  }

  answer ask(experiment_request wanted) {
    return *pipeline->ask<experiment_answer_ptr>(pipeline->door, experiment_atom::value,
                                                 std::make_shared<const experiment_request>(std::move(wanted)));
  }
  answer begin(experiment_plan wanted) { return ask({experiment_request::verb::begin, std::move(wanted), 0}); }
  id begun(experiment_plan wanted) {
    const answer got = begin(std::move(wanted));
    if (got.problem) BOOST_FAIL(got.problem->detail);
    return got.value.at(0).experiment_id;
  }
  answer show(id experiment_id) { return ask({experiment_request::verb::show, {}, experiment_id}); }
  experiment_report report(id experiment_id) {
    const answer got = show(experiment_id);
    if (got.problem) BOOST_FAIL(got.problem->detail);
    return got.value.at(0);
  }
  answer stop(id experiment_id) { return ask({experiment_request::verb::stop, {}, experiment_id}); }
  std::vector<experiment_report> list() { return ask({}).value; }

  reply<experiment_assignment> assigned(id experiment_id, const std::string& user_id) {
    return pipeline->ask<reply<experiment_assignment>>(pipeline->queries, assignment_atom::value, experiment_id,
                                                       user_id);
  }
  static std::size_t arm_of(id experiment_id, const std::string& user_id) {
    return learning::assigned_arm(experiment_id, user_id, std::vector{0.5, 0.5});
  }

  void show_to(const std::string& user_id, int items = 1) {
    clock.pass(std::chrono::milliseconds(2));
    auto set = std::make_shared<recommendation_set>();
    set->user_id = user_id;
    for (int i = 0; i < items; ++i) set->items.push_back({i, "Movie", {}, {}});
    const auto got = pipeline->ask<reply<id>>(pipeline->door, shown_atom::value,
                                              std::shared_ptr<const recommendation_set>(std::move(set)));
    if (got.problem) BOOST_FAIL(got.problem->detail);
  }
  id serving() { return pipeline->metrics().model_version_id; }
  /// A new live version that learned from a dislike of this user.
  id retrained(const std::string& user_id) {
    dislike(user_id);
    const auto ticket = pipeline->ask<reply<retrain_ticket>>(pipeline->door, retrain_atom::value);
    if (ticket.problem) BOOST_FAIL(ticket.problem->detail);
    clock.pass(seconds(1));
    return ticket.value.retrain_id;
  }

  void dislike(const std::string& user_id) {
    clock.pass(std::chrono::milliseconds(2));
    pipeline->dislike(horror(user_id));
  }
  void rate(const std::string& user_id, id movie_id, double stars) {
    clock.pass(std::chrono::milliseconds(2));
    const auto got = pipeline->ask<reply<std::int64_t>>(
        pipeline->door, ratings_atom::value,
        std::make_shared<const std::vector<user_rating>>(
            std::vector<user_rating>{{user_id, movie_id, stars, stars >= 4.0, *clock.now}}));
    if (got.problem) BOOST_FAIL(got.problem->detail);
  }
  /// `count` users are each shown ten things; of those in this arm one in `one_in` dislikes one.
  void crowd(id experiment_id, int count, const std::map<std::size_t, int>& one_in, const std::string& prefix = "u") {
    std::map<std::size_t, int> seen;
    for (int i = 0; i < count; ++i) {
      const std::string user_id = prefix + std::to_string(i);
      const std::size_t arm = arm_of(experiment_id, user_id);
      show_to(user_id, 10);
      const auto every = one_in.find(arm);
      if (every != one_in.end() && seen[arm]++ % every->second == 0) dislike(user_id);
    }
  }
};

struct heard {
  std::vector<live_event> events;
};

live_listener_actor::behavior_type listen(live_listener_actor::pointer, std::shared_ptr<heard> into) {
  return {[into](events_atom, const live_update_ptr& update) {
    for (const live_event& event : update->events)
      if (event.type == "experiment") into->events.push_back(event);
  }};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(experiments)

BOOST_FIXTURE_TEST_CASE(an_experiment_begins_empty_and_is_listed, experimenting) {
  BOOST_TEST(list().empty());
  const id experiment_id = begun(plan());
  const experiment_report told = report(experiment_id);
  BOOST_TEST((told.state == experiment_state::running));
  BOOST_TEST(told.since.time_since_epoch().count() >= clock.now->time_since_epoch().count());
  BOOST_TEST(told.p == 1.0);
  BOOST_TEST(told.looks == 0);
  BOOST_REQUIRE_EQUAL(told.arms.size(), 2U);
  BOOST_TEST(told.arms[0].users == 0);
  BOOST_TEST(!told.arms[0].dislike_rate);
  BOOST_REQUIRE_EQUAL(list().size(), 1U);
  BOOST_TEST(to_json(list()[0]) == to_json(told));
}

BOOST_FIXTURE_TEST_CASE(what_its_users_are_shown_dislike_and_like_counts_in_their_arm, experimenting) {
  const id experiment_id = begun(plan());
  dislike("ann");  // before anything was shown to her
  show_to("ann", 3);
  dislike("ann");
  rate("ann", 1, 5.0);
  rate("ann", 2, 4.5);
  rate("ann", 3, 2.0);
  rate("ben", 1, 5.0);  // who was shown nothing
  const experiment_report told = report(experiment_id);
  const auto& arm = told.arms[arm_of(experiment_id, "ann")];
  BOOST_TEST(arm.users == 1);
  BOOST_TEST(arm.impressions == 3);
  BOOST_TEST(arm.dislikes == 1);
  BOOST_TEST(arm.likes == 2);
  BOOST_TEST(told.arms[1 - arm_of(experiment_id, "ann")].users == 0);
  rate("ann", 2, 1.0);
  BOOST_TEST(report(experiment_id).arms[arm_of(experiment_id, "ann")].likes == 1);
}

BOOST_FIXTURE_TEST_CASE(whoever_asks_is_told_the_arm_that_he_counts_in, experimenting) {
  const id experiment_id = begun(plan());
  for (int i = 0; i < 20; ++i) {
    const std::string user_id = "u" + std::to_string(i);
    const auto got = assigned(experiment_id, user_id);
    BOOST_REQUIRE(!got.problem);
    const bool with = arm_of(experiment_id, user_id) == 1;
    BOOST_TEST(got.value.arm == (with ? "with" : "without"));
    BOOST_TEST(got.value.feedback == with);
    BOOST_TEST(got.value.model_version_id == 0);
  }
  BOOST_TEST((assigned(7, "ann").problem->code == error_code::not_found));
  BOOST_TEST((assigned(experiment_id, "a b").problem->code == error_code::no_identity));
  stop(experiment_id);
  BOOST_TEST((assigned(experiment_id, "ann").problem->code == error_code::conflict));
}

BOOST_FIXTURE_TEST_CASE(fewer_dislikes_are_found_and_told, experimenting) {
  auto into = std::make_shared<heard>();
  auto listener = pipeline->system.spawn(listen, into);
  caf::anon_send(pipeline->door, subscribe_atom::value, listener);
  const id experiment_id = begun(plan());
  crowd(experiment_id, 200, {{0, 1}, {1, 20}});
  BOOST_TEST((report(experiment_id).state == experiment_state::running));
  pipeline->pass(seconds(1));
  const experiment_report told = report(experiment_id);
  BOOST_TEST((told.state == experiment_state::won));
  BOOST_TEST(told.p <= 0.05);
  BOOST_TEST(told.looks == 1);
  BOOST_TEST(told.decided_at.has_value());
  BOOST_TEST(told.decision.starts_with("Won: "));
  BOOST_TEST(!told.action.has_value());
  BOOST_TEST(*told.dislikes_per_impression.high < 0.0);
  BOOST_REQUIRE_EQUAL(into->events.size(), 2U);
  BOOST_TEST(into->events[0].data.starts_with(R"({"phase":"started",)"));
  BOOST_TEST(into->events[1].data == experiment_json("decided", told));
  // What happens now counts no more.
  crowd(experiment_id, 50, {{1, 1}});
  pipeline->pass(seconds(1));
  BOOST_TEST(to_json(report(experiment_id)) == to_json(told));
}

BOOST_FIXTURE_TEST_CASE(looks_come_as_impressions_do, experimenting) {
  const id experiment_id = begun(plan());
  crowd(experiment_id, 9, {});
  pipeline->pass(seconds(1));
  BOOST_TEST(report(experiment_id).looks == 0);
  crowd(experiment_id, 1, {});
  pipeline->pass(seconds(1));
  BOOST_TEST(report(experiment_id).looks == 1);
  pipeline->pass(seconds(5));
  BOOST_TEST(report(experiment_id).looks == 1);
}

BOOST_FIXTURE_TEST_CASE(one_without_a_difference_ends_inconclusive, experimenting) {
  experiment_plan modest = plan();
  modest.max_impressions = 300;
  const id experiment_id = begun(modest);
  crowd(experiment_id, 100, {{0, 10}, {1, 10}});
  pipeline->pass(seconds(1));
  BOOST_TEST((report(experiment_id).state == experiment_state::inconclusive));
}

BOOST_FIXTURE_TEST_CASE(a_restart_gives_the_same_figures, experimenting) {
  dislike("u0");
  dislike("u0");
  for (const char* user_id : {"u9", "u10", "u11", "u12"}) show_to(user_id, 4);
  const id experiment_id = begun(plan());
  crowd(experiment_id, 60, {{0, 3}, {1, 3}});
  rate("u1", 1, 5.0);
  rate("u2", 1, 4.0);
  pipeline->pass(seconds(1));
  crowd(experiment_id, 5, {{0, 1}});
  const std::string before = to_json(list());
  BOOST_TEST(report(experiment_id).looks == 1);
  BOOST_TEST(*report(experiment_id).dislikes_per_impression.variance_reduction > 0.0);
  start();
  BOOST_TEST(to_json(list()) == before);
  // And goes on where it was.
  crowd(experiment_id, 10, {}, "v");
  pipeline->pass(seconds(1));
  BOOST_TEST(report(experiment_id).looks == 2);
}

BOOST_FIXTURE_TEST_CASE(a_fault_of_the_pipeline_gives_the_same_figures, experimenting) {
  const id experiment_id = begun(plan());
  crowd(experiment_id, 30, {{0, 2}, {1, 3}});
  pipeline->pass(seconds(1));
  const std::string before = to_json(report(experiment_id));
  {
    const testing::full_disk full;
    pipeline->submit(testing::many({horror("u", 1)}));
  }
  pipeline->pass(seconds(10));
  BOOST_TEST(to_json(report(experiment_id)) == before);
}

BOOST_FIXTURE_TEST_CASE(a_look_that_the_disk_does_not_take_was_none, experimenting) {
  const id experiment_id = begun(plan());
  crowd(experiment_id, 200, {{0, 1}, {1, 20}});
  {
    const testing::full_disk full;
    pipeline->pass(seconds(1));
  }
  pipeline->pass(seconds(10));
  pipeline->pass(seconds(1));
  const experiment_report told = report(experiment_id);
  BOOST_TEST((told.state == experiment_state::won));
  BOOST_TEST(told.looks == 1);
}

BOOST_FIXTURE_TEST_CASE(one_that_is_stopped_keeps_what_it_has_counted, experimenting) {
  const id experiment_id = begun(plan());
  crowd(experiment_id, 5, {});
  const auto stopped = stop(experiment_id);
  BOOST_REQUIRE(!stopped.problem);
  BOOST_TEST((stopped.value.at(0).state == experiment_state::stopped));
  BOOST_TEST(stopped.value.at(0).decision == "Stopped by hand.");
  BOOST_TEST(stopped.value.at(0).arms[0].impressions + stopped.value.at(0).arms[1].impressions == 50);
  BOOST_TEST((stop(experiment_id).problem->code == error_code::conflict));
  BOOST_TEST((stop(99).problem->code == error_code::not_found));
  BOOST_TEST((show(99).problem->code == error_code::not_found));
  start();
  BOOST_TEST(to_json(report(experiment_id)) == to_json(stopped.value.at(0)));
}

BOOST_FIXTURE_TEST_CASE(as_many_run_as_the_settings_say, experimenting) {
  chosen.experiments.max_running = 2;
  start();
  const id first = begun(plan());
  begun(plan());
  const auto third = begin(plan());
  BOOST_REQUIRE(third.problem);
  BOOST_TEST((third.problem->code == error_code::conflict));
  BOOST_TEST(third.problem->field == "experiments.max_running");
  stop(first);
  BOOST_TEST(!begin(plan()).problem);
  BOOST_TEST(list().size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(two_at_a_time_divide_the_users_each_in_its_own_way, experimenting) {
  const id one = begun(plan()), other = begun(plan());
  int alike = 0;
  for (int i = 0; i < 100; ++i)
    if (arm_of(one, "u" + std::to_string(i)) == arm_of(other, "u" + std::to_string(i))) ++alike;
  BOOST_TEST(alike > 25);
  BOOST_TEST(alike < 75);
  crowd(one, 40, {});
  const auto first = report(one), second = report(other);
  BOOST_TEST(first.arms[0].users + first.arms[1].users == 40);
  BOOST_TEST(second.arms[0].users + second.arms[1].users == 40);
}

BOOST_FIXTURE_TEST_CASE(a_plan_of_a_version_that_is_not_there_is_refused, experimenting) {
  experiment_plan wrong = plan();
  wrong.arms[1].model_version_id = 77;
  const auto met = begin(wrong);
  BOOST_REQUIRE(met.problem);
  BOOST_TEST(met.problem->field == "arms[1].model_version_id");
  BOOST_TEST(met.problem->found == "77");
  wrong.arms.pop_back();
  BOOST_TEST(begin(wrong).problem->field == "arms");
  BOOST_TEST(list().empty());
}

BOOST_FIXTURE_TEST_CASE(users_beyond_the_bound_are_left_out_before_and_after_a_restart, experimenting) {
  chosen.experiments.max_users = 10;
  start();
  const id experiment_id = begun(plan());
  crowd(experiment_id, 15, {{0, 1}, {1, 1}});
  pipeline->pass(seconds(1));
  const experiment_report told = report(experiment_id);
  BOOST_TEST(told.arms[0].users + told.arms[1].users == 10);
  BOOST_TEST(told.impressions_left_out == 50);
  start();
  BOOST_TEST(to_json(report(experiment_id)) == to_json(told));
}

BOOST_FIXTURE_TEST_CASE(a_lost_version_gives_way_to_the_one_before, experimenting) {
  const id before = retrained("ann"), lost = retrained("bob");
  BOOST_TEST(serving() == lost);
  experiment_plan consequent = plan();
  consequent.on_loss = "rollback";
  const id experiment_id = begun(consequent);
  crowd(experiment_id, 200, {{0, 20}, {1, 1}});
  pipeline->pass(seconds(1));
  const experiment_report told = report(experiment_id);
  BOOST_TEST((told.state == experiment_state::lost));
  BOOST_REQUIRE(told.action.has_value());
  BOOST_TEST(told.action->wanted == "rollback");
  BOOST_TEST(told.action->model_version_id == lost);
  BOOST_REQUIRE(told.action->problem.has_value());
  BOOST_TEST(*told.action->problem == "");
  BOOST_TEST(serving() == before);
  start();
  BOOST_TEST(to_json(report(experiment_id)) == to_json(told));
  BOOST_TEST(serving() == before);
}

BOOST_FIXTURE_TEST_CASE(a_version_that_won_serves, experimenting) {
  const id better = retrained("ann"), newest = retrained("bob");
  BOOST_TEST(serving() == newest);
  experiment_plan consequent = plan();
  consequent.arms[1].model_version_id = better;
  consequent.on_win = "promote";
  const id experiment_id = begun(consequent);
  crowd(experiment_id, 200, {{0, 1}, {1, 20}});
  pipeline->pass(seconds(1));
  const experiment_report told = report(experiment_id);
  BOOST_TEST((told.state == experiment_state::won));
  BOOST_REQUIRE(told.action.has_value());
  BOOST_TEST(told.action->problem.value_or("none yet") == "");
  BOOST_TEST(serving() == better);
}

BOOST_FIXTURE_TEST_CASE(where_no_version_serves_none_is_rolled_back, experimenting) {
  experiment_plan consequent = plan();
  consequent.on_loss = "rollback";
  const id experiment_id = begun(consequent);
  crowd(experiment_id, 200, {{0, 20}, {1, 1}});
  pipeline->pass(seconds(1));
  BOOST_TEST((report(experiment_id).state == experiment_state::lost));
  BOOST_TEST(!report(experiment_id).action.has_value());
}

BOOST_FIXTURE_TEST_CASE(what_nobody_answered_is_asked_again_after_a_restart, experimenting) {
  const id before = retrained("ann");
  retrained("bob");
  experiment_plan consequent = plan();
  consequent.on_loss = "rollback";
  const id experiment_id = begun(consequent);
  crowd(experiment_id, 200, {{0, 20}, {1, 1}});
  const auto at_work = [&] {
    auto reader = store::reader::open(chosen);
    return (*reader)->experiment(experiment_id)->state == experiment_state::lost;
  };
  clock.pass(seconds(1));
  pipeline->scheduler().advance_time(seconds(1));
  pipeline->kill_at_work("retrain_scheduler", at_work);
  pipeline->pass(seconds(10));
  pipeline->pass(seconds(1));
  const experiment_report told = report(experiment_id);
  BOOST_TEST((told.state == experiment_state::lost));
  BOOST_REQUIRE(told.action.has_value());
  BOOST_TEST(told.action->problem.value_or("none yet") == "");
  BOOST_TEST(serving() == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
