#include "learning/ials_trainer.hpp"

#include "learning/gate.hpp"
#include "learning/training_matrix.hpp"
#include "learning/tuning.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace demur::learning {

namespace {

using steady = std::chrono::steady_clock;

error cancelled() { return {error_code::conflict, "The retrain was cancelled.", {}, {}, {}}; }

bool is_finite(const ranking_model& made) {
  const auto finite = [](float each) { return std::isfinite(each); };
  return std::all_of(made.factors.begin(), made.factors.end(), finite) &&
         std::all_of(made.appeal.begin(), made.appeal.end(), finite) && made.mean_user.allFinite();
}

class ials_trainer final : public trainer {
public:
  explicit ials_trainer(const settings& chosen) : chosen_(chosen), shared_weights_(make_shared_weights_trainer()) {}

  std::string name() const override { return "ials"; }

  result<training_outcome> train(const training_task& task) override {
    auto outcome = shared_weights_->train(task);
    if (!outcome) return outcome;
    const auto liked = task.data->has_likes();
    if (!liked) return liked.problem();
    if (!*liked) {  // dislikes alone say nothing of what to recommend
      outcome->metrics["likes"] = 0.0;
      return outcome;
    }
    task.report({training_phase::reading});
    double judges_share = chosen_.gate.judges_share;
    auto data = read(task, judges_share);
    if (data && data->judges.size() < static_cast<std::size_t>(chosen_.gate.min_judges) && !data->judges.empty()) {
      // They could refuse nobody, and are missed.
      judges_share = 0.0;
      data = read(task, judges_share);
    }
    if (!data) return std::move(data).problem();
    outcome->data_hash = data->data_hash;
    outcome->metrics["likes"] = static_cast<double>(data->likes);
    outcome->metrics["dislikes"] = static_cast<double>(data->dislikes);
    if (data->likes == 0) return outcome;  // all were taken back, or judges have them
    auto model = fit(task, *data, judges_share, outcome->metrics);
    if (!model) return std::move(model).problem();
    task.report({training_phase::evaluating});
    auto verdict = hold_gate(**model, task.parent->ranking.get(), std::move(data->judges), chosen_.gate,
                             static_cast<int>(chosen_.trainer.ials.threads));
    if (task.is_cancelled()) return cancelled();
    outcome->metrics.merge(verdict.metrics);
    outcome->rejection = std::move(verdict.rejection);
    outcome->trained.ranking = *std::move(model);
    return outcome;
  }

private:
  using model_ptr = std::shared_ptr<const ranking_model>;

  result<training_matrix> read(const training_task& task, double judges_share) const {
    return read_training_matrix(*task.data, {task.now, chosen_.weights.example_half_life_days, 0.0}, judges_share);
  }

  ials_options options() const {
    const auto& wanted = chosen_.trainer.ials;
    ials_options made;
    made.factors = static_cast<int>(wanted.factors);
    made.alpha0 = static_cast<float>(wanted.alpha0);
    made.lambda = static_cast<float>(wanted.lambda);
    made.epochs = static_cast<int>(wanted.epochs);
    made.threads = static_cast<int>(wanted.threads);
    return made;
  }

  result<model_ptr> fit(const training_task& task, training_matrix& data, double judges_share,
                        std::map<std::string, double>& metrics) const {
    const auto begin = steady::now();
    const auto go_on = [&](const epoch_report& done) {
      const double seconds = std::chrono::duration<double>(steady::now() - begin).count();
      const double left = seconds / done.epoch * (done.epochs - done.epoch);
      task.report({training_phase::training, done.epoch, done.epochs, done.loss, left});
      metrics["loss"] = done.loss;
      return !task.is_cancelled();
    };
    task.report({training_phase::training});
    auto made = fit_tuned_model(std::move(data.items), std::move(data.features), data.by_user, options(), go_on);
    if (!made) return cancelled();
    ranking_model& model = made->model;
    if (!is_finite(model))
      return error{
          error_code::internal, "The training gave numbers that are not finite; see trainer.ials.", {}, {}, {}};
    model.trained_through = data.trained_through;
    model.judges_share = judges_share;
    metrics["items"] = static_cast<double>(model.items.size());
    metrics["features"] = static_cast<double>(model.features.features());
    metrics["trained_users"] = static_cast<double>(data.by_user.rows());
    metrics["opinion_target"] = static_cast<double>(model.taste.opinion_target);
    if (made->tuned.users > 0) {
      metrics["tuning_users"] = static_cast<double>(made->tuned.users);
      metrics["tuning_ndcg_ratio"] = made->tuned.ndcg_ratio;
      metrics["tuning_recall_ratio"] = made->tuned.recall_ratio;
    }
    return std::make_shared<const ranking_model>(std::move(model));
  }

  const settings chosen_;
  const std::unique_ptr<trainer> shared_weights_;
};

}  // namespace

std::unique_ptr<trainer> make_ials_trainer(const settings& chosen) { return std::make_unique<ials_trainer>(chosen); }

}  // namespace demur::learning
