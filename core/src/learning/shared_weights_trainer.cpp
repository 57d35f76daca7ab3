#include "domain/faded_sum.hpp"
#include "domain/feature.hpp"
#include "domain/weights.hpp"

#include <demur/trainer.hpp>

#include <cmath>
#include <unordered_map>
#include <unordered_set>

namespace demur {

namespace {

/// What one user said of one feature within the claim.
struct vote {
  double log_sum = 0.0;
  std::int64_t count = 0;
};

class shared_weights_trainer final : public trainer {
public:
  std::string name() const override { return "shared_weights"; }

  result<training_outcome> train(const training_task& task) override {
    if (auto collected = collect(task); !collected) return std::move(collected).problem();
    training_outcome outcome;
    outcome.trained.model_version_id = task.model_version_id;
    outcome.trained.parent_id = task.parent->model_version_id;
    outcome.trained.created_at = task.now;
    keep_what_was_learned(task, outcome.trained);
    const auto moved = cast_votes(task, outcome.trained);
    outcome.metrics = {{"adjustments", static_cast<double>(adjustments_)},
                       {"features_moved", static_cast<double>(moved)},
                       {"features_short_of_quorum", static_cast<double>(votes_.size() - moved)},
                       {"shared_weights", static_cast<double>(outcome.trained.shared_log_weights.size())},
                       {"users", static_cast<double>(users_.size())}};
    return outcome;
  }

private:
  result<done> collect(const training_task& task) {
    votes_.clear();
    users_.clear();
    adjustments_ = 0;
    const std::unordered_set<std::string> defective(task.defective_items.begin(), task.defective_items.end());
    bool cancelled = false;
    auto read = task.claim->each_adjustment([&](const claimed_adjustment& adjustment) {
      cancelled = cancelled || (task.cancelled && task.cancelled->load(std::memory_order_relaxed));
      if (cancelled) return;
      users_.insert(adjustment.user_id);
      const bool blames_metadata = family_of(adjustment.feature) == "genre" && defective.contains(adjustment.item);
      if (blames_metadata) return;
      ++adjustments_;
      vote& cast = votes_[adjustment.feature][adjustment.user_id];
      cast.log_sum += log_term(adjustment.magnitude);
      ++cast.count;
    });
    if (cancelled) return error{error_code::conflict, "The retrain was cancelled.", {}, {}, {}};
    return read;
  }

  /// What the parent knew, as far as it has not faded to nothing.
  static void keep_what_was_learned(const training_task& task, model& trained) {
    constexpr double audible = 1e-4;
    const double left = fading(task.now - task.parent->created_at, task.retrain.shared_half_life_days);
    for (const auto& [feature, log_weight] : task.parent->shared_log_weights)
      if (std::abs(log_weight * left) >= audible) trained.shared_log_weights.emplace(feature, log_weight * left);
  }

  /// Returns how many features had a quorum.
  std::size_t cast_votes(const training_task& task, model& trained) const {
    std::size_t moved = 0;
    for (const auto& [feature, by_user] : votes_) {
      if (by_user.size() < static_cast<std::size_t>(task.retrain.quorum)) continue;
      double sum = 0.0;
      // In order of user, so that the sum does not depend on a hash.
      for (const auto& [user, cast] : by_user) sum += cast.log_sum / static_cast<double>(cast.count);
      trained.shared_log_weights[feature] += sum / static_cast<double>(users_.size());
      ++moved;
    }
    return moved;
  }

  std::unordered_map<std::string, std::map<std::string, vote>> votes_;
  std::unordered_set<std::string> users_;
  std::int64_t adjustments_ = 0;
};

}  // namespace

std::unique_ptr<trainer> make_shared_weights_trainer() { return std::make_unique<shared_weights_trainer>(); }

}  // namespace demur
