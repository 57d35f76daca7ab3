#include "domain/json_write.hpp"
#include "pipeline/deterministic.hpp"

#include <optional>

namespace demur {

namespace {

using testing::horror;
using testing::many;
using testing::one;
using testing::pipeline_under_test;
using testing::restartable_pipeline;
using testing::scratch_folder;
using answer_ptr = pipeline_under_test::answer_ptr;

struct lasting : restartable_pipeline {
  lasting() : restartable_pipeline("faults") { start(); }

  pattern_summary patterns(const std::string& user_id) {
    return pipeline->ask<reply<pattern_summary>>(pipeline->queries, patterns_atom::value, user_id).value;
  }
  rerank_answer weights_of(const std::string& user_id) {
    auto request = std::make_shared<rerank_request>();
    request->user_id = user_id;
    for (id movie_id = 1; movie_id <= 8; ++movie_id) {
      rerank_candidate& candidate = request->candidates.emplace_back();
      candidate.movie_id = movie_id;
      candidate.score = 0.9;
      candidate.genres = {movie_id % 2 ? "Horror" : "Drama"};
      candidate.cast = {"Actor " + std::to_string(movie_id)};
      candidate.has_features = true;
    }
    return pipeline
        ->ask<std::shared_ptr<const reply<rerank_answer>>>(pipeline->queries, rerank_atom::value,
                                                           std::shared_ptr<const rerank_request>(request))
        ->value;
  }
  /// Everything that is shown of the live state, to the bit; but for what begins anew with a process.
  std::string everything() {
    std::string all = to_json(pipeline->stored_metrics()) + to_json(patterns({}));
    for (const char* user : {"u0", "u1", "u2"}) all += to_json(patterns(user)) + to_json(weights_of(user));
    return all;
  }
};

dislike_request varied(int i) {
  static const char* const reasons[] = {"wrong_genre", "poor_quality", "not_interested", "already_watched",
                                        "franchise_fatigue"};
  dislike_request request = horror("u" + std::to_string(i % 3), 1 + i % 7);
  request.reason = reasons[i % 5];
  request.genres = {i % 2 ? "Horror" : "Drama", "Thriller"};
  if (i % 4 == 0) request.franchise = "Saw";
  if (i % 6 == 0)
    request.predicted_score.reset();
  else
    request.predicted_score = 0.1 + 0.013 * (i % 60);
  return request;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_FIXTURE_TEST_CASE(a_restart_gives_the_same_state_to_the_bit, lasting) {
  for (int i = 0; i < 60; ++i) {
    pipeline->dislike(varied(i));
    clock.pass(std::chrono::minutes(7));
  }
  const std::string before = everything();
  start();
  BOOST_CHECK(everything() == before);
}

BOOST_FIXTURE_TEST_CASE(a_snapshot_and_what_came_after_it_give_the_same_state_as_counting_everything, lasting) {
  chosen.pipeline.snapshot_interval = 10;
  start();
  for (int i = 0; i < 57; ++i) pipeline->dislike(varied(i));
  const std::string before = everything();
  start();
  BOOST_CHECK(everything() == before);
}

BOOST_FIXTURE_TEST_CASE(the_cut_between_batches_shows_nowhere, lasting) {
  std::vector<dislike_request> all;
  for (int i = 0; i < 40; ++i) all.push_back(varied(i));
  chosen.retrain.automatic = false;
  start();
  pipeline->submit(many(all));
  const std::string together = everything();

  scratch_folder other("faults_apart");
  chosen.data_folder = other.path().string();
  start();
  for (const auto& request : all) pipeline->dislike(request);
  BOOST_CHECK(everything() == together);
  pipeline.reset();
}

BOOST_FIXTURE_TEST_CASE(a_repeated_key_gets_the_first_answer_byte_for_byte, lasting) {
  const auto first = pipeline->submit(one(horror("u"), "key-1"));
  pipeline->dislike(horror("u", 2));
  const auto again = pipeline->submit(one(horror("u"), "key-1"));
  BOOST_TEST(!first->replayed);
  BOOST_TEST(again->replayed);
  BOOST_TEST(again->json == first->json);
  start();
  const auto after_restart = pipeline->submit(one(horror("u"), "key-1"));
  BOOST_TEST(after_restart->replayed);
  BOOST_TEST(after_restart->json == first->json);
  BOOST_TEST(pipeline->metrics().total_dislikes == 2);
}

BOOST_FIXTURE_TEST_CASE(concurrent_repeats_wait_for_the_first, lasting) {
  auto first = pipeline->post(one(horror("u"), "key-1"));
  auto second = pipeline->post(one(horror("u"), "key-1"));
  auto other_user = pipeline->post(one(horror("v"), "key-1"));
  const auto a = pipeline->receive<answer_ptr>(first);
  const auto b = pipeline->receive<answer_ptr>(second);
  const auto c = pipeline->receive<answer_ptr>(other_user);
  BOOST_TEST(!a->replayed);
  BOOST_TEST(b->replayed);
  BOOST_TEST(b->json == a->json);
  BOOST_TEST(!c->replayed);
  BOOST_TEST(pipeline->metrics().total_dislikes == 2);
}

BOOST_FIXTURE_TEST_CASE(the_same_key_with_another_body_is_refused, lasting) {
  pipeline->submit(one(horror("u"), "key-1", "digest a"));
  const auto other = pipeline->submit(one(horror("u", 2), "key-1", "digest b"));
  BOOST_REQUIRE(other->refused.has_value());
  BOOST_TEST((other->refused->code == error_code::bad_value));
  BOOST_TEST(other->refused->field == "Idempotency-Key");
  BOOST_TEST(pipeline->metrics().total_dislikes == 1);
}

BOOST_FIXTURE_TEST_CASE(a_refused_request_does_not_use_its_key_up, lasting) {
  auto bad = horror("u");
  bad.reason = "nonsense";
  BOOST_TEST(pipeline->submit(one(bad, "key-1"))->refused.has_value());
  BOOST_TEST(!pipeline->submit(one(horror("u"), "key-1"))->replayed);
  BOOST_TEST(pipeline->metrics().total_dislikes == 1);
}

BOOST_FIXTURE_TEST_CASE(a_key_is_forgotten_after_its_time, lasting) {
  pipeline->submit(one(horror("u"), "key-1"));
  pipeline->pass(std::chrono::hours(25));
  BOOST_TEST(!pipeline->submit(one(horror("u"), "key-1"))->replayed);
}

namespace {

const char* const stages[] = {"ingestion", "weighting", "adjustment", "pattern_analysis", "journal", "metrics"};

}  // namespace

BOOST_FIXTURE_TEST_CASE(whichever_actor_dies_its_requests_get_an_error_and_the_pipeline_comes_back, lasting) {
  for (const char* stage : stages) {
    BOOST_TEST_CONTEXT(stage) {
      const auto stored = pipeline->metrics().total_dislikes;
      auto held = pipeline->post(one(horror("u")));
      pipeline->kill_at_work(stage);
      const auto answer = pipeline->receive<answer_ptr>(held);
      const bool answered_before = std::string(stage) == "metrics";
      BOOST_TEST(answer->refused.has_value() != answered_before);
      if (answer->refused) {
        BOOST_TEST((answer->refused->code == error_code::unavailable));
        BOOST_TEST(answer->refused->retry_after.has_value());
      }
      const auto meanwhile = pipeline->submit(one(horror("u")));
      BOOST_TEST(meanwhile->refused.has_value());
      pipeline->pass(std::chrono::seconds(10));
      BOOST_TEST(pipeline->metrics().total_dislikes == stored + (answered_before ? 1 : 0));
      BOOST_TEST(!pipeline->submit(one(horror("u")))->refused.has_value());
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_store_that_fails_answers_the_whole_batch_and_changes_nothing, lasting) {
  chosen.weights.half_life_days = 0;  // so that time may pass and weights do not
  start();
  pipeline->dislike(horror("u0"));
  const std::string before = everything();
  {
    const testing::full_disk full;
    const auto answer = pipeline->submit(many({horror("u0", 2), horror("u1", 3)}));
    BOOST_REQUIRE(answer->refused.has_value());
    BOOST_TEST((answer->refused->code == error_code::unavailable));
    BOOST_TEST(answer->refused->detail.find("not known; with an Idempotency-Key") != std::string::npos);
    pipeline->pass(std::chrono::seconds(1));
    BOOST_TEST(pipeline->submit(one(horror("u0", 2)))->refused.has_value());
  }
  pipeline->pass(std::chrono::seconds(30));
  BOOST_CHECK(everything() == before);
  BOOST_TEST(pipeline->dislike(horror("u0", 2)).adjustments[0].weight_before == 0.85);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
