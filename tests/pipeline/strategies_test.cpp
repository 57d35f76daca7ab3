#include "pipeline/deterministic.hpp"
#include "plugin/plugin_folder.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace demur {

namespace {

using testing::hand_clock;
using testing::horror;
using testing::many;
using testing::pipeline_under_test;
using testing::scratch_folder;
using testing::test_settings;

/// The shipped strategies, and one that does at each dislike what it must not.
struct with_a_rogue {
  scratch_folder folder{"strategies"};
  plugin::plugin_folder plugins;
  hand_clock clock;

  settings doing(const std::string& deed) {
    plugins.drop_shipped().drop("rogue");
    settings chosen = test_settings(folder);
    chosen.plugins.folder = plugins.path().string();
    chosen.plugins.config["rogue"] = R"({"does": ")" + deed + "\"}";
    return chosen;
  }
};

dislike_request rogue_one(const std::string& user_id, id movie_id) {
  auto request = horror(user_id, movie_id);
  request.reason = "rogue";
  return request;
}

/// What is logged meanwhile.
struct kept_log {
  std::ostringstream text;
  std::shared_ptr<spdlog::logger> usual = spdlog::default_logger();

  kept_log() {
    const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("", sink));
  }
  ~kept_log() { spdlog::set_default_logger(usual); }
  kept_log(const kept_log&) = delete;
  kept_log& operator=(const kept_log&) = delete;
};

/// Of a batch of good reasons with the rogue's in the middle.
void check_harm(with_a_rogue& around, const std::string& deed) {
  pipeline_under_test pipeline(around.doing(deed), around.clock);
  const auto answer = pipeline.submit(many({horror("u", 1), rogue_one("u", 2), horror("u", 3), rogue_one("v", 1)}));
  BOOST_REQUIRE(!answer->refused);
  BOOST_REQUIRE_EQUAL(answer->rows.size(), 4u);
  for (const auto& row : answer->rows) BOOST_REQUIRE(row.has_value());
  const receipt& harmed = *answer->rows[1];
  BOOST_TEST(harmed.adjustments.empty());
  BOOST_TEST(harmed.example_id.has_value());
  BOOST_TEST(*harmed.weight == 0.8);
  BOOST_TEST(answer->rows[3]->adjustments.empty());
  BOOST_TEST(answer->rows[0]->adjustments.at(0).weight_after == 0.85);
  BOOST_TEST(answer->rows[2]->adjustments.at(0).weight_before == 0.85);

  const auto history = pipeline.ask<reply<history_page>>(pipeline.queries, history_atom::value, std::string("u"),
                                                         std::int64_t{50}, id{0});
  BOOST_TEST(history.value.total == 3);
  const feedback_metrics shown = pipeline.metrics();
  BOOST_TEST(shown.total_dislikes == 4);
  BOOST_TEST(shown.total_negative_examples == 4);
  BOOST_TEST(shown.strategies.at("rogue").calls == 2);
  BOOST_TEST(shown.strategies.at("rogue").failures == 2);
  BOOST_TEST(shown.strategies.at("wrong_genre").calls == 2);
  BOOST_TEST(shown.strategies.at("wrong_genre").failures == 0);
  BOOST_TEST(shown.strategies.at("poor_quality").calls == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(strategies)

BOOST_FIXTURE_TEST_CASE(a_strategy_that_throws_harms_only_its_own_reason_and_is_counted, with_a_rogue) {
  check_harm(*this, "throw");
}

BOOST_FIXTURE_TEST_CASE(a_strategy_that_answers_rubbish_harms_only_its_own_reason_and_is_counted, with_a_rogue) {
  check_harm(*this, "NaN");
}

BOOST_FIXTURE_TEST_CASE(a_strategy_that_always_fails_is_logged_once_a_minute_and_not_for_each_dislike, with_a_rogue) {
  const kept_log log;
  {
    pipeline_under_test pipeline(doing("throw"), clock);
    for (id movie_id = 1; movie_id <= 5; ++movie_id) pipeline.dislike(rogue_one("u", movie_id));
    pipeline.pass(std::chrono::seconds(61));
    pipeline.dislike(rogue_one("u", 6));
  }
  const std::string said = log.text.str();
  std::size_t times = 0;
  for (std::size_t at = said.find("no adjustments"); at != std::string::npos; at = said.find("no adjustments", at + 1))
    ++times;
  BOOST_TEST(times == 2U, said);
  BOOST_TEST(said.find("failure 6 of this strategy") != std::string::npos, said);
}

BOOST_FIXTURE_TEST_CASE(a_strategy_that_does_well_has_no_failures, with_a_rogue) {
  pipeline_under_test pipeline(doing("nothing"), clock);
  BOOST_TEST(!pipeline.dislike(rogue_one("u", 1)).adjustments.empty());
  BOOST_TEST(pipeline.metrics().strategies.at("rogue").calls == 1);
  BOOST_TEST(pipeline.metrics().strategies.at("rogue").failures == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
