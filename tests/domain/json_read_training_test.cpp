#include "domain/reading.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace demur;
using namespace demur::test;

BOOST_AUTO_TEST_SUITE(reading_training)

BOOST_AUTO_TEST_CASE(progress_may_say_much_or_little) {
  const auto all = read_training_progress(R"({"phase":"evaluating","epoch":3,"epochs":10,"loss":-0.5,"eta_s":1.5})");
  BOOST_TEST_REQUIRE(all.has_value());
  BOOST_TEST((*all == training_progress{training_phase::evaluating, 3, 10, -0.5, 1.5}));
  const auto nothing = read_training_progress("{}");
  BOOST_TEST_REQUIRE(nothing.has_value());
  BOOST_TEST((*nothing == training_progress{}));
}

BOOST_AUTO_TEST_CASE(progress_that_makes_no_sense_is_refused) {
  const std::string epochs = "an integer from 0 to 1000000000";
  const std::vector<expected_error> cases{
      {"[]", "", "[]", "an object"},
      {R"({"phase":"dreaming"})", "phase", "\"dreaming\"", "waiting, reading, training, evaluating or exporting"},
      {R"({"epoch":-1})", "epoch", "-1", epochs},
      {R"({"epoch":1.5})", "epoch", "1.5", epochs},
      {R"({"loss":"low"})", "loss", "\"low\"", "a number"},
      {R"({"eta_s":-1})", "eta_s", "-1", "a number of seconds"},
      {R"({"epoc":1})", "epoc", "\"epoc\"", "epoch"},
  };
  for (const auto& expected : cases) check(problem_of(read_training_progress(expected.body)), expected);
}

BOOST_AUTO_TEST_CASE(a_result_needs_metrics_and_nothing_else) {
  const auto bare = read_training_result(R"({"metrics":{}})");
  BOOST_TEST_REQUIRE(bare.has_value());
  BOOST_TEST(!bare->shared_log_weights.has_value());
  BOOST_TEST(bare->model == "");
  const auto all = read_training_result(R"({"metrics":{"NDCG@10":0.25},"shared_log_weights":{"genre:War":-0.5},
      "data_hash":"sha256:1","rejection":"No.","model":"m.npz"})");
  BOOST_TEST_REQUIRE(all.has_value());
  BOOST_TEST(all->metrics.at("NDCG@10") == 0.25);
  BOOST_TEST(all->shared_log_weights->at("genre:War") == -0.5);
  BOOST_TEST(all->data_hash == "sha256:1");
  BOOST_TEST(all->rejection == "No.");
  BOOST_TEST(all->model == "m.npz");
}

BOOST_AUTO_TEST_CASE(a_result_may_be_an_error_instead) {
  const auto read = read_training_result(R"({"error":"Out of memory."})");
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST(read->error == "Out of memory.");
  check(problem_of(read_training_result(R"({"error":"No.","metrics":{}})")),
        {"", "error", "given beside metrics", "either error or metrics"});
  check(problem_of(read_training_result(R"({"error":""})")),
        {"", "error", "\"\"", "1 to 1,000 characters, none of them a control character"});
}

BOOST_AUTO_TEST_CASE(a_result_that_makes_no_sense_is_refused) {
  const std::string file = "the name of a file in the training's folder";
  const std::vector<expected_error> cases{
      {"{}", "metrics", "nothing", "an object of numbers"},
      {R"({"metrics":[1]})", "metrics", "[1]", "an object of numbers"},
      {R"({"metrics":{"a":null}})", "metrics.a", "null", "a number"},
      {R"({"metrics":{"a":1,"a":2}})", "metrics.a", "the same key twice", "every key once"},
      {R"({"metrics":{},"shared_log_weights":{"Horror":1}})", "shared_log_weights.Horror", "\"Horror\"",
       "a feature, like genre:Horror"},
      {R"({"metrics":{},"shared_log_weights":{"genre:A":99}})", "shared_log_weights.genre:A", "99",
       "a number from -20 to 20"},
      {R"({"metrics":{},"model":"../x"})", "model", "\"../x\"", file},
      {R"({"metrics":{},"model":".."})", "model", "\"..\"", file},
      {R"({"metrics":{},"modle":"x"})", "modle", "\"modle\"", "model"},
  };
  for (const auto& expected : cases) check(problem_of(read_training_result(expected.body)), expected);
}

BOOST_AUTO_TEST_SUITE_END()
