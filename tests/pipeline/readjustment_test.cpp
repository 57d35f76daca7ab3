#include "domain/json_write.hpp"
#include "domain/weights.hpp"
#include "pipeline/deterministic.hpp"
#include "plugin/plugin_folder.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace demur {

namespace {

using namespace std::chrono_literals;
using testing::horror;
using testing::many;
using testing::one;
using testing::pipeline_under_test;
using testing::restartable_pipeline;

bool eventually(const std::function<bool()>& so) {
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (!so() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(2ms);
  return so();
}

/// First, so that it is there as long as who loads it.
struct with_plugins {
  plugin::plugin_folder plugins;
};

/// A strategy whose process ends at each dislike until an hour has passed, and at some dislikes always.
struct fragile_pipeline : with_plugins, restartable_pipeline {
  timestamp begin = *clock.now;

  explicit fragile_pipeline(const std::string& name, bool ill = true, const std::string& factor = "0.3")
      : restartable_pipeline(name) {
    plugins.drop_shipped().drop("fragile");
    const timestamp well_at = ill ? begin + 1h : begin;
    plugins.configure("fragile", R"({"well_at": )" + std::to_string(well_at.time_since_epoch().count()) +
                                     R"(, "factor": )" + factor + "}");
    chosen.plugins = plugins.section();
    chosen.plugins.options["fragile"].isolation = "process";
    chosen.plugins.deadline = 20s;
    chosen.plugins.start_timeout = 20s;
    chosen.plugins.restart_delay = 5ms;
    chosen.plugins.max_failures = 50;
    chosen.retrain.automatic = false;
    start();
  }

  plugin::strategy& strategy() const { return *pipeline->shared->strategies->current()->at("fragile").live; }
  std::int64_t waiting() const { return pipeline->shared->adjustments_pending; }

  /// Its time has come, and its process is there; nobody was asked yet.
  void get_well() {
    if (*clock.now < begin + 1h) clock.pass(1h);
    BOOST_REQUIRE(eventually([&] {
      strategy().wake();
      return strategy().state() == plugin::strategy_state::serving;
    }));
  }
  void adjust_all() {
    BOOST_REQUIRE(eventually([&] {
      pipeline->pass(100ms);
      return waiting() == 0;
    }));
  }

  /// Everything that is kept of these users.
  std::map<std::string, user_state> states() const { return states_of(*pipeline); }
  static std::map<std::string, user_state> states_of(const pipeline_under_test& of) {
    std::map<std::string, user_state> found;
    auto reader = store::reader::open(of.shared->chosen, of.shared->recent);
    testing::require(reader);
    for (const std::string user_id : {"ann", "bob", "cid"}) {
      auto state = (*reader)->state(user_id);
      testing::require(state);
      found.emplace(user_id, *std::move(state));
    }
    return found;
  }
  std::vector<case_entry> entries() const {
    std::vector<case_entry> found;
    auto reader = store::reader::open(chosen);
    testing::require(reader);
    testing::require((*reader)->each_entry(0, id{1} << 53, [&](const case_entry& entry) { found.push_back(entry); }));
    return found;
  }
  /// Dislikes by how often they were adjusted late.
  std::map<id, int> late() const {
    std::map<id, int> times;
    for (const case_entry& entry : entries())
      if (entry.readjustment_id != 0) ++times[entry.row.dislike_id];
    return times;
  }
  std::string figures() { return to_json(pipeline->stored_metrics()); }
  bool waits(const std::string& user_id) {
    const auto page =
        pipeline->ask<reply<history_page>>(pipeline->queries, history_atom::value, user_id, std::int64_t{1}, id{0});
    return page.value.dislikes.at(0).adjustment_pending;
  }
};

dislike_request fragile_one(const std::string& user_id, id movie_id, const std::string& text = {}) {
  auto request = horror(user_id, movie_id);
  request.reason = "fragile";
  if (!text.empty()) request.feedback_text = text;
  return request;
}

/// Of two users, one of them twice, with another reason between.
std::vector<receipt> dislike_some(pipeline_under_test& pipeline) {
  const auto answer =
      pipeline.submit(many({fragile_one("ann", 1), horror("ann", 2), fragile_one("ann", 3), fragile_one("bob", 1)}));
  std::vector<receipt> receipts;
  for (const auto& row : answer->rows) receipts.push_back(*row);
  return receipts;
}

void check_as_at_once(fragile_pipeline& late, fragile_pipeline& at_once) {
  BOOST_TEST((late.states() == at_once.states()));
  BOOST_TEST(late.figures() == at_once.figures());
  std::map<id, double> weights;
  for (const case_entry& entry : at_once.entries()) weights[entry.row.dislike_id] = entry.example->weight;
  for (const case_entry& entry : late.entries())
    if (entry.example) BOOST_TEST(entry.example->weight == weights.at(entry.row.dislike_id));
  for (const auto& [dislike_id, times] : late.late()) BOOST_TEST(times == 1);
  BOOST_TEST(late.late().size() == 3U);
}

/// The same as `at_once`, but with something in the middle, when the strategy is back and nobody has asked it yet.
void check_over(const std::string& name, const std::function<void(fragile_pipeline&)>& something) {
  fragile_pipeline at_once(name + "-at-once", false), ill(name);
  dislike_some(*at_once.pipeline);
  dislike_some(*ill.pipeline);
  ill.get_well();
  something(ill);
  ill.adjust_all();
  at_once.clock.pass(1h);
  check_as_at_once(ill, at_once);
}

struct heard {
  std::vector<live_event> events;
};

live_listener_actor::behavior_type listen(live_listener_actor::pointer, std::shared_ptr<heard> into) {
  return {[into](events_atom, const live_update_ptr& update) {
    into->events.insert(into->events.end(), update->events.begin(), update->events.end());
  }};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(readjustments)

BOOST_AUTO_TEST_CASE(a_dislike_whose_strategy_is_down_is_stored_with_its_example_and_waits) {
  fragile_pipeline ill("waits");
  const auto receipts = dislike_some(*ill.pipeline);
  for (const std::size_t i : {0U, 2U, 3U}) {
    BOOST_TEST(receipts[i].adjustment_pending);
    BOOST_TEST(receipts[i].adjustments.empty());
    BOOST_TEST(receipts[i].example_id.has_value());
    BOOST_TEST(*receipts[i].weight == 0.8);
    BOOST_TEST(receipts[i].strategy == "fragile");
    BOOST_TEST(receipts[i].strategy_version == "1.0.0");
    BOOST_TEST(receipts[i].filtered);
  }
  BOOST_TEST(!receipts[1].adjustment_pending);
  BOOST_TEST(receipts[1].adjustments.at(0).weight_after == 0.85);
  BOOST_TEST(ill.waiting() == 3);
  BOOST_TEST(ill.waits("bob"));
  BOOST_TEST(ill.late().empty());
  BOOST_TEST(ill.pipeline->metrics().total_negative_examples == 4);
  const auto reports =
      ill.pipeline->ask<reply<std::vector<plugin_report>>>(ill.pipeline->queries, plugins_atom::value).value;
  for (const plugin_report& report : reports) BOOST_TEST(report.pending == (report.name == "fragile" ? 3 : 0));
}

BOOST_AUTO_TEST_CASE(when_its_strategy_is_back_all_is_as_if_it_had_answered_at_once) {
  check_over("late", [](fragile_pipeline& ill) { BOOST_TEST(ill.waits("ann")); });
}

BOOST_AUTO_TEST_CASE(what_waits_outlives_a_restart) {
  check_over("restart", [](fragile_pipeline& ill) {
    ill.start();
    BOOST_TEST(ill.waiting() == 3);
  });
}

BOOST_AUTO_TEST_CASE(an_actor_that_dies_over_a_readjustment_leaves_each_adjusted_once) {
  for (const std::string stage : {"weighting", "adjustment", "pattern_analysis", "journal", "metrics"})
    BOOST_TEST_CONTEXT(stage) {
      check_over("kill-" + stage, [&](fragile_pipeline& ill) {
        ill.pipeline->settle();
        ill.pipeline->scheduler().advance_time(100ms);
        ill.pipeline->kill_at_work(stage);
        ill.pipeline->pass(10s);
      });
    }
}

BOOST_AUTO_TEST_CASE(a_store_without_its_weights_gives_the_same_states_and_figures) {
  fragile_pipeline ill("replay");
  dislike_some(*ill.pipeline);
  ill.get_well();
  ill.adjust_all();
  ill.pipeline->dislike(horror("ann", 9));
  const auto states = ill.states();
  const std::string figures = ill.figures();
  // Two at a time: the three that were adjusted together must not be torn apart, see the second start.
  ill.chosen.store.merge_users = 2;
  for (const bool lost : {true, false, true}) {
    ill.pipeline.reset();
    if (lost)
      for (const std::string end : {"", "-wal", "-shm"})
        std::filesystem::remove(ill.folder.path() / ("demur.weights.db" + end));
    ill.start();
    BOOST_TEST((ill.states() == states));
    BOOST_TEST(ill.figures() == figures);
  }
}

BOOST_AUTO_TEST_CASE(a_process_that_ends_right_after_its_start_leaves_no_readjustment_torn_apart) {
  fragile_pipeline ill("torn");
  dislike_some(*ill.pipeline);
  ill.pipeline->dislike(fragile_one("cid", 4));
  ill.pipeline->dislike(horror("cid", 5));
  ill.get_well();
  ill.adjust_all();
  const auto states = ill.states();
  for (std::int64_t slice = 1; slice <= 5; ++slice) {
    ill.chosen.store.merge_users = slice;
    ill.pipeline.reset();
    for (const std::string end : {"", "-wal", "-shm"})
      std::filesystem::remove(ill.folder.path() / ("demur.weights.db" + end));
    ill.start();
    BOOST_TEST((ill.states() == states));
    // A copy of the files is what the end of the process would leave: nothing of what is only in memory.
    const testing::scratch_folder left("torn-left");
    std::filesystem::copy(ill.folder.path(), left.path(), std::filesystem::copy_options::recursive);
    settings chosen = ill.chosen;
    chosen.data_folder = left.path().string();
    const pipeline_under_test next(chosen, ill.clock);
    BOOST_TEST((fragile_pipeline::states_of(next) == states), slice);
  }
}

BOOST_AUTO_TEST_CASE(a_late_answer_hides_its_item_for_as_long_as_it_says_and_scales_the_example) {
  fragile_pipeline ill("late-answer");
  const receipt first = ill.pipeline->dislike(fragile_one("ann", 1));
  ill.get_well();
  ill.adjust_all();
  const auto entries = ill.entries();
  BOOST_REQUIRE_EQUAL(entries.size(), 2U);
  BOOST_TEST(entries[0].example->weight == 0.8 * 0.3);
  BOOST_TEST(entries[1].row.dislike_id == first.dislike_id);
  BOOST_TEST(entries[1].impacts.size() == 3U);  // its genre, its cast, its item
  for (const recorded_impact& moved : entries[1].impacts) BOOST_TEST(moved.strategy_version_id == 1);
  const user_state ann = ill.states().at("ann");
  const auto item = std::ranges::find(ann.features, "movie:1", &feature_state::feature);
  BOOST_REQUIRE(item != ann.features.end());
  BOOST_TEST(hidden(*item, 0.25, ill.begin + 7 * 24h).has_value());
  BOOST_TEST(!hidden(*item, 0.25, ill.begin + 7 * 24h + 1ms).has_value());
}

BOOST_AUTO_TEST_CASE(a_dislike_that_ends_the_process_each_time_is_given_up_and_those_beside_it_are_adjusted) {
  fragile_pipeline ill("given-up", false);
  const auto answer = ill.pipeline->submit(
      many({fragile_one("ann", 1), fragile_one("bob", 2, "crash"), fragile_one("cid", 3), horror("cid", 4)}));
  for (const std::size_t i : {0U, 1U, 2U}) BOOST_TEST(answer->rows[i]->adjustment_pending);
  const id killer = answer->rows[1]->dislike_id;
  ill.adjust_all();
  BOOST_TEST(!ill.late().contains(killer));
  BOOST_TEST((ill.late() == std::map<id, int>{{answer->rows[0]->dislike_id, 1}, {answer->rows[2]->dislike_id, 1}}));
  BOOST_TEST(ill.strategy().figures().failures() == 4);  // when it came, and three attempts
  BOOST_TEST(!ill.waits("bob"));
  for (const case_entry& entry : ill.entries())
    if (entry.row.dislike_id == killer) BOOST_TEST(entry.example->weight == 0.8);
  ill.start();
  BOOST_TEST(ill.waiting() == 0);
}

BOOST_AUTO_TEST_CASE(a_preview_says_that_the_dislike_would_wait_and_nothing_waits_for_it) {
  fragile_pipeline ill("waiting-preview");
  auto asked = std::make_shared<preview_request>();
  asked->dislike = fragile_one("ann", 1);
  const auto answer = ill.pipeline->ask<std::shared_ptr<const reply<preview_answer>>>(
      ill.pipeline->door, preview_atom::value, std::shared_ptr<const preview_request>(asked));
  BOOST_REQUIRE(!answer->problem.has_value());
  BOOST_TEST(answer->value.adjustment_pending);
  BOOST_TEST(answer->value.adjustments.empty());
  BOOST_TEST(*answer->value.weight == 0.8);
  BOOST_TEST(ill.waiting() == 0);
  BOOST_TEST(ill.entries().empty());
}

BOOST_AUTO_TEST_CASE(a_late_answer_is_told_as_an_adjustment) {
  fragile_pipeline ill("told");
  dislike_some(*ill.pipeline);
  ill.get_well();
  const auto into = std::make_shared<heard>();
  caf::anon_send(ill.pipeline->door, subscribe_atom::value, ill.pipeline->system.spawn(listen, into));
  ill.pipeline->settle();
  ill.adjust_all();
  BOOST_REQUIRE_EQUAL(into->events.size(), 3U);
  for (const live_event& event : into->events) {
    BOOST_TEST(event.type == "adjustment");
    BOOST_TEST(event.reason == "fragile");
    BOOST_TEST(event.data.find(R"("feature_affected":"genre:Horror","adjustment_magnitude":-0.2)") != std::string::npos,
               event.data);
  }
  BOOST_TEST(into->events[0].user_id == "ann");
  BOOST_TEST(into->events[2].user_id == "bob");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
