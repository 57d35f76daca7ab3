#include "pipeline/versioned.hpp"

#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace demur {

namespace {

using testing::versioned_pipeline;

/// One that shows things and has them disliked, over a small warm-up.
struct drifting_pipeline : versioned_pipeline {
  int shown = 0;

  explicit drifting_pipeline(const std::string& name = "drift") : versioned_pipeline(name) {
    chosen.retrain.drift_warm_up = 200;
    chosen.retrain.feedback_accumulation_threshold = 1'000;
    automatic();
  }
  id show(int items) {
    auto set = std::make_shared<recommendation_set>();
    set->user_id = "ann";
    set->recommendation_set_id = ++shown;
    for (int i = 0; i < items; ++i) set->items.push_back({i, "Movie " + std::to_string(i), std::nullopt, std::nullopt});
    const auto stored =
        pipeline->ask<reply<id>>(pipeline->door, shown_atom::value, std::shared_ptr<const recommendation_set>(set));
    BOOST_REQUIRE(!stored.problem.has_value());
    return stored.value;
  }
  receipt dislike_of(id set) {
    auto request = next_dislike();
    request.recommendation_set_id = set;
    return pipeline->dislike(request);
  }
  /// 20 sets of ten, half of them with a dislike: a rate of .05. The first dislike says that sets are named.
  void warm_up() {
    dislike_of(show(1));
    for (int i = 0; i < 20; ++i) {
      const id set = show(10);
      if (i % 2 == 0) dislike_of(set);
    }
  }
  /// Sets of ten with five dislikes each, until a retrain is due; how many.
  int sets_until_due() {
    for (int i = 1; i <= 10; ++i) {
      const id set = show(10);
      for (int said_of_it = 0; said_of_it < 5; ++said_of_it)
        if (dislike_of(set).retraining_triggered) return i;
    }
    return 0;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(drift_of_dislikes)

BOOST_FIXTURE_TEST_CASE(dislikes_that_become_more_frequent_make_a_retrain_due, drifting_pipeline) {
  warm_up();
  BOOST_TEST(versions().empty());
  BOOST_TEST(sets_until_due() == 3);
  BOOST_REQUIRE_EQUAL(versions().size(), 1u);
  const retrain_cause cause = versions().front().cause;
  BOOST_TEST(cause.rule == "drift");
  BOOST_TEST(cause.dislike_rate_before.value() > 0.03);
  BOOST_TEST(cause.dislike_rate_before.value() < 0.06);
  BOOST_TEST(cause.dislike_rate_now.value() > 0.3);
  BOOST_TEST(cause.impressions_since > 20);
  BOOST_TEST((versions().front().state == model_state::live));
}

BOOST_FIXTURE_TEST_CASE(a_rate_that_stays_makes_none_due, drifting_pipeline) {
  warm_up();
  for (int i = 0; i < 20; ++i) {
    const id set = show(10);
    if (i % 2 == 0) BOOST_TEST(!dislike_of(set).retraining_triggered);
  }
  BOOST_TEST(versions().empty());
}

BOOST_FIXTURE_TEST_CASE(the_cool_down_holds_for_this_rule_too, drifting_pipeline) {
  chosen.retrain.cool_down = std::chrono::seconds(60);
  restart();
  crowd(1);
  retrained(1);
  warm_up();
  BOOST_TEST(sets_until_due() > 0);
  BOOST_TEST(versions().size() == 1u);
  pipeline->pass(std::chrono::seconds(60));
  BOOST_REQUIRE_EQUAL(versions().size(), 2u);
  BOOST_TEST(versions()[0].cause.rule == "drift");
}

BOOST_FIXTURE_TEST_CASE(a_preview_says_that_a_dislike_would_raise_the_alarm, drifting_pipeline) {
  warm_up();
  const auto would_be_due = [&](id set) {
    auto asked = std::make_shared<preview_request>();
    asked->dislike = next_dislike();
    asked->dislike.recommendation_set_id = set;
    return pipeline
        ->ask<std::shared_ptr<const reply<preview_answer>>>(pipeline->door, preview_atom::value,
                                                            std::shared_ptr<const preview_request>(asked))
        ->value.retraining_triggered;
  };
  for (int i = 0; i < 40; ++i) {
    const id set = show(1);
    const bool expected = would_be_due(set);
    const bool due = dislike_of(set).retraining_triggered;
    BOOST_TEST(due == expected);
    if (due) return;
  }
  BOOST_ERROR("no alarm");
}

BOOST_FIXTURE_TEST_CASE(what_was_learned_is_there_after_a_restart_with_or_without_a_snapshot, drifting_pipeline) {
  warm_up();
  show(7);
  restart();
  const id set = show(10);
  for (int i = 0; i < 4; ++i) dislike_of(set);
  forget_snapshots();
  restart();
  BOOST_TEST(sets_until_due() == 2);
}

namespace {

/// All that can happen to versions and to what is shown, at random but the same for the same seed.
struct eventful : drifting_pipeline {
  std::mt19937 random{2026};
  bool restarts = false;

  explicit eventful(const std::string& name, bool restarts_often) : drifting_pipeline(name), restarts(restarts_often) {
    chosen.pipeline.snapshot_interval = 1;
    chosen.retrain.drift_warm_up = 100;
    chosen.retrain.drift_threshold = 3.0;
    chosen.retrain.feedback_accumulation_threshold = 15;
    automatic();
  }
  void change_something() {
    const auto all = versions();
    if (all.empty()) return;
    const id any = all[random() % all.size()].model_version_id;
    if (random() % 2 == 0)
      promote(any);
    else
      roll_back(serving());
  }
  void step() {
    clock.pass(std::chrono::seconds(1));
    const auto what = random() % 20;
    if (what < 8) {
      show(1 + static_cast<int>(random() % 12));
    } else if (what < 18) {
      gate->reason = random() % 3 == 0 ? "It is worse." : "";
      dislike_of(shown);
    } else if (what == 18) {
      change_something();
    } else {
      retrained(0);
    }
    if (!restarts || random() % 4 != 0) return;
    if (random() % 2 == 0) forget_snapshots();
    restart();
  }
  /// The counts as after the last dislike; a hash table has a say in the order of the records, but in nothing else.
  std::vector<std::string> records() {
    clock.pass(std::chrono::seconds(1));
    crowd(1);
    const auto taken = stored()->latest_snapshot("patterns");
    testing::require(taken);
    BOOST_REQUIRE(taken->has_value());
    std::istringstream lines((*taken)->text);
    std::vector<std::string> sorted;
    for (std::string line; std::getline(lines, line);) sorted.push_back(line);
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(whatever_happens_a_start_comes_to_the_counts_that_were_there_to_the_last_bit) {
  std::vector<std::string> expected;
  std::string figures, marked;
  {
    eventful alone("eventful", false);
    for (int i = 0; i < 400; ++i) {
      alone.step();
      // Takes the numbers that the other one needs for its restarts.
      if (alone.random() % 4 == 0) alone.random();
    }
    expected = alone.records();
    figures = alone.figures();
    marked = alone.marks();
    int states[6] = {};
    bool drifted = false;
    for (const model_version& one : alone.versions()) {
      ++states[static_cast<int>(one.state)];
      drifted = drifted || one.cause.rule == "drift";
    }
    // A test in which nothing happens would pass, too.
    BOOST_TEST(states[static_cast<int>(model_state::rejected)] > 1);
    BOOST_TEST(states[static_cast<int>(model_state::rolled_back)] > 1);
    BOOST_TEST(states[static_cast<int>(model_state::retired)] > 1);
    BOOST_TEST(drifted);
  }
  eventful restarted("eventful_again", true);
  for (int i = 0; i < 400; ++i) restarted.step();
  BOOST_TEST(restarted.records() == expected, boost::test_tools::per_element());
  BOOST_TEST(restarted.figures() == figures);
  BOOST_TEST(restarted.marks() == marked);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
