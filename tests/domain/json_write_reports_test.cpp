#include "domain/reading.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace demur;
using namespace demur::test;

BOOST_AUTO_TEST_SUITE(writing_reports)

BOOST_AUTO_TEST_CASE(a_pattern_summary_has_the_fields_of_the_seed) {
  pattern_summary made;
  made.user_id = "ann";
  made.reason_distribution = {{"poor_quality", 3}, {"wrong_genre", 5}};
  made.recent_trend = {8, 0.72};
  made.total_dislikes = 15;
  made.patterns.push_back({43, "ann", "genre", "Horror", 3, severity::low, noon});
  BOOST_TEST(to_json(made) ==
             R"({"user_id":"ann","reason_distribution":{"poor_quality":3,"wrong_genre":5},)"
             R"("recent_trend":{"total_dislikes":8,"avg_predicted_score":0.72},"total_dislikes":15,"patterns":[)" +
                 to_json(made.patterns.front()) + "]}");
  BOOST_TEST(to_json(pattern_summary{}) ==
             R"({"user_id":null,"reason_distribution":{},"recent_trend":{"total_dislikes":0,)"
             R"("avg_predicted_score":null},"total_dislikes":0,"patterns":[]})");
}

BOOST_AUTO_TEST_CASE(feedback_metrics_begin_with_the_five_of_the_seed) {
  feedback_metrics made;
  made.total_negative_examples = 45;
  made.avg_prediction_error = 0.68;
  made.max_error = 0.95;
  made.min_error = 0.05;
  made.average_dislike_predicted_score = 0.72;
  made.total_dislikes = 50;
  made.untrained_negative_examples = 4;
  made.dislikes_by_reason = {{"wrong_genre", 50}};
  made.error_trend.push_back({noon, noon, 2, std::nullopt});
  made.dislike_rate_by_genre = {{"Film \"Noir\"", {10, 2, 0.2}}};
  made.dislike_rate_by_model_version = {{0, {4, 1, 0.25}}, {3, {10, 2, 0.2}}};
  made.adjustment_magnitude_trend.push_back({noon, noon, 1, 0.15});
  made.prediction_error_by_week = {0.5, 0.75};
  made.dislike_rate_by_week.this_week = 0.25;
  made.leak = {8, 2, 80, 1, 3};
  made.time_to_visible = {50, 2.5, 9.25};
  made.time_to_effect.count = 0;
  made.retrain_count = 2;
  made.rejected_retrains = 1;
  made.failed_retrains = 1;
  made.last_retrain_at = noon;
  made.mean_retrain_interval_s = 60.5;
  made.strategies = {{"wrong_genre", {50, 1}}};
  made.model_version_id = 3;
  const std::string window = R"("from":"2026-03-01T12:00:00.000Z","to":"2026-03-01T12:00:00.000Z","count":)";
  BOOST_TEST(
      to_json(made) ==
      R"({"total_negative_examples":45,"avg_prediction_error":0.68,"max_error":0.95,"min_error":0.05,)"
      R"("average_dislike_predicted_score":0.72,"total_dislikes":50,"untrained_negative_examples":4,)"
      R"("dislikes_by_reason":{"wrong_genre":50},"error_trend":[{)" +
          window + R"(2,"avg_prediction_error":null}],"dislike_rate_by_genre":{"Film \"Noir\"":)" +
          R"({"impressions":10,"dislikes":2,"rate":0.2}},"dislike_rate_by_model_version":{)" +
          R"("0":{"impressions":4,"dislikes":1,"rate":0.25},"3":{"impressions":10,"dislikes":2,"rate":0.2}},)" +
          R"("adjustment_magnitude_trend":[{)" + window + R"(1,"mean_adjustment_magnitude":0.15}],)" +
          R"("week_on_week":{"avg_prediction_error":{"this_week":0.5,"week_before":0.75},)" +
          R"("dislike_rate":{"this_week":0.25,"week_before":null},)" +
          R"("mean_adjustment_magnitude":{"this_week":null,"week_before":null}},)" +
          R"("leak":{"sets":8,"leaking_sets":2,"rate":0.25,"movies":80,"disliked_movies":1,"blamed_movies":3},)" +
          R"("time_to_visible":{"count":50,"p50_ms":2.5,"p99_ms":9.25},)" +
          R"("time_to_effect":{"count":0,"p50_ms":null,"p99_ms":null},)" +
          R"("retraining":{"count":2,"rejected":1,"failed":1,"yield":0.5,"last_at":)" +
          R"("2026-03-01T12:00:00.000Z","mean_interval_s":60.5},"strategies":{"wrong_genre":{"calls":50,"failures":1}},)" +
          R"("model_version_id":3})");
}

BOOST_AUTO_TEST_CASE(figures_that_nobody_knows_are_null) {
  const std::string json = to_json(feedback_metrics{});
  for (const char* unknown : {R"("avg_prediction_error":null)", R"("max_error":null)", R"("min_error":null)",
                              R"("average_dislike_predicted_score":null)", R"("last_at":null)",
                              R"("mean_interval_s":null)", R"("yield":null)", R"("rate":null)"})
    BOOST_TEST(json.find(unknown) != std::string::npos, unknown);
}

BOOST_AUTO_TEST_CASE(a_model_version_names_its_cause_with_the_figures_of_that_rule) {
  model_version made;
  made.model_version_id = 3;
  made.parent_id = 2;
  made.created_at = noon;
  made.state = model_state::live;
  made.trainer = "shared_weights";
  made.cause = {"feature", 25, 0.5, "genre:Horror", 9, 5};
  made.claimed_examples = 25;
  made.claim_after = 7;
  made.claim_through = 44;
  made.data_hash = "fnv1a-64:0123";
  made.metrics = {{"moved_features", 4.0}};
  const std::string json =
      R"({"model_version_id":3,"parent_id":2,"created_at":"2026-03-01T12:00:00.000Z","state":"live",)"
      R"("trainer":"shared_weights","cause":{"rule":"feature","unused_examples":25,"mean_error":0.5,)"
      R"("feature":"genre:Horror","feature_dislikes":9,"distinct_users":5,"dislike_rate_before":null,)"
      R"("dislike_rate_now":null,"impressions_since":null},"claimed_examples":25,"claim_after":7,"claim_through":44,)"
      R"("data_hash":"fnv1a-64:0123","metrics":{"moved_features":4},"reason":null})";
  BOOST_TEST(to_json(made) == json);
  BOOST_TEST(to_json(std::vector<model_version>{made, made}) == R"({"models":[)" + json + "," + json + "]}");
  made.cause = {"count", 20, std::nullopt, "", 0, 0};
  BOOST_TEST(to_json(made).find(R"("cause":{"rule":"count","unused_examples":20,"mean_error":null,"feature":null,)"
                                R"("feature_dislikes":null,"distinct_users":null,"dislike_rate_before":null,)"
                                R"("dislike_rate_now":null,"impressions_since":null})") != std::string::npos);
  made.cause = {"drift", 6, std::nullopt, "", 0, 0, 0.05, 0.125, 249};
  made.state = model_state::rejected;
  made.data_hash.clear();
  made.reason = "It is worse.";
  const std::string rejected = to_json(made);
  for (const char* member : {R"("dislike_rate_before":0.05,"dislike_rate_now":0.125,"impressions_since":249})",
                             R"("state":"rejected")", R"("data_hash":null)", R"("reason":"It is worse.")"})
    BOOST_TEST(rejected.find(member) != std::string::npos, member);
}

BOOST_AUTO_TEST_CASE(of_the_empty_model_there_is_its_id_alone) {
  BOOST_TEST(to_json(model_version{}) == R"({"model_version_id":0})");
  BOOST_TEST(model_json("rolled_back", {}, "Worse.") ==
             R"({"change":"rolled_back","detail":"Worse.","model_version_id":0})");
}

BOOST_AUTO_TEST_CASE(a_version_is_shown_with_a_page_of_its_claim) {
  model_version_page made;
  made.version.model_version_id = 3;
  made.version.created_at = noon;
  made.claimed_dislikes = {9, 8};
  made.next_cursor = 7;
  const std::string version = to_json(made.version);
  const std::string members = version.substr(0, version.size() - 1);
  BOOST_TEST(to_json(made) == members + R"(,"claimed_dislikes":[9,8],"next_cursor":7})");
  BOOST_TEST(to_json(model_version_page{made.version, {}, std::nullopt}) ==
             members + R"(,"claimed_dislikes":[],"next_cursor":null})");
  BOOST_TEST(model_json("promoted", made.version, "") == R"({"change":"promoted","detail":null,)" + version.substr(1));
}

BOOST_AUTO_TEST_CASE(a_rerank_answer_shows_multipliers_by_family_and_what_was_filtered) {
  rerank_answer made;
  made.user_id = "ann";
  made.model_version_id = 3;
  made.candidates.push_back({12, "Heat", 0.8, 0.68, 0.85 - 1e-15, {0.85, 1.0, std::nullopt}});
  made.candidates.push_back({std::nullopt, "Saw", 0.5, 0.5, 1.0, {}});
  made.filtered.push_back({13, "", "already_watched", 41, std::nullopt});
  made.filtered.push_back({14, "A", "wrong_genre", 42, noon});
  BOOST_TEST(
      to_json(made) ==
      R"({"user_id":"ann","model_version_id":3,"arm":null,"candidates":[{"movie_id":12,"movie_title":"Heat","score":0.8,)"
      R"("adjusted_score":0.68,"multiplier":0.85,"multipliers":{"genre":0.85,"cast":1}},{"movie_id":null,)"
      R"("movie_title":"Saw","score":0.5,"adjusted_score":0.5,"multiplier":1,"multipliers":{}}],"filtered":[)"
      R"({"movie_id":13,"movie_title":null,"reason":"already_watched","dislike_id":41,"until":null},)"
      R"({"movie_id":14,"movie_title":"A","reason":"wrong_genre","dislike_id":42,)"
      R"("until":"2026-03-01T12:00:00.000Z"}]})");
}

BOOST_AUTO_TEST_CASE(a_retrain_ticket_is_short) {
  BOOST_TEST(to_json(retrain_ticket{4, 20}) == R"({"retrain_id":4,"claimed_examples":20})");
}

BOOST_AUTO_TEST_CASE(a_retrain_event_may_tell_how_far_it_is) {
  const std::string json =
      retrain_json("progress", {}, "", training_progress{training_phase::training, 3, 10, 0.5, {}});
  BOOST_TEST(json.ends_with(R"("progress":{"phase":"training","epoch":3,"epochs":10,"loss":0.5,"eta_s":null}})"));
}

BOOST_AUTO_TEST_CASE(the_status_of_a_retrain_is_null_where_nothing_is_known) {
  BOOST_TEST(to_json(retrain_status{}) == R"({"state":"idle","retrain_id":null,"trainer":null,"started_at":null,)"
                                          R"("phase":null,"epoch":0,"epochs":0,"loss":null,"eta_s":null,)"
                                          R"("outcome":null,"detail":null})");
  retrain_status known;
  known.state = "running";
  known.retrain_id = 12;
  known.trainer = "command";
  known.started_at = timestamp{};
  known.phase = "training";
  known.epoch = 3;
  known.epochs = 10;
  known.loss = 0.5;
  known.eta_s = 7.5;
  BOOST_TEST(to_json(known) == R"({"state":"running","retrain_id":12,"trainer":"command",)"
                               R"("started_at":"1970-01-01T00:00:00.000Z","phase":"training","epoch":3,"epochs":10,)"
                               R"("loss":0.5,"eta_s":7.5,"outcome":null,"detail":null})");
}

BOOST_AUTO_TEST_CASE(a_retrain_event_holds_its_cause_and_the_version_once_there_is_one) {
  model_version made;
  made.cause.rule = "count";
  made.cause.unused_examples = 20;
  const std::string cause =
      R"({"rule":"count","unused_examples":20,"mean_error":null,"feature":null,"feature_dislikes":null,"distinct_users":null,)"
      R"("dislike_rate_before":null,"dislike_rate_now":null,"impressions_since":null})";
  BOOST_TEST(retrain_json("due", made, "") ==
             R"({"phase":"due","detail":null,"cause":)" + cause + R"(,"version":null})");
  made.model_version_id = 4;
  BOOST_TEST(retrain_json("failed", made, "The \"disk\" is full.") ==
             R"({"phase":"failed","detail":"The \"disk\" is full.","cause":)" + cause + R"(,"version":)" +
                 to_json(made) + "}");
}

BOOST_AUTO_TEST_SUITE_END()
