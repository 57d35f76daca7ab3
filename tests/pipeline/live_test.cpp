#include "domain/json_write.hpp"
#include "pipeline/deterministic.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace demur {

namespace {

using testing::hand_clock;
using testing::horror;
using testing::many;
using testing::pipeline_under_test;
using testing::scratch_folder;
using testing::test_settings;

struct heard {
  std::vector<live_event> events;
  std::vector<std::string> metrics;
  std::string stream;
};

live_listener_actor::behavior_type listen(live_listener_actor::pointer, std::shared_ptr<heard> into) {
  return {[into](events_atom, const live_update_ptr& update) {
    into->stream = update->stream;
    into->events.insert(into->events.end(), update->events.begin(), update->events.end());
    if (!update->metrics.empty()) into->metrics.push_back(update->metrics);
  }};
}

struct listening {
  scratch_folder folder{"live"};
  hand_clock clock;
  settings chosen = test_settings(folder);
  pipeline_under_test pipeline{chosen, clock};

  std::shared_ptr<heard> subscribe() {
    auto into = std::make_shared<heard>();
    auto listener = pipeline.system.spawn(listen, into);
    caf::anon_send(pipeline.door, subscribe_atom::value, listener);
    pipeline.settle();
    return into;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(live)

BOOST_FIXTURE_TEST_CASE(a_new_listener_gets_the_metrics_at_once, listening) {
  const auto into = subscribe();
  BOOST_REQUIRE_EQUAL(into->metrics.size(), 1u);
  BOOST_TEST(into->metrics[0].find("\"total_dislikes\":0") != std::string::npos);
  BOOST_TEST(into->events.empty());
}

BOOST_FIXTURE_TEST_CASE(events_are_numbered_without_holes_also_those_that_nobody_heard, listening) {
  pipeline.dislike(horror("u", 1));
  const auto into = subscribe();
  pipeline.submit(many({horror("u", 2), horror("v", 3)}));
  BOOST_REQUIRE(!into->events.empty());
  // The first dislike was events 1 and 2: dislike and adjustment.
  std::uint64_t expected = 3;
  for (const live_event& event : into->events) BOOST_TEST(event.seq == expected++);
  BOOST_TEST(into->events[0].type == "dislike");
  BOOST_TEST(into->events[1].type == "adjustment");
  BOOST_TEST(into->events[0].user_id == "u");
  BOOST_TEST(into->events[0].reason == "wrong_genre");
}

BOOST_FIXTURE_TEST_CASE(metrics_come_once_per_interval_however_much_happens, listening) {
  const auto into = subscribe();
  for (id movie_id = 1; movie_id <= 10; ++movie_id) pipeline.dislike(horror("u", movie_id));
  BOOST_TEST(into->metrics.size() == 1u);
  pipeline.pass(chosen.live.metrics_interval);
  BOOST_REQUIRE_EQUAL(into->metrics.size(), 2u);
  BOOST_TEST(into->metrics[1].find("\"total_dislikes\":10") != std::string::npos);
  pipeline.pass(std::chrono::seconds(5));
  BOOST_TEST(into->metrics.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(live_metrics_show_the_last_two_days_by_the_hour, listening) {
  std::vector<dislike_request> all;
  for (int hour = 0; hour < 60; ++hour) {
    all.push_back(horror("u", hour));
    all.back().created_at = *clock.now - std::chrono::hours(hour);
  }
  pipeline.submit(many(all));
  const auto into = subscribe();
  BOOST_REQUIRE_EQUAL(into->metrics.size(), 1u);
  std::size_t windows = 0;
  const std::string member = R"("mean_adjustment_magnitude":0)";
  for (auto at = into->metrics[0].find(member); at != std::string::npos; at = into->metrics[0].find(member, at + 1))
    ++windows;
  BOOST_TEST(windows == 48u);
  BOOST_TEST(into->metrics[0].find(format_time(std::chrono::floor<std::chrono::hours>(*clock.now))) !=
             std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_retrain_is_told_from_due_to_published, listening) {
  const auto into = subscribe();
  std::vector<dislike_request> all;
  for (int i = 0; i < 20; ++i) all.push_back(horror("u" + std::to_string(i), i));
  pipeline.submit(many(all));
  std::vector<std::string> told;
  for (const live_event& event : into->events)
    if (event.type == "retrain" || event.type == "model") told.push_back(event.type);
  // Due, started, how far it was at the end, published.
  BOOST_TEST(told == (std::vector<std::string>{"retrain", "retrain", "retrain", "retrain", "model"}),
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_version_that_is_taken_back_and_promoted_again_is_told_as_what_serves, listening) {
  std::vector<dislike_request> all;
  for (int i = 0; i < 20; ++i) all.push_back(horror("u" + std::to_string(i), i));
  pipeline.submit(many(all));
  const id version = pipeline.metrics().model_version_id;
  const auto into = subscribe();
  pipeline.ask<reply<model_version>>(pipeline.door, rollback_atom::value, version, std::string("Worse."));
  pipeline.ask<reply<model_version>>(pipeline.door, promote_atom::value, version);
  BOOST_REQUIRE_EQUAL(into->events.size(), 2u);
  BOOST_TEST(into->events[0].type == "model");
  BOOST_TEST(into->events[0].data == R"({"change":"rolled_back","detail":"Worse.","model_version_id":0})");
  BOOST_TEST(into->events[1].type == "model");
  BOOST_TEST(into->events[1].data.starts_with(R"({"change":"promoted","detail":null,"model_version_id":)" +
                                              std::to_string(version) + ","));
}

BOOST_FIXTURE_TEST_CASE(after_a_fault_the_stream_has_another_name_and_begins_with_the_metrics, listening) {
  const auto into = subscribe();
  const std::string first_stream = into->stream;
  {
    const testing::full_disk full;
    pipeline.submit(many({horror("u", 1)}));
  }
  pipeline.pass(std::chrono::seconds(10));
  BOOST_TEST(into->stream != first_stream);
  BOOST_TEST(into->metrics.size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
