#pragma once

#include "domain/json_write.hpp"
#include "learning/model_file.hpp"
#include "pipeline/deterministic.hpp"

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace demur::testing {

/// What becomes of the next trainings; outlives restarts.
struct gate {
  std::string reason;   ///< rejected for it, if there is one
  std::string failure;  ///< failed with it, if there is one
};

/// Trains shared weights, and lets them through or not.
class gated_trainer final : public trainer {
public:
  static constexpr const char* hash = "counted:1";

  explicit gated_trainer(std::shared_ptr<const gate> by) : by_(std::move(by)) {}
  std::string name() const override { return "gated"; }
  result<training_outcome> train(const training_task& task) override {
    if (!by_->failure.empty()) return error{error_code::internal, by_->failure, {}, {}, {}};
    auto outcome = weights_->train(task);
    if (!outcome) return outcome;
    outcome->rejection = by_->reason;
    outcome->data_hash = hash;
    return outcome;
  }

private:
  std::shared_ptr<const gate> by_;
  std::unique_ptr<trainer> weights_ = make_shared_weights_trainer();
};

/// Retrains by hand, unless told otherwise.
struct versioned_pipeline : restartable_pipeline {
  std::shared_ptr<testing::gate> gate = std::make_shared<testing::gate>();
  int said = 0;

  explicit versioned_pipeline(const std::string& name = "versions") : restartable_pipeline(name) {
    chosen.retrain.automatic = false;
    chosen.retrain.cool_down = std::chrono::seconds(0);
    chosen.patterns.significance = 1e-30;
    restart();
  }
  void restart() { start(std::make_unique<gated_trainer>(gate)); }
  void automatic() {
    chosen.retrain.automatic = true;
    restart();
  }
  void automatic_threshold(std::int64_t examples) {
    chosen.retrain.feedback_accumulation_threshold = examples;
    automatic();
  }

  dislike_request next_dislike() {
    auto request = horror("u" + std::to_string(said), said);
    request.predicted_score = 0.5;
    ++said;
    return request;
  }
  /// Dislikes of users who are new, one by one.
  receipt crowd(int count) {
    receipt last;
    for (int i = 0; i < count; ++i) last = pipeline->dislike(next_dislike());
    return last;
  }
  /// So many more dislikes, then a retrain; its version.
  id retrained(int more) {
    crowd(more);
    clock.pass(std::chrono::milliseconds(10));
    return pipeline->ask<reply<retrain_ticket>>(pipeline->door, retrain_atom::value).value.retrain_id;
  }

  reply<model_version> promote(id version) {
    return pipeline->ask<reply<model_version>>(pipeline->door, promote_atom::value, version);
  }
  reply<model_version> roll_back(id version, const std::string& reason = {}) {
    return pipeline->ask<reply<model_version>>(pipeline->door, rollback_atom::value, version, reason);
  }
  static std::string refusal_of(const reply<model_version>& got) {
    BOOST_REQUIRE(got.problem.has_value());
    return got.problem->detail;
  }

  /// Read past the pipeline.
  std::unique_ptr<store::reader> stored() const {
    auto opened = store::reader::open(chosen);
    require(opened);
    return *std::move(opened);
  }
  std::vector<model_version> versions() const {
    auto all = stored()->models();
    require(all);
    return *std::move(all);
  }
  model_version version_of(id version) const {
    for (const model_version& row : versions())
      if (row.model_version_id == version) return row;
    BOOST_FAIL("no such version");
    return {};
  }
  id stored_live() const {
    for (const model_version& row : versions())
      if (row.state == model_state::live) return row.model_version_id;
    return 0;
  }
  /// used_in_training of all examples, in order: `1100`.
  std::string marks() const {
    std::string all;
    require(stored()->each_entry(0, store::no_dislike, [&](const case_entry& entry) {
      if (entry.example) all += entry.example->used_in_training ? '1' : '0';
    }));
    return all;
  }
  id serving() const { return pipeline->shared->serving.get()->model_version_id; }
  std::filesystem::path models_folder() const { return pipeline->shared->model_folder; }
  std::filesystem::path file_of(id version) const { return learning::model_path(models_folder(), version); }

  std::string figures() { return to_json(pipeline->stored_metrics()) + to_json(versions()); }
  void same_after_restart() {
    const std::string before = figures(), marked = marks();
    const auto model = pipeline->shared->serving.get();
    restart();
    BOOST_TEST(figures() == before);
    BOOST_TEST(marks() == marked);
    BOOST_TEST((*pipeline->shared->serving.get() == *model));
    forget_snapshots();
    restart();
    BOOST_TEST(figures() == before);
  }
  /// Ends the pipeline; the next start counts from the first dislike on.
  void forget_snapshots() {
    pipeline.reset();
    sqlite3* file = nullptr;
    BOOST_REQUIRE_EQUAL(sqlite3_open((folder.path() / "demur.db").c_str(), &file), SQLITE_OK);
    BOOST_REQUIRE_EQUAL(sqlite3_exec(file, "delete from snapshots", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(file);
  }

  /// Ends the actor when it is about to work for the n-th time (0: the first); false if it has not so much to do.
  bool kill_at_turn(const std::string& name, int turn) {
    auto& scheduler = pipeline->scheduler();
    for (; scheduler.has_job(); scheduler.run_once()) {
      auto& next = scheduler.next_job<caf::scheduled_actor>();
      if (next.name() != name || turn-- > 0) continue;
      pipeline_under_test::kill(caf::strong_actor_ptr(next.ctrl()));
      return true;
    }
    return false;
  }
};

}  // namespace demur::testing
