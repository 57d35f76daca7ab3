#include "learning/model_file.hpp"
#include "pipeline/deterministic.hpp"

#include <cmath>
#include <fstream>
#include <optional>

namespace demur {

namespace {

using testing::horror;
using testing::many;
using testing::pipeline_under_test;
using testing::restartable_pipeline;

struct learning_pipeline : restartable_pipeline {
  learning_pipeline() : restartable_pipeline("retrain") {
    // Horror of all users would be due by its own rule before the count is; these tests are about the count.
    chosen.patterns.significance = 1e-30;
    start();
  }
  std::vector<model_version> models() {
    return pipeline->ask<reply<std::vector<model_version>>>(pipeline->queries, models_atom::value).value;
  }
  /// `count` dislikes of distinct users, one by one.
  receipt crowd(int count, const std::string& prefix = "u") {
    receipt last;
    for (int i = 0; i < count; ++i) last = pipeline->dislike(mild(prefix + std::to_string(i), i));
    return last;
  }
  static dislike_request mild(const std::string& user_id, id movie_id) {
    auto request = horror(user_id, movie_id);
    request.predicted_score = 0.5;
    return request;
  }
  reply<retrain_ticket> retrain() { return pipeline->ask<reply<retrain_ticket>>(pipeline->door, retrain_atom::value); }
};

class failing_trainer final : public trainer {
public:
  std::string name() const override { return "failing"; }
  result<training_outcome> train(const training_task&) override {
    return error{error_code::internal, "out of ideas", {}, {}, {}};
  }
};

class throwing_trainer final : public trainer {
public:
  std::string name() const override { return "throwing"; }
  result<training_outcome> train(const training_task&) override { throw std::runtime_error("oh"); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(retrain)

BOOST_FIXTURE_TEST_CASE(the_twentieth_unused_example_triggers_a_retrain_and_no_other_does, learning_pipeline) {
  for (int i = 0; i < 19; ++i) BOOST_TEST(!pipeline->dislike(mild("u" + std::to_string(i), i)).retraining_triggered);
  BOOST_TEST(pipeline->dislike(mild("u19", 19)).retraining_triggered);
  const auto versions = models();
  BOOST_REQUIRE_EQUAL(versions.size(), 1u);
  BOOST_TEST((versions[0].state == model_state::live));
  BOOST_TEST(versions[0].cause.rule == "count");
  BOOST_TEST(versions[0].cause.unused_examples == 20);
  BOOST_TEST(versions[0].claimed_examples == 20);
  BOOST_TEST(versions[0].trainer == "shared_weights");
  const auto figures = pipeline->metrics();
  BOOST_TEST(figures.untrained_negative_examples == 0);
  BOOST_TEST(figures.total_negative_examples == 20);
  BOOST_TEST(figures.retrain_count == 1);
  BOOST_TEST(figures.model_version_id == versions[0].model_version_id);
}

BOOST_FIXTURE_TEST_CASE(in_one_batch_exactly_the_twentieth_row_says_so, learning_pipeline) {
  std::vector<dislike_request> all;
  for (int i = 0; i < 50; ++i) all.push_back(mild("u" + std::to_string(i), i));
  const auto answer = pipeline->submit(many(all));
  for (std::size_t i = 0; i < all.size(); ++i) BOOST_TEST(answer->rows[i]->retraining_triggered == (i == 19));
  BOOST_TEST(models().front().claimed_examples == 50);
}

BOOST_FIXTURE_TEST_CASE(the_new_model_serves_at_once_and_its_file_is_whole, learning_pipeline) {
  crowd(20);
  const auto live = pipeline->shared->serving.get();
  BOOST_TEST(live->model_version_id == models().front().model_version_id);
  // 20 voters, each with one vote of ln(0.85) on Horror.
  BOOST_TEST(live->shared_log_weights.at("genre:Horror") == std::log(0.85), boost::test_tools::tolerance(1e-12));
  const auto loaded = learning::load_model(pipeline->shared->model_folder, live->model_version_id);
  BOOST_REQUIRE(loaded);
  BOOST_TEST((**loaded == *live));
  // Somebody who never complained: the shared weight alone. And one who did: personal times shared.
  const receipt newcomer = pipeline->dislike(mild("newcomer", 100));
  BOOST_TEST(newcomer.adjustments[0].weight_before == 0.85, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(newcomer.adjustments[0].weight_after == 0.7225, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(newcomer.model_version_id == live->model_version_id);
}

BOOST_FIXTURE_TEST_CASE(one_users_many_dislikes_move_no_shared_weight, learning_pipeline) {
  for (int i = 0; i < 20; ++i) pipeline->dislike(mild("angry", i));
  BOOST_REQUIRE_EQUAL(models().size(), 1u);
  BOOST_TEST(pipeline->shared->serving.get()->shared_log_weights.empty());
}

BOOST_FIXTURE_TEST_CASE(between_two_retrains_there_is_a_cool_down, learning_pipeline) {
  crowd(20, "a");
  crowd(25, "b");
  BOOST_TEST(models().size() == 1u);
  pipeline->pass(chosen.retrain.cool_down);
  BOOST_REQUIRE_EQUAL(models().size(), 2u);
  BOOST_TEST(models()[0].claimed_examples == 25);
  BOOST_TEST(models()[0].parent_id == models()[1].model_version_id);
  BOOST_TEST((models()[1].state == model_state::retired));
}

BOOST_FIXTURE_TEST_CASE(a_retrain_by_hand_is_obeyed_during_the_cool_down, learning_pipeline) {
  crowd(20, "a");
  crowd(3, "b");
  const auto ticket = retrain();
  BOOST_REQUIRE(!ticket.problem);
  BOOST_TEST(ticket.value.claimed_examples == 3);
  BOOST_TEST(models()[0].model_version_id == ticket.value.retrain_id);
  BOOST_TEST(models()[0].cause.rule == "manual");
  BOOST_TEST(models()[0].cause.unused_examples == 3);
}

BOOST_FIXTURE_TEST_CASE(a_retrain_by_hand_with_nothing_unused_is_a_conflict, learning_pipeline) {
  const auto ticket = retrain();
  BOOST_REQUIRE(ticket.problem.has_value());
  BOOST_TEST((ticket.problem->code == error_code::conflict));
  BOOST_TEST(models().empty());
}

BOOST_FIXTURE_TEST_CASE(a_high_mean_error_triggers_before_the_count, learning_pipeline) {
  for (int i = 0; i < 9; ++i) {
    auto request = mild("u" + std::to_string(i), i);
    request.predicted_score = 0.9;
    BOOST_TEST(!pipeline->dislike(request).retraining_triggered);
  }
  auto tenth = mild("u9", 9);
  tenth.predicted_score = 0.9;
  BOOST_TEST(pipeline->dislike(tenth).retraining_triggered);
  BOOST_TEST(models().front().cause.rule == "mean_error");
  BOOST_TEST(*models().front().cause.mean_error == 0.9, boost::test_tools::tolerance(1e-12));
}

BOOST_FIXTURE_TEST_CASE(a_feature_that_a_quorum_complains_of_triggers_a_retrain, learning_pipeline) {
  chosen.patterns.significance = 0.01;
  auto movies = std::make_shared<std::vector<movie>>();
  for (id movie_id = 1; movie_id <= 20; ++movie_id)
    movies->push_back({movie_id, "Movie", {movie_id == 1 ? "Horror" : "Drama"}, {}, std::nullopt});
  start();
  pipeline->ask<reply<std::int64_t>>(pipeline->door, movies_atom::value,
                                     std::shared_ptr<const std::vector<movie>>(movies));
  // Horror is 5 % of the catalogue and all of the dislikes: significant from 3 on, but it takes five users.
  for (int i = 0; i < 4; ++i) BOOST_TEST(!pipeline->dislike(mild("u" + std::to_string(i), 1)).retraining_triggered);
  BOOST_TEST(!pipeline->dislike(mild("u0", 2)).retraining_triggered);
  BOOST_TEST(pipeline->dislike(mild("u4", 3)).retraining_triggered);
  const auto cause = models().front().cause;
  BOOST_TEST(cause.rule == "feature");
  BOOST_TEST(cause.feature == "genre:Horror");
  BOOST_TEST(cause.feature_dislikes == 6);
  BOOST_TEST(cause.distinct_users == 5);
}

BOOST_FIXTURE_TEST_CASE(a_trainer_that_fails_gives_its_claim_back_and_the_old_model_serves, learning_pipeline) {
  start(std::make_unique<failing_trainer>());
  crowd(20);
  auto versions = models();
  BOOST_REQUIRE_EQUAL(versions.size(), 1u);
  BOOST_TEST((versions[0].state == model_state::failed));
  BOOST_TEST(pipeline->shared->serving.get()->model_version_id == 0);
  BOOST_TEST(pipeline->metrics().untrained_negative_examples == 20);

  start();
  BOOST_TEST(models().size() == 1u);
  pipeline->pass(chosen.retrain.cool_down);
  versions = models();
  BOOST_REQUIRE_EQUAL(versions.size(), 2u);
  BOOST_TEST((versions[0].state == model_state::live));
  BOOST_TEST(versions[0].claimed_examples == 20);
}

BOOST_FIXTURE_TEST_CASE(a_trainer_that_throws_harms_nobody, learning_pipeline) {
  start(std::make_unique<throwing_trainer>());
  crowd(20);
  BOOST_TEST((models().front().state == model_state::failed));
  BOOST_TEST(!pipeline->submit(testing::one(mild("u", 1)))->refused.has_value());
}

BOOST_FIXTURE_TEST_CASE(the_live_model_serves_again_after_a_restart_and_orphans_are_gone, learning_pipeline) {
  crowd(20);
  const auto before = pipeline->shared->serving.get();
  const auto folder_of_models = pipeline->shared->model_folder;
  pipeline.reset();
  std::ofstream(folder_of_models / "77.model") << "left over";
  std::ofstream(folder_of_models / "78.model.part") << "half";
  start();
  BOOST_TEST((*pipeline->shared->serving.get() == *before));
  BOOST_TEST(!std::filesystem::exists(folder_of_models / "77.model"));
  BOOST_TEST(!std::filesystem::exists(folder_of_models / "78.model.part"));
}

BOOST_FIXTURE_TEST_CASE(without_automatic_nothing_is_trained_but_by_hand, learning_pipeline) {
  chosen.retrain.automatic = false;
  start();
  BOOST_TEST(!crowd(30).retraining_triggered);
  BOOST_TEST(models().empty());
  BOOST_TEST(retrain().value.claimed_examples == 30);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
