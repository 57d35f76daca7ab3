#include "pipeline/deterministic.hpp"
#include "plugin/plugin_folder.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace demur {

namespace {

using testing::horror;
using testing::pipeline_under_test;
using testing::restartable_pipeline;

struct with_plugins {
  plugin::plugin_folder plugins;
};

/// One says -0.25 of the twins, its shadow -0.5.
struct shadowed : with_plugins, restartable_pipeline {
  explicit shadowed(const std::string& name = "shadow", bool alone = false) : restartable_pipeline(name) {
    plugins.drop_shipped().drop("twin_one");
    if (!alone) plugins.drop("understudy");
    chosen.plugins = plugins.section();
    if (!alone) chosen.plugins.options["twin_one"].shadow = "understudy";
    chosen.retrain.automatic = false;
    start();
  }

  receipt twin(const std::string& user_id, id movie_id) {
    auto request = horror(user_id, movie_id);
    request.reason = "first_twin";
    return pipeline->dislike(request);
  }
  std::vector<feature_state> features_of(const std::string& user_id) const {
    auto reader = store::reader::open(chosen, pipeline->shared->recent);
    testing::require(reader);
    auto state = (*reader)->state(user_id);
    testing::require(state);
    return state->features;
  }
  reply<shadow_report> report(const std::string& plugin) {
    return pipeline->ask<reply<shadow_report>>(pipeline->queries, shadow_atom::value, plugin);
  }
  reply<plugin_promotion> promote(const std::string& plugin) {
    return pipeline->ask<reply<plugin_promotion>>(pipeline->door, promote_atom::value, plugin);
  }
  /// What SQL says, past the store.
  std::string ask(const std::string& sql) const {
    sqlite3* file = nullptr;
    const auto path = (folder.path() / "demur.db").string();
    BOOST_REQUIRE_EQUAL(sqlite3_open_v2(path.c_str(), &file, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
    std::string all;
    const auto add = [](void* to, int columns, char** values, char**) {
      for (int i = 0; i < columns; ++i)
        *static_cast<std::string*>(to) += std::string(values[i] ? values[i] : "-") + " ";
      return 0;
    };
    BOOST_CHECK_EQUAL(sqlite3_exec(file, sql.c_str(), add, &all, nullptr), SQLITE_OK);
    sqlite3_close(file);
    return all;
  }
};

struct heard {
  std::vector<live_event> events;
};

live_listener_actor::behavior_type listen(live_listener_actor::pointer, std::shared_ptr<heard> into) {
  return {[into](events_atom, const live_update_ptr& update) {
    into->events.insert(into->events.end(), update->events.begin(), update->events.end());
  }};
}

const std::string shadow_rows =
    "select name, version, feature_affected, adjustment_magnitude from shadow_adjustments "
    "join strategy_versions using (strategy_version_id) order by dislike_id";

}  // namespace

BOOST_AUTO_TEST_SUITE(shadows)

BOOST_AUTO_TEST_CASE(a_shadow_is_recorded_and_never_applied) {
  shadowed with;
  shadowed without("shadow-none", true);
  for (id movie_id = 1; movie_id <= 3; ++movie_id) {
    const receipt told = with.twin("u", movie_id);
    BOOST_TEST(told.strategy == "twin_one");
    BOOST_TEST(told.adjustments.at(0).adjustment_magnitude == -0.25);
    BOOST_TEST(told.adjustments.size() == without.twin("u", movie_id).adjustments.size());
  }
  BOOST_TEST((with.features_of("u") == without.features_of("u")));
  BOOST_TEST(with.ask(shadow_rows) ==
             "understudy 1.0.0 genre:Twins -0.5 understudy 1.0.0 genre:Twins -0.5 "
             "understudy 1.0.0 genre:Twins -0.5 ");
  BOOST_TEST(without.ask(shadow_rows).empty());
  BOOST_TEST(with.pipeline->metrics().strategies.at("first_twin").calls == 3);
}

BOOST_FIXTURE_TEST_CASE(the_report_tells_how_far_the_two_are_apart, shadowed) {
  BOOST_TEST(report("twin_one").value.compared == 0);
  BOOST_TEST(!report("twin_one").value.since.has_value());
  std::vector<id> ids;
  for (id movie_id = 1; movie_id <= 12; ++movie_id) ids.push_back(twin("u", movie_id).dislike_id);
  pipeline->dislike(horror("u", 1));  // another reason, which has no shadow
  const auto told = report("understudy");
  BOOST_TEST(!told.problem.has_value());
  const shadow_report& found = told.value;
  BOOST_TEST(found.reason == "first_twin");
  BOOST_TEST(found.live == "twin_one");
  BOOST_TEST(found.shadow == "understudy");
  BOOST_TEST(found.shadow_version == "1.0.0");
  BOOST_TEST((found.since == *clock.now));
  BOOST_TEST(found.compared == 12);
  BOOST_TEST(found.same == 0);
  BOOST_TEST(found.live_failures == 0);
  BOOST_TEST(found.shadow_failures == 0);
  BOOST_TEST(found.mean_difference == -0.25);
  for (const auto& band : found.differences) BOOST_TEST(band.features == (band.up_to == 0.5 ? 12 : 0));
  BOOST_REQUIRE_EQUAL(found.worst.size(), 10U);
  BOOST_TEST(found.worst[0].dislike_id == ids[0]);
  BOOST_TEST(found.worst[0].feature_affected == "genre:Twins");
  BOOST_TEST(found.worst[0].live_magnitude == -0.25);
  BOOST_TEST(found.worst[0].shadow_magnitude == -0.5);
  BOOST_TEST((report("wrong_genre").problem->code == error_code::not_found));
  BOOST_TEST((report("nobody").problem->code == error_code::not_found));
}

BOOST_FIXTURE_TEST_CASE(where_the_two_differ_the_live_stream_tells_it, shadowed) {
  const auto into = std::make_shared<heard>();
  caf::anon_send(pipeline->door, subscribe_atom::value, pipeline->system.spawn(listen, into));
  pipeline->settle();
  twin("u", 1);
  BOOST_REQUIRE_EQUAL(into->events.size(), 3U);
  const live_event& last = into->events.back();
  BOOST_TEST(last.type == "shadow");
  BOOST_TEST(last.user_id == "u");
  BOOST_TEST(last.reason == "first_twin");
  BOOST_TEST(last.data.find(R"("live":"twin_one","shadow":"understudy","differences":[{"feature_affected":)"
                            R"("genre:Twins","live_magnitude":-0.25,"shadow_magnitude":-0.5}])") != std::string::npos,
             last.data);
}

BOOST_FIXTURE_TEST_CASE(a_promoted_shadow_is_obeyed_and_stays_live_over_a_restart, shadowed) {
  twin("u", 1);
  BOOST_TEST((promote("wrong_genre").problem->code == error_code::conflict));
  BOOST_TEST((promote("nobody").problem->code == error_code::not_found));
  const auto promoted = promote("twin_one");
  BOOST_TEST(!promoted.problem.has_value());
  BOOST_TEST(promoted.value.live == "understudy");
  BOOST_TEST(promoted.value.shadow == "twin_one");
  BOOST_TEST(report("twin_one").value.compared == 0);  // it begins anew, the other way round
  for (const bool again : {false, true}) {
    if (again) start();
    const receipt told = twin("u", 2);
    BOOST_TEST(told.strategy == "understudy");
    BOOST_TEST(told.adjustments.at(0).adjustment_magnitude == -0.5);
    BOOST_TEST(report("twin_one").value.live == "understudy");
    BOOST_TEST(report("twin_one").value.compared == 1);
  }
  BOOST_TEST(ask(shadow_rows) ==
             "understudy 1.0.0 genre:Twins -0.5 twin_one 1.0.0 genre:Twins -0.25 twin_one 1.0.0 genre:Twins -0.25 ");
  BOOST_TEST(ask("select name, adjustment_magnitude from dislike_feedback_impact join strategy_versions using "
                 "(strategy_version_id) order by dislike_id") == "twin_one -0.25 understudy -0.5 understudy -0.5 ");
  BOOST_TEST(ask("select count(*) from strategy_versions") == "2 ");
  promote("understudy");
  BOOST_TEST(twin("u", 3).strategy == "twin_one");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
