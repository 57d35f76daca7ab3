#include "domain/json_write.hpp"
#include "pipeline/deterministic.hpp"
#include "plugin/plugin_folder.hpp"

#include <map>
#include <memory>
#include <optional>
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

/// The shipped strategies, one that has words of its own and one that asks for weights.
struct previewing {
  plugin::plugin_folder plugins;
  scratch_folder folder{"preview"}, other_folder{"preview-other"};
  hand_clock clock;

  settings in(const scratch_folder& home) const {
    settings chosen = test_settings(home);
    chosen.plugins = plugins.section();
    chosen.retrain.automatic = false;
    return chosen;
  }
  previewing() { plugins.drop_shipped().drop("versatile").drop("asker"); }
};

using preview_reply = std::shared_ptr<const reply<preview_answer>>;

preview_reply ask_preview(pipeline_under_test& pipeline, dislike_request request,
                          std::vector<rerank_candidate> candidates = {}) {
  auto asked = std::make_shared<preview_request>();
  asked->dislike = std::move(request);
  asked->candidates = std::move(candidates);
  return pipeline.ask<preview_reply>(pipeline.door, preview_atom::value,
                                     std::shared_ptr<const preview_request>(std::move(asked)));
}

preview_answer preview_of(pipeline_under_test& pipeline, dislike_request request,
                          std::vector<rerank_candidate> candidates = {}) {
  const auto answer = ask_preview(pipeline, std::move(request), std::move(candidates));
  if (answer->problem) BOOST_FAIL(answer->problem->detail);
  return answer->value;
}

/// Without the ids, which a preview does not give out.
receipt without_ids(receipt told) {
  told.dislike_id = 0;
  if (told.example_id) told.example_id = 0;
  for (impact& moved : told.adjustments) moved.impact_id = moved.dislike_id = 0;
  for (pattern& found : told.patterns) found.pattern_id = 0;
  return told;
}

void check_same(const preview_answer& tried, const receipt& stored) {
  const receipt told = without_ids(stored);
  BOOST_TEST(tried.user_id == told.user_id);
  BOOST_TEST(tried.strategy == told.strategy);
  BOOST_TEST(tried.strategy_version == told.strategy_version);
  BOOST_TEST((tried.weight == told.weight));
  BOOST_TEST((tried.adjustments == told.adjustments));
  BOOST_TEST(tried.adjustment_pending == told.adjustment_pending);
  BOOST_TEST(tried.filtered == told.filtered);
  BOOST_TEST((tried.patterns == told.patterns));
  BOOST_TEST(tried.retraining_triggered == told.retraining_triggered);
  BOOST_TEST(tried.model_version_id == told.model_version_id);
}

/// Those of one user until patterns rise, then those of many until they do for all.
std::vector<dislike_request> stream() {
  std::vector<dislike_request> all;
  const std::vector<std::string> reasons = {"wrong_genre", "already_watched", "poor_quality",
                                            "versatile",   "asker",           "franchise_fatigue"};
  for (id i = 0; i < 24; ++i) {
    auto request = horror(i < 12 ? "u" : "v" + std::to_string(i), 1 + i % 5);
    request.reason = reasons[static_cast<std::size_t>(i) % reasons.size()];
    if (i % 3 == 0) request.franchise = "Saw";
    all.push_back(request);
  }
  for (id i = 0; i < 6; ++i) all.push_back(horror("u", 1));
  return all;
}

/// What a reader of the store finds, and the figures that come from it.
std::string all_of(pipeline_under_test& pipeline) {
  auto reader = store::reader::open(pipeline.shared->chosen, pipeline.shared->recent);
  testing::require(reader);
  std::string all = to_json(pipeline.stored_metrics());
  testing::require((*reader)->each_entry(0, id{1} << 53, [&](const case_entry& entry) {
    all += to_json(entry.row) + std::to_string(entry.impacts.size());
  }));
  auto newest = (*reader)->newest_id();
  testing::require(newest);
  all += " newest " + std::to_string(*newest);
  auto versions = (*reader)->strategy_versions();
  testing::require(versions);
  for (const strategy_version& one : *versions) all += " " + std::to_string(one.strategy_version_id) + one.name;
  auto patterns = (*reader)->patterns({});
  testing::require(patterns);
  for (const pattern& one : *patterns) all += to_json(one);
  return all;
}

rerank_candidate candidate(id movie_id, const std::string& genre) {
  rerank_candidate one;
  one.movie_id = movie_id;
  one.movie_title = "Movie " + std::to_string(movie_id);
  one.score = 0.5;
  one.has_features = true;
  one.genres = {genre};
  return one;
}

/// By movie: the adjusted score, nothing where it is hidden.
std::map<id, std::optional<double>> rerank(pipeline_under_test& pipeline, const std::string& user_id,
                                           const std::vector<rerank_candidate>& candidates) {
  auto asked = std::make_shared<rerank_request>();
  asked->user_id = user_id;
  asked->candidates = candidates;
  const auto answer = pipeline.ask<std::shared_ptr<const reply<rerank_answer>>>(
      pipeline.queries, rerank_atom::value, std::shared_ptr<const rerank_request>(std::move(asked)));
  if (answer->problem) BOOST_FAIL(answer->problem->detail);
  std::map<id, std::optional<double>> scores;
  for (const auto& one : answer->value.candidates) scores[*one.movie_id] = one.adjusted_score;
  for (const auto& one : answer->value.filtered) scores[*one.movie_id] = std::nullopt;
  return scores;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(previews, previewing)

BOOST_AUTO_TEST_CASE(a_preview_is_the_receipt_that_the_dislike_gets_right_after) {
  pipeline_under_test pipeline(in(folder), clock);
  std::size_t patterns = 0;
  for (const dislike_request& request : stream()) {
    clock.pass(std::chrono::seconds(7));
    const preview_answer tried = preview_of(pipeline, request);
    const receipt stored = pipeline.dislike(request);
    BOOST_TEST_CONTEXT(to_json(stored)) check_same(tried, stored);
    patterns += stored.patterns.size();
  }
  BOOST_TEST(patterns > 2U);
}

BOOST_AUTO_TEST_CASE(a_preview_tells_of_the_retrain_that_the_dislike_brings) {
  settings chosen = in(folder);
  chosen.retrain.automatic = true;
  pipeline_under_test pipeline(chosen, clock);
  std::vector<int> triggered;
  for (int i = 0; i < 25; ++i) {
    const auto request = horror("u" + std::to_string(i), i);
    const preview_answer tried = preview_of(pipeline, request);
    const receipt stored = pipeline.dislike(request);
    BOOST_TEST_CONTEXT(i) check_same(tried, stored);
    if (stored.retraining_triggered) triggered.push_back(i);
  }
  BOOST_TEST(!triggered.empty());
}

BOOST_AUTO_TEST_CASE(a_preview_changes_nothing) {
  pipeline_under_test pipeline(in(folder), clock), undisturbed(in(other_folder), clock);
  for (const dislike_request& request : stream()) {
    clock.pass(std::chrono::seconds(7));
    const std::string before = all_of(pipeline);
    for (const dislike_request& tried : stream()) preview_of(pipeline, tried);
    BOOST_TEST(all_of(pipeline) == before);
    BOOST_TEST((without_ids(pipeline.dislike(request)) == without_ids(undisturbed.dislike(request))));
  }
}

BOOST_AUTO_TEST_CASE(candidates_go_where_a_rerank_puts_them_before_and_after) {
  pipeline_under_test pipeline(in(folder), clock);
  const std::vector<rerank_candidate> candidates = {candidate(1, "Horror"), candidate(2, "Drama"),
                                                    candidate(3, "Horror"), candidate(4, "Horror")};
  pipeline.dislike(horror("u", 4));
  for (const id movie_id : {1, 3, 2}) {
    const auto before = rerank(pipeline, "u", candidates);
    const preview_answer tried = preview_of(pipeline, horror("u", movie_id), candidates);
    pipeline.dislike(horror("u", movie_id));
    const auto after = rerank(pipeline, "u", candidates);
    BOOST_REQUIRE_EQUAL(tried.candidates.size(), candidates.size());
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const auto& moved = tried.candidates[i];
      BOOST_TEST(*moved.movie_id == *candidates[i].movie_id);
      BOOST_TEST(moved.movie_title == candidates[i].movie_title);
      BOOST_TEST((moved.adjusted_score_before == before.at(*moved.movie_id)));
      BOOST_TEST((moved.adjusted_score_after == after.at(*moved.movie_id)));
    }
    BOOST_TEST(!after.at(movie_id).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_strategy_that_has_words_says_them_and_one_that_reads_is_asked) {
  pipeline_under_test pipeline(in(folder), clock);
  auto request = horror("u", 1);
  const preview_answer silent = preview_of(pipeline, request);
  BOOST_TEST(silent.suggested_reasons.empty());
  request.reason = "versatile";
  request.feedback_text = "That is too much blood.";
  const preview_answer spoken = preview_of(pipeline, request);
  BOOST_TEST(spoken.explanation.starts_with("Movie 1"), spoken.explanation);
  BOOST_TEST(spoken.suggested_reasons.at("versatile") == 0.75);
  BOOST_TEST(!spoken.suggested_reasons.contains("asker"));  // what it said of these words was no share
}

BOOST_AUTO_TEST_CASE(what_cannot_be_stored_cannot_be_previewed_and_the_field_is_named) {
  pipeline_under_test pipeline(in(folder), clock);
  auto request = horror("u", 1);
  request.reason = "wrong_gener";
  const auto unknown = ask_preview(pipeline, request);
  BOOST_REQUIRE(unknown->problem.has_value());
  BOOST_TEST(unknown->problem->field == "reason");
  BOOST_TEST(unknown->problem->found == "wrong_gener");
  BOOST_TEST((unknown->problem->code == error_code::bad_value));

  auto untitled = horror("u", 77);
  untitled.movie_title.clear();
  const auto nobody_knows = ask_preview(pipeline, untitled);
  BOOST_REQUIRE(nobody_knows->problem.has_value());
  BOOST_TEST(nobody_knows->problem->field == "movie_title");

  auto nobody = horror("", 1);
  BOOST_REQUIRE(ask_preview(pipeline, nobody)->problem.has_value());
  // What was refused blocks nobody.
  BOOST_TEST(!ask_preview(pipeline, horror("u", 1))->problem.has_value());
}

BOOST_AUTO_TEST_CASE(who_asks_for_weights_sees_what_the_dislike_before_it_in_the_batch_did) {
  pipeline_under_test together(in(folder), clock), apart(in(other_folder), clock);
  std::vector<dislike_request> requests;
  for (id i = 1; i <= 6; ++i) {
    requests.push_back(horror(i % 3 == 0 ? "v" : "u", i));
    requests.back().reason = i % 2 == 0 ? "asker" : i == 5 ? "wrong_genre" : "versatile";
    requests.push_back(requests.back());
    requests.back().reason = "asker";
  }
  const auto answer = together.submit(many(requests));
  BOOST_REQUIRE_EQUAL(answer->rows.size(), requests.size());
  std::vector<double> magnitudes;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const receipt in_one = *answer->rows[i], alone = apart.dislike(requests[i]);
    BOOST_TEST((without_ids(in_one) == without_ids(alone)), to_json(in_one) + " " + to_json(alone));
    magnitudes.push_back(in_one.adjustments.at(0).adjustment_magnitude);
  }
  BOOST_TEST(magnitudes[2] != magnitudes[3]);  // asked twice, with another weight
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
