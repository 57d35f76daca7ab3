#include "domain/reading.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace demur;
using namespace demur::test;

namespace {

const std::string two_arms = R"("arms":[{"name":"control"},{"name":"candidate","model_version_id":7}])";

std::string with(const std::string& members) { return R"({"name":"n",)" + two_arms + "," + members + "}"; }

error refusal(const std::string& body) { return problem_of(read_experiment(body)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(json_of_experiments)

BOOST_AUTO_TEST_CASE(a_plan_is_read_with_all_it_says) {
  const auto read = read_experiment(
      R"({"name":"shorter memory","arms":[{"name":"without","model_version_id":"live","feedback":false,"share":0.2},)"
      R"({"name":"with","model_version_id":7,"share":0.8}],"alpha":0.01,"tau":0.02,"max_like_drop":0.05,)"
      R"("min_impressions":10,"max_impressions":20,"on_win":"promote","on_loss":"rollback"})");
  BOOST_REQUIRE(read);
  experiment_plan expected;
  expected.name = "shorter memory";
  expected.arms = {{"without", std::nullopt, false, 0.2}, {"with", 7, true, 0.8}};
  expected.alpha = 0.01;
  expected.tau = 0.02;
  expected.max_like_drop = 0.05;
  expected.min_impressions = 10;
  expected.max_impressions = 20;
  expected.on_win = "promote";
  expected.on_loss = "rollback";
  BOOST_CHECK(*read == expected);
}

BOOST_AUTO_TEST_CASE(what_a_plan_leaves_out_has_its_default) {
  const auto read = read_experiment(R"({"name":"n",)" + two_arms + "}");
  BOOST_REQUIRE(read);
  experiment_plan expected;
  expected.name = "n";
  expected.arms = {{"control", std::nullopt, true, 0.5}, {"candidate", 7, true, 0.5}};
  BOOST_CHECK(*read == expected);
}

BOOST_AUTO_TEST_CASE(a_plan_that_cannot_be_is_refused_with_the_field_what_was_found_and_what_is_allowed) {
  const std::string live_candidate = R"({"name":"n","arms":[{"name":"a"},{"name":"b"}],)";
  const std::vector<expected_error> all{
      {"{}", "name", "nothing", "1 to 100 characters, none of them a control character"},
      {R"({"name":"n"})", "arms", "nothing", "an array of two arms: the control, then the candidate"},
      {R"({"name":"n","arms":[{"name":"a"}]})", "arms", R"([{"name":"a"}])",
       "an array of two arms: the control, then the candidate"},
      {R"({"name":"n","arms":[{"name":"a"},{}]})", "arms[1].name", "nothing",
       "1 to 100 characters, none of them a control character"},
      {R"({"name":"n","arms":[{"name":"a"},{"name":"a"}]})", "arms[1].name", "\"a\"",
       "another name than that of arms[0]"},
      {R"({"name":"n","arms":[{"name":"a","share":0},{"name":"b"}]})", "arms[0].share", "0",
       "a number above 0 and up to 1"},
      {R"({"name":"n","arms":[{"name":"a","model_version_id":"newest"},{"name":"b"}]})", "arms[0].model_version_id",
       "\"newest\"", "an integer from 0 to 9007199254740991, or \"live\""},
      {R"({"name":"n","arms":[{"name":"a","feedback":0},{"name":"b"}]})", "arms[0].feedback", "0", "true or false"},
      {with(R"("alpha":0)"), "alpha", "0", "a number above 0 and up to 0.5"},
      {with(R"("tau":2)"), "tau", "2", "a number above 0 and up to 1"},
      {with(R"("max_like_drop":-0.1)"), "max_like_drop", "-0.1", "a number from 0 to 1"},
      {with(R"("min_impressions":0)"), "min_impressions", "0", "an integer from 1 to 1000000000000"},
      {with(R"("max_impressions":10)"), "max_impressions", "10", "at least min_impressions, which is 1000"},
      {with(R"("on_win":"rollback")"), "on_win", "\"rollback\"", "promote or none"},
      {with(R"("on_loss":true)"), "on_loss", "true", "a word in quotes"},
      {live_candidate + R"("on_win":"promote"})", "on_win", "promote",
       "none, unless arms[1] names the model_version_id to be promoted"},
      {with(R"("min_impresions":5)"), "min_impresions", "min_impresions", "min_impressions"},
  };
  for (const expected_error& each : all) {
    const error met = refusal(each.body);
    BOOST_TEST_CONTEXT(each.body) {
      BOOST_TEST(met.field == each.field);
      BOOST_TEST(met.allowed == each.allowed);
      BOOST_TEST(met.detail.find(each.field) != std::string::npos);
      if (each.field != "min_impresions") BOOST_TEST(met.found == each.found);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_embedders_plan_is_looked_at_alike) {
  auto plan = *read_experiment(R"({"name":"n",)" + two_arms + "}");
  BOOST_TEST(validate(plan).has_value());
  plan.arms[1].share = -1.0;
  BOOST_TEST(problem_of(validate(plan)).field == "arms[1].share");
  plan.arms.pop_back();
  BOOST_TEST(problem_of(validate(plan)).field == "arms");
  plan.name = "\xff";
  BOOST_TEST(problem_of(validate(plan)).field == "name");
}

BOOST_AUTO_TEST_CASE(a_report_is_written_with_null_for_what_is_not_known) {
  experiment_report made;
  made.experiment_id = 5;
  made.plan = *read_experiment(R"({"name":"n",)" + two_arms + "}");
  made.since = noon;
  made.arms = {{made.plan.arms[0], 1, 2, 1, 0, 0.5, 0.0}, {made.plan.arms[1], 0, 0, 0, 0, {}, {}}};
  BOOST_TEST(
      to_json(made) ==
      R"({"experiment_id":5,"name":"n","state":"running","since":"2026-03-01T12:00:00.000Z","decided_at":null,)"
      R"("decision":null,"action":null,"alpha":0.05,"tau":0.01,"max_like_drop":0.1,"min_impressions":1000,)"
      R"("max_impressions":100000,"on_win":"none","on_loss":"none","arms":[{"name":"control","model_version_id":"live",)"
      R"("feedback":true,"share":0.5,"users":1,"impressions":2,"dislikes":1,"likes":0,"dislike_rate":0.5,"like_rate":0},)"
      R"({"name":"candidate","model_version_id":7,"feedback":true,"share":0.5,"users":0,"impressions":0,"dislikes":0,)"
      R"("likes":0,"dislike_rate":null,"like_rate":null}],"looks":0,"p":1,"dislikes_per_impression":{"difference":null,)"
      R"("low":null,"high":null,"variance_reduction":null},"likes_per_impression":{"difference":null,"low":null,)"
      R"("high":null,"variance_reduction":null},"sample_ratio_p":1,"impressions_left_out":0})");
  BOOST_TEST(to_json(std::vector{made}) == R"({"experiments":[)" + to_json(made) + "]}");
  BOOST_TEST(experiment_json("started", made) == R"({"phase":"started","experiment":)" + to_json(made) + "}");
}

BOOST_AUTO_TEST_CASE(an_action_is_told_with_what_came_of_it) {
  experiment_report made;
  const auto action = [&](experiment_action what) {
    made.action = std::move(what);
    const std::string whole = to_json(made);
    const auto from = whole.find("\"action\":") + 9;
    return whole.substr(from, whole.find("},", from) + 1 - from);
  };
  BOOST_TEST(action({"promote", 7, std::nullopt}) ==
             R"({"wanted":"promote","model_version_id":7,"done":false,"problem":null})");
  BOOST_TEST(action({"promote", 7, ""}) == R"({"wanted":"promote","model_version_id":7,"done":true,"problem":null})");
  BOOST_TEST(action({"rollback", 0, "No."}) ==
             R"({"wanted":"rollback","model_version_id":null,"done":false,"problem":"No."})");
}

BOOST_AUTO_TEST_CASE(an_assignment_says_who_gets_what) {
  BOOST_TEST(to_json(experiment_assignment{5, "ann", "candidate", 7, false}) ==
             R"({"experiment_id":5,"user_id":"ann","arm":"candidate","model_version_id":7,"feedback":false})");
}

BOOST_AUTO_TEST_SUITE_END()
