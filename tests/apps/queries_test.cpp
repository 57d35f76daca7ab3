#include "apps/command.hpp"
#include "apps/fake_server.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace demur {
namespace {

namespace json = boost::json;

/// A server that has one thing to say.
struct one_answer {
  explicit one_answer(const std::string& body, int status = 200)
      : server({[=](const fake_request&) {
          return fake_answer{status, body};
        }}) {}

  command_run run(std::vector<std::string> line) const {
    line.insert(line.end(), {"--server", server.url()});
    return run_command(line);
  }
  fake_request request() const { return server.requests().at(0); }

  fake_server server;
};

BOOST_AUTO_TEST_SUITE(queries)

BOOST_AUTO_TEST_CASE(post_sends_what_was_said_and_shows_the_receipt) {
  fake_demur demur;
  const fake_server server(demur.behaviour());
  const std::vector<std::string> line{
      "post",   "--user", "ann",         "--title",    "Saw",      "--genre",     "Horror",  "--genre",  "Thriller",
      "--cast", "Ann B",  "--franchise", "Saw",        "--reason", "wrong_genre", "--score", "0.75",     "--text",
      "no",     "--set",  "456",         "--movie-id", "12",       "--key",       "k1",      "--server", server.url()};
  const command_run run = run_command(line);
  BOOST_TEST(run.code == 0, run.err);
  BOOST_TEST(run.says("dislike           1000\n"));
  BOOST_TEST(run.says("training example  yes, weight 0.8"));
  BOOST_TEST(run.says("genre_weight  genre:Horror  -0.15       1  -> 0.85"));
  const fake_request sent = server.requests().at(0);
  BOOST_TEST(sent.user_id == "ann");
  BOOST_TEST(sent.key == "k1");
  BOOST_TEST(
      json::parse(sent.body) ==
      json::parse(R"({"movie_id":12,"movie_title":"Saw","recommendation_set_id":456,"predicted_score":7.5E-1,)"
                  R"("reason":"wrong_genre","feedback_text":"no","genres":["Horror","Thriller"],"cast":["Ann B"],)"
                  R"("franchise":"Saw"})"));
  BOOST_TEST(run_command(line).says("was there already"));
}

BOOST_AUTO_TEST_CASE(recommend_asks_with_its_filters_and_shows_what_chance_put_there) {
  const one_answer server(
      R"({"user_id":"ann","recommendation_set_id":7,"model_version_id":5,"recommendations":[)"
      R"({"movie_id":12,"movie_title":"Heat","genres":["Crime"],"score":0.83,"propensity":0.98,"explored":false},)"
      R"({"movie_id":13,"movie_title":null,"genres":[],"score":0.1,"propensity":0.002,"explored":true}]})");
  const command_run run =
      server.run({"recommend", "--user", "ann", "--n", "2", "--genre", "Crime", "--genre", "Film Noir",
                  "--without-genre", "Horror", "--exploration", "0.1", "--model", "5"});
  BOOST_TEST(run.code == 0, run.err);
  BOOST_TEST(
      server.request().target ==
      "/api/recommendations?n=2&genres=Crime,Film%20Noir&without_genres=Horror&exploration=0.1&model_version_id=5");
  BOOST_TEST(server.request().user_id == "ann");
  BOOST_TEST(run.says("for ann by model 5, set 7"));
  BOOST_TEST(run.says("Heat"));
  BOOST_TEST(run.says("0.002 by chance"));
}

BOOST_AUTO_TEST_CASE(recommend_asks_for_the_arm_of_an_experiment_and_names_it) {
  const one_answer server(
      R"({"user_id":"ann","recommendation_set_id":7,"model_version_id":5,"arm":"control","recommendations":[]})");
  const command_run run = server.run({"recommend", "--user", "ann", "--experiment", "9", "--without-feedback"});
  BOOST_TEST(run.code == 0, run.err);
  BOOST_TEST(server.request().target == "/api/recommendations?n=10&experiment_id=9&feedback=false");
  BOOST_TEST(run.says("for ann by model 5, set 7, arm control"));
  BOOST_TEST(server.run({"recommend", "--user", "ann", "--experiment", "9", "--model", "5"}).code == 2);
}

BOOST_AUTO_TEST_CASE(explain_shows_the_sum_and_what_lifting_would_do) {
  const one_answer server(
      R"({"user_id":"ann","movie_id":12,"movie_title":"Heat","model_version_id":5,)"
      R"("hidden":{"reason":"wrong_genre","dislike_id":3,"until":null},)"
      R"("model":{"score":0.41,"parts":[{"name":"factors","value":0.43}],"dislikes":[{"dislike_id":9,"reason":"not_interested",)"
      R"("movie_id":1,"movie_title":"Saw","created_at":"2026-11-27T03:12:00.000Z","learned":false,"effect":-0.2,"score_without":0.61}]},)"
      R"("multiplier":0.85,"features":[{"feature":"genre:Crime","weight":0.85,"shared":1,"adjustments":[{"dislike_id":3,)"
      R"("reason":"wrong_genre","strategy":"wrong_genre","strategy_version":"0.1.0","adjustment_magnitude":-0.15,"factor":0.85,)"
      R"("applied_at":"2026-11-27T03:12:00.000Z","faded_at":null,"multiplier_without":1}]}],"complete":false})");
  const command_run run = server.run({"explain", "--user", "ann", "--movie-id", "12"});
  BOOST_TEST(run.code == 0, run.err);
  BOOST_TEST(server.request().target == "/api/explain?movie_id=12");
  for (const char* part :
       {"Heat (12) for ann by model 5", "hidden by dislike 3 (wrong_genre), until ever", "score 0.41", "factors",
        "-0.2", "0.61", "multiplier 0.85", "wrong_genre 0.1.0", "newest 100"})
    BOOST_TEST(run.says(part), part);
}

BOOST_AUTO_TEST_CASE(post_with_json_prints_the_answer_as_it_came) {
  const one_answer server(R"({"dislike_id":5,"weight":0.85})", 201);
  const command_run run = server.run({"post", "--user", "ann", "--title", "Saw", "--json"});
  BOOST_TEST(run.out == "{\"dislike_id\":5,\"weight\":0.85}\n");
}

BOOST_AUTO_TEST_CASE(post_needs_an_item) {
  const command_run run = run_command({"post", "--user", "ann"});
  BOOST_TEST(run.code == 2);
  BOOST_TEST(run.complains("--title TITLE, or --movie-id N"));
}

BOOST_AUTO_TEST_CASE(a_refused_post_shows_the_problem) {
  const one_answer server(
      R"({"status":422,"detail":"No.","field":"predicted_score","found":"7","allowed":"0.0 to 1.0"})", 422);
  const command_run run = server.run({"post", "--user", "ann", "--title", "Saw", "--score", "7"});
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.complains("field    predicted_score"));
  BOOST_TEST(run.complains("allowed  0.0 to 1.0"));
}

BOOST_AUTO_TEST_CASE(history_goes_on_page_by_page) {
  fake_demur demur;
  const fake_server server(demur.behaviour());
  for (int i = 0; i < 3; ++i)
    run_command({"load", "--count", "400", "--users", "1", "--seed", std::to_string(i), "--server", server.url()});
  const auto pages = [&](std::vector<std::string> options) {
    std::vector<std::string> line{"history", "--user", "load-0", "--json", "--server", server.url()};
    line.insert(line.end(), options.begin(), options.end());
    return json::parse(run_command(line).out).at("dislikes").as_array().size();
  };
  BOOST_TEST(pages({"--all"}) == 1'200u);
  BOOST_TEST(server.requests().back().target == "/api/dislike-history?limit=500&cursor=1000");
  const command_run run = run_command({"history", "--user", "load-0", "--limit", "2", "--server", server.url()});
  BOOST_TEST(run.says("load-0: 1,200 dislikes"));
  BOOST_TEST(run.says("2026-11-22 23:34:32"));
}

BOOST_AUTO_TEST_CASE(patterns_are_those_of_a_user_or_of_all) {
  const one_answer server(
      R"({"user_id":"ann","reason_distribution":{"wrong_genre":5},"recent_trend":{"total_dislikes":4,)"
      R"("avg_predicted_score":0.72},"total_dislikes":5,"patterns":[{"pattern_type":"genre","pattern_value":"Horror",)"
      R"("frequency":5,"severity":"high","identified_at":"2026-11-22T23:34:32.000Z"}]})");
  const command_run run = server.run({"patterns", "--user", "ann"});
  BOOST_TEST(run.code == 0);
  BOOST_TEST(run.says("genre    Horror      5  high      2026-11-22 23:34:32"));
  BOOST_TEST(run.says("0.72"));
  BOOST_TEST(server.request().user_id == "ann");
  const command_run all = server.run({"patterns", "--all"});
  BOOST_TEST(all.says("everybody"));
  BOOST_TEST(server.server.requests().at(1).target == "/api/dislike-patterns?scope=all");
  BOOST_TEST(server.run({"patterns"}).code == 2);
  BOOST_TEST(server.run({"patterns", "--all", "--user", "ann"}).code == 2);
}

BOOST_AUTO_TEST_CASE(metrics_show_unknown_figures_as_a_dash) {
  const one_answer server(
      R"({"total_negative_examples":45,"avg_prediction_error":0.68,"max_error":null,"min_error":null,)"
      R"("average_dislike_predicted_score":null,"total_dislikes":12345,"untrained_negative_examples":7,)"
      R"("dislikes_by_reason":{"wrong_genre":3,"poor_quality":1},"error_trend":[],)"
      R"("dislike_rate_by_genre":{"Drama":{"impressions":100,"dislikes":2,"rate":0.02},)"
      R"("Horror":{"impressions":50,"dislikes":25,"rate":0.5}},"adjustment_magnitude_trend":[],)"
      R"("retraining":{"count":2,"last_at":null,"mean_interval_s":null},"model_version_id":9})");
  const command_run run = server.run({"metrics"});
  BOOST_TEST(run.code == 0);
  BOOST_TEST(run.says("dislikes                12,345"));
  BOOST_TEST(run.says("  from .. to            - .. -"));
  BOOST_TEST(run.says("wrong_genre          3   75 %"));
  BOOST_TEST(run.says("Horror     50        25       50"));
  BOOST_TEST(run.out.find("Horror") < run.out.find("Drama"));
}

BOOST_AUTO_TEST_CASE(models_say_why_they_were_made) {
  const one_answer server(
      R"({"models":[{"model_version_id":2,"parent_id":1,"created_at":"2026-11-22T23:34:32.000Z","state":"live",)"
      R"("trainer":"shared_weights","cause":{"rule":"feature","feature":"genre:Horror","feature_dislikes":8,)"
      R"("distinct_users":5},"claimed_examples":20,"metrics":{}}]})");
  BOOST_TEST(server.run({"models"}).says("genre:Horror, 8 from 5 users"));
  BOOST_TEST(one_answer(R"({"models":[]})").run({"models"}).says("no model version yet"));
}

BOOST_AUTO_TEST_CASE(models_say_why_they_ended_and_that_dislikes_have_risen) {
  const command_run run =
      one_answer(
          R"({"models":[{"model_version_id":2,"parent_id":1,"created_at":"2026-11-22T23:34:32.000Z","state":"rejected",)"
          R"("trainer":"shared_weights","cause":{"rule":"drift","dislike_rate_before":0.05,"dislike_rate_now":0.125,)"
          R"("impressions_since":249},"claimed_examples":20,"metrics":{},"reason":"It is worse."}]})")
          .run({"models"});
  BOOST_TEST(run.says("drift 0.05 -> 0.125"));
  BOOST_TEST(run.says("rejected"));
  BOOST_TEST(run.says("It is worse."));
}

BOOST_AUTO_TEST_CASE(a_version_is_shown_with_what_it_claimed) {
  const std::string body =
      R"({"model_version_id":2,"parent_id":1,"created_at":"2026-11-22T23:34:32.000Z","state":"rolled_back",)"
      R"("trainer":"shared_weights","cause":{"rule":"count"},"claimed_examples":1200,"claim_after":7,"claim_through":44,)"
      R"("data_hash":null,"metrics":{"users":20,"ndcg":0.125},"reason":"Worse.","claimed_dislikes":[44,43],)"
      R"("next_cursor":42})";
  const one_answer server(body);
  const command_run run = server.run({"models", "show", "2", "--limit", "2"});
  BOOST_TEST(run.code == 0, run.err);
  BOOST_TEST(server.request().target == "/api/models/2?limit=2");
  BOOST_TEST(run.says("rolled_back"));
  BOOST_TEST(run.says("Worse."));
  BOOST_TEST(run.says("1,200"));
  BOOST_TEST(run.says("after 7 through 44"));
  BOOST_TEST(run.says("ndcg    0.125"));
  BOOST_TEST(run.says("claimed dislikes, newest first (there are more)\n44\n43\n"));
  BOOST_TEST(server.run({"models", "show", "2", "--cursor", "42", "--json"}).out == body + "\n");
  BOOST_TEST(server.server.requests().at(1).target == "/api/models/2?limit=50&cursor=42");
  BOOST_TEST(server.run({"models", "show"}).code == 2);
  BOOST_TEST(server.run({"models", "show", "newest"}).code == 2);
}

BOOST_AUTO_TEST_CASE(a_promoted_version_serves) {
  const one_answer server(R"({"model_version_id":374974990254080,"state":"live"})");
  const command_run run = server.run({"models", "promote", "374974990254080"});
  BOOST_TEST(run.out == "version 374974990254080 serves now\n");
  BOOST_TEST(server.request().method == "POST");
  BOOST_TEST(server.request().target == "/api/models/374974990254080/promote");
  BOOST_TEST(server.request().body == "");
  const command_run refused = one_answer(R"({"detail":"A retrain is running."})", 409).run({"models", "promote", "5"});
  BOOST_TEST(refused.code == 1);
  BOOST_TEST(refused.complains("(409): A retrain is running."));
}

BOOST_AUTO_TEST_CASE(a_rollback_says_why_and_what_serves_then) {
  const one_answer server(R"({"model_version_id":0})");
  const command_run run = server.run({"models", "rollback", "5", "--reason", "It \"hides\" Horror."});
  BOOST_TEST(run.out == "no version serves now: shared weights are all 1\n");
  BOOST_TEST(server.request().target == "/api/models/5/rollback");
  BOOST_TEST(json::parse(server.request().body).at("reason") == "It \"hides\" Horror.");
  BOOST_TEST(server.run({"models", "rollback", "5"}).code == 0);
  BOOST_TEST(server.server.requests().at(1).body == "");
  const command_run unknown = server.run({"models", "forget", "5"});
  BOOST_TEST(unknown.code == 2);
  BOOST_TEST(unknown.complains("models forget"));
}

BOOST_AUTO_TEST_CASE(a_retrain_that_is_refused_is_exit_code_1) {
  BOOST_TEST(one_answer(R"({"retrain_id":7,"claimed_examples":20})", 202)
                 .run({"retrain", "--no-wait"})
                 .says("version 7 with 20 examples"));
  const command_run refused = one_answer(R"({"detail":"One is running."})", 409).run({"retrain"});
  BOOST_TEST(refused.code == 1);
  BOOST_TEST(refused.complains("(409): One is running."));
}

BOOST_AUTO_TEST_CASE(rerank_takes_an_array_and_shows_what_moved_and_what_is_hidden) {
  const scratch_folder folder;
  const std::string file = folder.write("c.json", R"([{"movie_title":"Saw","score":0.9,"genres":["Horror"]}])");
  const one_answer server(
      R"({"user_id":"ann","model_version_id":0,"candidates":[{"movie_id":null,"movie_title":"Saw","score":0.9,)"
      R"("adjusted_score":0.765,"multiplier":0.85,"multipliers":{"genre":0.85,"cast":1.0}}],)"
      R"("filtered":[{"movie_id":12,"movie_title":null,"reason":"already_watched","dislike_id":4,"until":null}]})");
  const command_run run = server.run({"rerank", "--user", "ann", file});
  BOOST_TEST(run.code == 0);
  BOOST_TEST(run.says("1  Saw      0.9     0.765   0.85  genre 0.85"));
  BOOST_TEST(run.says("movie 12  already_watched"));
  BOOST_TEST(json::parse(server.request().body).at("candidates").at(0).at("movie_title") == "Saw");

  BOOST_TEST(server.run({"rerank", "--user", "ann", folder.write("d.json", "[oops")}).code == 2);
  BOOST_TEST(server.run({"rerank", "--user", "ann", folder.path("none.json")}).code == 2);
}

BOOST_AUTO_TEST_CASE(a_preview_is_asked_for_and_says_that_nothing_is_stored) {
  const one_answer server(
      R"({"user_id":"ann","reason":"cooldown","strategy":"cooldown","strategy_version":"1.0.0","weight":0.8,)"
      R"("adjustments":[{"impact_type":"genre_weight","feature_affected":"genre:Horror","adjustment_magnitude":-0.8,)"
      R"("weight_before":1,"weight_after":0.2}],"adjustment_pending":true,"filtered":true,"patterns":[],)"
      R"("retraining_triggered":false,"explanation":"Hides this.","suggested_reasons":{"already_watched":0.7},)"
      R"("candidates":[],"model_version_id":0})");
  const std::vector<std::string> line{"post", "--user", "ann", "--title", "Saw", "--preview"};
  const command_run run = server.run(line);
  BOOST_TEST(run.code == 0, run.err);
  BOOST_TEST(server.request().target == "/api/dislike/preview");
  BOOST_TEST(run.says("nothing is stored"));
  BOOST_TEST(run.says("cooldown 1.0.0  (cannot be asked now"));
  BOOST_TEST(run.says("Hides this."));
  BOOST_TEST(run.says("already_watched by 0.7"));
  BOOST_TEST(run.says("-> 0.2"));
  const command_run with_key = server.run({"post", "--user", "ann", "--title", "Saw", "--preview", "--key", "k"});
  BOOST_TEST(with_key.code == 2);
  BOOST_TEST(with_key.complains("--key does not go with --preview"));
}

BOOST_AUTO_TEST_CASE(plugins_are_listed_with_those_that_were_refused) {
  const std::string body =
      R"({"plugins":[{"name":null,"version":null,"file":"plugins/broken.so","hash":null,"abi":null,"reasons":[],)"
      R"("role":"refused","isolation":null,"state":"refused","calls":0,"failures":0,"pending":0,"late_batches":0,)"
      R"("p50_us":null,"p99_us":null,"problem":"plugins/broken.so ends 64 bytes too early."},)"
      R"({"name":"cooldown","version":"1.0.0","file":"plugins/cooldown.so","hash":"30c","abi":"1.1",)"
      R"("reasons":["cooldown"],"role":"live","isolation":"process","state":"quarantined","calls":12345,"failures":6,)"
      R"("pending":2,"late_batches":0,"p50_us":1.5,"p99_us":20.25,"problem":null}]})";
  const one_answer server(body);
  const command_run run = server.run({"plugin", "list"});
  BOOST_TEST(run.code == 0, run.err);
  BOOST_TEST(server.request().target == "/api/plugins");
  BOOST_TEST(
      run.says("cooldown   1.0.0    cooldown  live     process    quarantined  12,345         6        2     1.5"));
  BOOST_TEST(run.says("broken.so  -"));
  BOOST_TEST(run.says("plugins/broken.so ends 64 bytes too early."));
  BOOST_TEST(server.run({"plugin", "list", "--json"}).out == body + "\n");
}

BOOST_AUTO_TEST_CASE(a_reload_with_a_refusal_is_exit_code_1) {
  const command_run good =
      one_answer(R"({"loaded":["too_long"],"replaced":[],"forgotten":[],"unchanged":["a","b"],"refused":{}})")
          .run({"plugin", "reload"});
  BOOST_TEST(good.code == 0, good.err);
  BOOST_TEST(good.says("loaded     too_long"));
  BOOST_TEST(good.says("replaced   -"));
  BOOST_TEST(good.says("unchanged  a, b"));
  const one_answer server(
      R"({"loaded":[],"replaced":[],"forgotten":[],"unchanged":[],"refused":{"x.so":"x.so exports nothing."}})");
  const command_run bad = server.run({"plugin", "reload"});
  BOOST_TEST(bad.code == 1);
  BOOST_TEST(bad.says("x.so     x.so exports nothing."));
  BOOST_TEST(server.request().method == "POST");
  BOOST_TEST(server.request().target == "/api/plugins/reload");
}

BOOST_AUTO_TEST_CASE(a_shadow_is_shown_beside_its_live_plugin) {
  const one_answer server(
      R"({"reason":"wrong_genre","live":"wrong_genre","live_version":"1.0.0","shadow":"wrong_genre_2",)"
      R"("shadow_version":"2.0.0","since":"2026-11-22T23:34:32.000Z","compared":1200,"same":1000,"live_failures":1,)"
      R"("shadow_failures":2,"differences":[{"up_to":0,"features":1000},{"up_to":0.01,"features":0},)"
      R"({"up_to":0.05,"features":200}],"mean_difference":-0.008,"worst":[{"dislike_id":7,"user_id":"ann",)"
      R"("feature_affected":"genre:Horror","live_magnitude":-0.15,"shadow_magnitude":-0.2}]})");
  const command_run run = server.run({"plugin", "shadow", "wrong_genre_2"});
  BOOST_TEST(run.code == 0, run.err);
  BOOST_TEST(server.request().target == "/api/plugins/wrong_genre_2/shadow");
  BOOST_TEST(run.says("wrong_genre_2 2.0.0"));
  BOOST_TEST(run.says("1,200"));
  BOOST_TEST(run.says("-0.008"));
  BOOST_TEST(run.says("0.05       200"));
  BOOST_TEST(!run.says("0.01"));
  BOOST_TEST(run.says("7        ann   genre:Horror  -0.15    -0.2"));
}

BOOST_AUTO_TEST_CASE(a_promotion_says_who_answers_now) {
  const one_answer server(R"({"reason":"wrong_genre","live":"wrong_genre_2","shadow":"wrong_genre"})");
  const command_run run = server.run({"plugin", "promote", "wrong_genre"});
  BOOST_TEST(run.out == "wrong_genre_2 answers to wrong_genre now; wrong_genre is its shadow\n");
  BOOST_TEST(server.request().method == "POST");
  BOOST_TEST(server.request().target == "/api/plugins/wrong_genre/promote");
  const command_run refused =
      one_answer(R"({"detail":"It has no shadow."})", 409).run({"plugin", "promote", "wrong_genre"});
  BOOST_TEST(refused.code == 1);
  BOOST_TEST(refused.complains("(409): It has no shadow."));
  const command_run odd = server.run({"plugin", "promote", "../retrain"});
  BOOST_TEST(odd.code == 2);
  BOOST_TEST(odd.complains("no plugin is called \"../retrain\""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
