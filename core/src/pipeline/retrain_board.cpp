#include "pipeline/retrain_board.hpp"

#include <utility>

namespace demur::pipeline {

namespace {

retrain_status of_version(const model_version& version) {
  retrain_status shown;
  shown.retrain_id = version.model_version_id;
  shown.trainer = version.trainer;
  shown.started_at = version.created_at;
  return shown;
}

}  // namespace

retrain_status retrain_board::status() const {
  const std::scoped_lock guard(mutex_);
  return status_;
}

void retrain_board::remember(const std::optional<model_version>& newest) {
  const std::scoped_lock guard(mutex_);
  const retrain_status before = std::exchange(status_, {});
  if (!newest) return;
  const bool was_live = newest->state == model_state::live || newest->state == model_state::retired;
  status_ = of_version(*newest);
  status_.outcome = was_live ? "published" : to_string(newest->state);
  if (before.retrain_id != newest->model_version_id) return;
  status_.detail = before.state == "running" && !was_live ? "The pipeline was restarted while it ran." : before.detail;
}

void retrain_board::begin(const model_version& started) {
  const std::scoped_lock guard(mutex_);
  status_ = of_version(started);
  status_.state = "running";
  status_.phase = to_string(training_phase::waiting);
}

void retrain_board::advance(id retrain_id, const training_progress& newest) {
  const std::scoped_lock guard(mutex_);
  if (status_.state != "running" || status_.retrain_id != retrain_id) return;
  status_.phase = to_string(newest.phase);
  status_.epoch = newest.epoch;
  status_.epochs = newest.epochs;
  status_.loss = newest.loss;
  status_.eta_s = newest.eta_s;
}

void retrain_board::end(id retrain_id, std::string_view outcome, std::string_view detail) {
  const std::scoped_lock guard(mutex_);
  if (status_.state != "running" || status_.retrain_id != retrain_id) return;
  status_.state = "idle";
  status_.phase.clear();
  status_.eta_s.reset();
  status_.outcome = outcome;
  status_.detail = detail;
}

}  // namespace demur::pipeline
