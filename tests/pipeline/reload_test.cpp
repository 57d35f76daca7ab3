#include "pipeline/deterministic.hpp"
#include "plugin/plugin_folder.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace demur {

namespace {

using namespace std::chrono_literals;
using testing::horror;
using testing::one;
using testing::pipeline_under_test;
using testing::restartable_pipeline;

struct with_plugins {
  plugin::plugin_folder plugins;
};

struct reloading : with_plugins, restartable_pipeline {
  reloading() : restartable_pipeline("reload") {
    plugins.drop("wrong_genre").drop("twin_one");
    chosen.plugins = plugins.section();
    chosen.retrain.automatic = false;
    start();
  }

  static dislike_request twin(id movie_id, const std::string& reason = "first_twin") {
    auto request = horror("u", movie_id);
    request.reason = reason;
    return request;
  }
  plugin_changes reload() {
    const auto changes = pipeline->ask<reply<plugin_changes>>(pipeline->door, reload_atom::value);
    if (changes.problem) BOOST_FAIL(changes.problem->detail);
    return changes.value;
  }
  /// Of each impact in order, who brought it: `twin_one 1.0.0`.
  std::vector<std::string> authors() const {
    auto reader = store::reader::open(chosen);
    testing::require(reader);
    auto versions = (*reader)->strategy_versions();
    testing::require(versions);
    std::vector<std::string> all;
    testing::require((*reader)->each_entry(0, id{1} << 53, [&](const case_entry& entry) {
      for (const recorded_impact& moved : entry.impacts) {
        const auto& of = versions->at(static_cast<std::size_t>(moved.strategy_version_id) - 1);
        all.push_back(of.name + " " + of.version);
      }
    }));
    return all;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reloads, reloading)

BOOST_AUTO_TEST_CASE(a_replaced_file_is_taken_between_two_batches_and_rows_and_receipts_name_its_version) {
  BOOST_TEST(pipeline->dislike(twin(1)).strategy_version == "1.0.0");
  plugins.drop("twin_one_again", "twin_one");
  BOOST_TEST(pipeline->dislike(twin(2)).strategy_version == "1.0.0");
  // A batch that is under way has the strategies that it began with; the next one has the new ones.
  BOOST_TEST(reload().replaced == std::vector<std::string>{"twin_one"}, boost::test_tools::per_element());
  const receipt third = pipeline->dislike(twin(3));
  BOOST_TEST(third.strategy_version == "2.0.0");
  BOOST_TEST(third.adjustments.at(0).adjustment_magnitude == -0.375);
  const std::vector<std::string> expected = {"twin_one 1.0.0", "twin_one 1.0.0", "twin_one 2.0.0"};
  BOOST_TEST(authors() == expected, boost::test_tools::per_element());

  // The old file again is the old version again, also after a restart.
  plugins.drop("twin_one");
  start();
  pipeline->dislike(twin(4));
  BOOST_TEST(authors().back() == "twin_one 1.0.0");
}

BOOST_AUTO_TEST_CASE(a_batch_that_gathers_while_the_file_is_replaced_is_of_one_version_each) {
  auto before = pipeline->post(one(twin(1)));
  plugins.drop("twin_one_again", "twin_one");
  auto reloaded = pipeline->send(pipeline->door, reload_atom::value);
  auto after = pipeline->post(testing::many({twin(2), twin(3)}));
  pipeline->settle();
  pipeline->receive<pipeline_under_test::answer_ptr>(before);
  pipeline->receive<reply<plugin_changes>>(reloaded);
  const auto answer = pipeline->receive<pipeline_under_test::answer_ptr>(after);
  BOOST_TEST(answer->rows[0]->strategy_version == answer->rows[1]->strategy_version);
  BOOST_TEST(pipeline->dislike(twin(4)).strategy_version == "2.0.0");
}

BOOST_AUTO_TEST_CASE(a_new_reason_is_taken_once_its_plugin_is_there) {
  const auto refused = pipeline->submit(one(twin(1, "poor_quality")));
  BOOST_REQUIRE(refused->refused.has_value());
  BOOST_TEST(refused->refused->field == "reason");
  plugins.drop("poor_quality");
  BOOST_TEST(reload().loaded == std::vector<std::string>{"poor_quality"}, boost::test_tools::per_element());
  BOOST_TEST(pipeline->dislike(twin(1, "poor_quality")).strategy == "poor_quality");
}

BOOST_AUTO_TEST_CASE(what_is_refused_leaves_the_old_one_serving_and_the_reports_say_why) {
  plugins.drop("wrong_abi", "twin_one");
  const plugin_changes changes = reload();
  BOOST_REQUIRE(changes.refused.contains("twin_one.so"));
  BOOST_TEST(pipeline->dislike(twin(1)).strategy_version == "1.0.0");
  const auto reports = pipeline->ask<reply<std::vector<plugin_report>>>(pipeline->queries, plugins_atom::value).value;
  BOOST_REQUIRE_EQUAL(reports.size(), 3U);
  BOOST_TEST(reports.front().role == "refused");
  BOOST_TEST(reports.front().problem == changes.refused.at("twin_one.so"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_gone_serves_on_until_a_reload_lets_it_go) {
  plugins.remove("twin_one");
  pipeline->pass(1s);
  BOOST_TEST(pipeline->dislike(twin(1)).adjustments.size() == 1U);
  BOOST_TEST(reload().forgotten == std::vector<std::string>{"twin_one"}, boost::test_tools::per_element());
  BOOST_TEST(pipeline->submit(one(twin(2)))->refused->field == "reason");
  BOOST_TEST(pipeline->dislike(horror("u", 3)).adjustments.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_dropped_is_found_when_the_folder_is_quiet) {
  plugins.drop("poor_quality");
  plugins.drop("twin_one_again", "twin_one");
  pipeline->pass(200ms);
  BOOST_TEST(pipeline->dislike(twin(1)).strategy_version == "1.0.0");
  plugins.write(".other", "still at it");
  pipeline->pass(200ms);
  BOOST_TEST(pipeline->dislike(twin(2)).strategy_version == "1.0.0");
  pipeline->pass(200ms);
  BOOST_TEST(pipeline->dislike(twin(3)).strategy_version == "2.0.0");
  BOOST_TEST(pipeline->dislike(twin(4, "poor_quality")).strategy == "poor_quality");
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_watched_changes_nothing_by_itself) {
  chosen.plugins.watch = false;
  start();
  plugins.drop("twin_one_again", "twin_one");
  pipeline->pass(1s);
  pipeline->pass(1s);
  BOOST_TEST(pipeline->dislike(twin(1)).strategy_version == "1.0.0");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
