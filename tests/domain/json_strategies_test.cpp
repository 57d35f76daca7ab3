#include "domain/case_file.hpp"
#include "domain/reading.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace demur;
using namespace demur::test;

namespace {

error preview_refusal(const std::string& body) { return problem_of(read_preview(body, sent_by("ann"))); }

}  // namespace

BOOST_AUTO_TEST_SUITE(json_of_strategies)

BOOST_AUTO_TEST_CASE(a_plugin_is_reported_with_how_it_does) {
  plugin_report made;
  made.name = "cooldown";
  made.version = "1.0.0";
  made.file = "plugins/cooldown.so";
  made.hash = "abc";
  made.abi = "1.1";
  made.reasons = {"not_now"};
  made.role = "live";
  made.isolation = "process";
  made.state = "resting";
  made.calls = 7;
  made.failures = 2;
  made.pending = 3;
  made.late_batches = 1;
  made.p50_us = 12.5;
  made.problem = "exited with 7";
  BOOST_TEST(
      to_json(std::vector{made}) ==
      R"({"plugins":[{"name":"cooldown","version":"1.0.0","file":"plugins/cooldown.so","hash":"abc","abi":"1.1",)"
      R"("reasons":["not_now"],"role":"live","isolation":"process","state":"resting","calls":7,"failures":2,)"
      R"("pending":3,"late_batches":1,"p50_us":12.5,"p99_us":null,"problem":"exited with 7"}]})");
}

BOOST_AUTO_TEST_CASE(of_a_refused_file_there_is_only_the_file_and_why) {
  plugin_report made;
  made.file = "plugins/half.so";
  made.role = made.state = "refused";
  made.problem = "half.so is no library.";
  BOOST_TEST(to_json(std::vector{made}) ==
             R"({"plugins":[{"name":null,"version":null,"file":"plugins/half.so","hash":null,"abi":null,"reasons":[],)"
             R"("role":"refused","isolation":null,"state":"refused","calls":0,"failures":0,"pending":0,)"
             R"("late_batches":0,"p50_us":null,"p99_us":null,"problem":"half.so is no library."}]})");
  BOOST_TEST(to_json(std::vector<plugin_report>{}) == R"({"plugins":[]})");
}

BOOST_AUTO_TEST_CASE(a_reload_and_a_promotion_tell_what_they_did) {
  plugin_changes changes;
  changes.loaded = {"a"};
  changes.replaced = {"b", "c"};
  changes.unchanged = {"d"};
  changes.refused = {{"half.so", "It is no library."}};
  BOOST_TEST(to_json(changes) == R"({"loaded":["a"],"replaced":["b","c"],"forgotten":[],"unchanged":["d"],)"
                                 R"("refused":{"half.so":"It is no library."}})");
  BOOST_TEST(to_json(plugin_promotion{"wrong_genre", "new", "old"}) ==
             R"({"reason":"wrong_genre","live":"new","shadow":"old"})");
}

BOOST_AUTO_TEST_CASE(a_shadow_report_has_its_bands_and_the_worst_of_them) {
  shadow_report made;
  made.reason = "wrong_genre";
  made.live = "old";
  made.live_version = "1.0.0";
  made.shadow = "new";
  made.shadow_version = "2.0.0";
  BOOST_TEST(to_json(made).find(R"("since":null,"compared":0)") != std::string::npos);
  made.since = noon;
  made.compared = 4;
  made.same = 3;
  made.shadow_failures = 1;
  made.differences = {{0.0, 3}, {0.5, 1}};
  made.mean_difference = -0.0625;
  made.worst = {{17, "ann", "genre:Horror", -0.25, -0.5}};
  BOOST_TEST(to_json(made) ==
             R"({"reason":"wrong_genre","live":"old","live_version":"1.0.0","shadow":"new","shadow_version":"2.0.0",)"
             R"("since":"2026-03-01T12:00:00.000Z","compared":4,"same":3,"live_failures":0,"shadow_failures":1,)"
             R"("differences":[{"up_to":0,"features":3},{"up_to":0.5,"features":1}],"mean_difference":-0.0625,)"
             R"("worst":[{"dislike_id":17,"user_id":"ann","feature_affected":"genre:Horror","live_magnitude":-0.25,)"
             R"("shadow_magnitude":-0.5}]})");
}

BOOST_AUTO_TEST_CASE(the_differences_of_one_dislike_name_both_strategies) {
  const shadow_differences made{17, "ann", "wrong_genre", "old", "new", {{"genre:Horror", -0.25, 0.0}}};
  BOOST_TEST(to_json(made) ==
             R"({"dislike_id":17,"user_id":"ann","reason":"wrong_genre","live":"old","shadow":"new","differences":)"
             R"([{"feature_affected":"genre:Horror","live_magnitude":-0.25,"shadow_magnitude":0}]})");
}

BOOST_AUTO_TEST_CASE(a_preview_has_no_ids_and_says_where_candidates_would_go) {
  preview_answer made;
  made.user_id = "ann";
  made.reason = "wrong_genre";
  made.strategy = "wrong_genre";
  made.strategy_version = "1.0.0";
  made.weight = 0.5;
  made.adjustments.push_back({7, 8, 9, "genre_weight", "genre:Horror", -0.15, noon, 1.0, 0.85});
  made.filtered = true;
  made.patterns.push_back({43, "ann", "genre", "Horror", 3, severity::low, noon});
  made.patterns.push_back({44, "", "genre", "Horror", 30, severity::high, noon});
  made.retraining_triggered = true;
  made.explanation = "Less \"Horror\".";
  made.suggested_reasons = {{"poor_quality", 0.75}};
  made.candidates = {{12, "Saw", 0.5, 0.5, std::nullopt}, {std::nullopt, "Heat", 0.25, 0.25, 0.125}};
  made.model_version_id = 5;
  BOOST_TEST(to_json(made) ==
             R"({"user_id":"ann","reason":"wrong_genre","strategy":"wrong_genre","strategy_version":"1.0.0",)"
             R"("weight":0.5,"adjustments":[{"impact_type":"genre_weight","feature_affected":"genre:Horror",)"
             R"("adjustment_magnitude":-0.15,"weight_before":1,"weight_after":0.85}],"adjustment_pending":false,)"
             R"("filtered":true,"patterns":[{"user_id":"ann","pattern_type":"genre","pattern_value":"Horror",)"
             R"("frequency":3,"severity":"low"},{"user_id":null,"pattern_type":"genre","pattern_value":"Horror",)"
             R"("frequency":30,"severity":"high"}],"retraining_triggered":true,"explanation":"Less \"Horror\".",)"
             R"("suggested_reasons":{"poor_quality":0.75},"candidates":[{"movie_id":12,"movie_title":"Saw",)"
             R"("score":0.5,"adjusted_score_before":0.5,"adjusted_score_after":null},{"movie_id":null,)"
             R"("movie_title":"Heat","score":0.25,"adjusted_score_before":0.25,"adjusted_score_after":0.125}],)"
             R"("model_version_id":5})");
  const std::string plain = to_json(preview_answer{});
  BOOST_TEST(plain.find(R"("weight":null)") != std::string::npos, plain);
  BOOST_TEST(plain.find(R"("explanation":null,"suggested_reasons":{},"candidates":[])") != std::string::npos, plain);
}

BOOST_AUTO_TEST_CASE(a_receipt_names_its_strategy_and_whether_it_waits) {
  receipt made;
  made.dislike_id = 17;
  made.user_id = "ann";
  made.strategy = "wrong_genre";
  made.strategy_version = "1.2.3";
  made.adjustment_pending = true;
  const std::string json = to_json(made);
  BOOST_TEST(json.find(R"("strategy":"wrong_genre","strategy_version":"1.2.3")") != std::string::npos, json);
  BOOST_TEST(json.find(R"("adjustment_pending":true)") != std::string::npos, json);
  const auto read = read_receipt(json);
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST((*read == made));
}

BOOST_AUTO_TEST_CASE(a_receipt_that_was_kept_before_it_named_its_strategy_still_reads) {
  const auto read =
      read_receipt(R"({"dislike_id":17,"user_id":"ann","example_id":17,"weight":0.8,"adjustments":[],"filtered":true,)"
                   R"("patterns":[],"retraining_triggered":false,"model_version_id":0})");
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST(read->strategy.empty());
  BOOST_TEST(read->strategy_version.empty());
  BOOST_TEST(!read->adjustment_pending);
  BOOST_TEST(read->filtered);
}

BOOST_AUTO_TEST_CASE(a_preview_is_a_dislike_with_candidates) {
  const auto read = read_preview(
      R"({"movie_id":12,"movie_title":"Saw","reason":"wrong_genre","genres":["Horror"],)"
      R"("candidates":[{"movie_id":13,"score":0.5},{"movie_title":"Heat","score":0.25,"genres":["Crime"]}]})",
      sent_by("ann"));
  BOOST_TEST_REQUIRE(read.has_value(), (read ? std::string() : read.problem().detail));
  BOOST_TEST(
      (read->dislike == read_one(R"({"movie_id":12,"movie_title":"Saw","reason":"wrong_genre","genres":["Horror"]})")));
  BOOST_TEST_REQUIRE(read->candidates.size() == 2U);
  BOOST_TEST(read->candidates[0].movie_id.value() == 13);
  BOOST_TEST(read->candidates[1].movie_title == "Heat");
  BOOST_TEST(read_preview(R"({"movie_id":12})", sent_by("ann"))->candidates.empty());
}

BOOST_AUTO_TEST_CASE(a_preview_that_is_refused_names_the_field) {
  struct wrong {
    const char* body;
    const char* field;
  };
  for (const wrong& one :
       std::vector<wrong>{{R"({})", "movie_title"},
                          {R"({"movie_id":1,"reason":"Too Bad"})", "reason"},
                          {R"({"movie_id":1,"predicted_score":2})", "predicted_score"},
                          {R"({"movie_id":1,"genres":["Drama",7]})", "genres[1]"},
                          {R"({"movie_id":1,"candidates":{}})", "candidates"},
                          {R"({"movie_id":1,"candidates":[{"movie_id":2,"score":0.5},{"movie_id":2,"score":"high"}]})",
                           "candidates[1].score"},
                          {R"({"movie_id":1,"candidates":[{"movie_id":2}]})", "candidates[0].score"},
                          {R"({"movie_id":1,"candidate":[]})", "candidate"}}) {
    const error met = preview_refusal(one.body);
    BOOST_TEST(met.field == one.field, one.body << " -> " << met.field << ": " << met.detail);
    BOOST_TEST((met.code == error_code::bad_value), met.detail);
    BOOST_TEST(met.detail.find(one.field) != std::string::npos, met.detail);
  }
  BOOST_TEST(problem_of(read_preview(R"({"movie_id":1})", sent_by(""))).field == "X-User-ID");
}

BOOST_AUTO_TEST_SUITE_END()
