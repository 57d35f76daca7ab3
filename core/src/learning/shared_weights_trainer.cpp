#include "domain/faded_sum.hpp"
#include "domain/feature.hpp"
#include "domain/weights.hpp"
#include "learning/reported_model.hpp"

#include <demur/trainer.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace demur {

namespace {

/// Texts by number, in the order in which they first came.
class text_numbers {
public:
  std::uint32_t of(const std::string& text) {
    const auto [place, is_new] = numbers_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
    if (is_new) texts_.push_back(&place->first);
    return place->second;
  }
  const std::string& text(std::uint32_t number) const { return *texts_[number]; }
  std::size_t size() const { return texts_.size(); }
  /// The place of each number when the texts are sorted.
  std::vector<std::uint32_t> ranks() const {
    std::vector<std::uint32_t> sorted(size());
    std::iota(sorted.begin(), sorted.end(), 0U);
    std::sort(sorted.begin(), sorted.end(), [this](auto a, auto b) { return text(a) < text(b); });
    std::vector<std::uint32_t> ranks(size());
    for (std::uint32_t rank = 0; rank < sorted.size(); ++rank) ranks[sorted[rank]] = rank;
    return ranks;
  }

private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<const std::string*> texts_;
};

/// What a claim says, small: there may be millions.
struct said {
  std::uint32_t feature;
  std::uint32_t user;
  double log_weight;
};

struct collected {
  text_numbers features;
  text_numbers users;
  std::vector<said> all;
};

class shared_weights_trainer final : public trainer {
public:
  std::string name() const override { return "shared_weights"; }

  result<training_outcome> train(const training_task& task) override {
    collected votes;
    task.report({training_phase::reading});
    if (auto read = collect(task, votes); !read) return std::move(read).problem();
    training_outcome outcome;
    outcome.trained.model_version_id = task.model_version_id;
    outcome.trained.parent_id = task.parent->model_version_id;
    outcome.trained.created_at = task.now;
    outcome.trained.shared_log_weights = learning::weights_left_of_parent(task);
    task.report({training_phase::training});
    const auto moved = cast_votes(task, votes, outcome.trained);
    outcome.metrics = {{"adjustments", static_cast<double>(votes.all.size())},
                       {"features_moved", static_cast<double>(moved)},
                       {"features_short_of_quorum", static_cast<double>(votes.features.size() - moved)},
                       {"shared_weights", static_cast<double>(outcome.trained.shared_log_weights.size())},
                       {"users", static_cast<double>(votes.users.size())}};
    return outcome;
  }

private:
  static result<done> collect(const training_task& task, collected& votes) {
    const std::unordered_set<std::string> defective(task.defective_items.begin(), task.defective_items.end());
    bool cancelled = false;
    auto read = task.claim->each_adjustment([&](const claimed_adjustment& adjustment) {
      cancelled = cancelled || (task.cancelled && task.cancelled->load(std::memory_order_relaxed));
      if (cancelled) return;
      const std::uint32_t user = votes.users.of(adjustment.user_id);
      const bool blames_metadata = family_of(adjustment.feature) == "genre" && defective.contains(adjustment.item);
      if (blames_metadata) return;
      votes.all.push_back({votes.features.of(adjustment.feature), user, log_term(adjustment.magnitude)});
    });
    if (cancelled) return error{error_code::conflict, "The retrain was cancelled.", {}, {}, {}};
    return read;
  }

  /// Returns how many features had a quorum.
  static std::size_t cast_votes(const training_task& task, collected& votes, model& trained) {
    // In order of feature, then of user by name, so that a sum does not depend on who came first; what one user said of
    // one feature stays in the order in which he said it.
    const std::vector<std::uint32_t> rank = votes.users.ranks();
    std::stable_sort(votes.all.begin(), votes.all.end(), [&rank](const said& a, const said& b) {
      return a.feature != b.feature ? a.feature < b.feature : rank[a.user] < rank[b.user];
    });
    std::size_t moved = 0;
    for (auto at = votes.all.cbegin(); at != votes.all.cend();) {
      const std::uint32_t feature = at->feature;
      std::int64_t voters = 0;
      double sum = 0.0;
      for (; at != votes.all.cend() && at->feature == feature; ++voters) sum += vote_of_one(at, votes.all.cend());
      if (voters < task.retrain.quorum) continue;
      trained.shared_log_weights[votes.features.text(feature)] += sum / static_cast<double>(votes.users.size());
      ++moved;
    }
    return moved;
  }

  /// The mean of what one user said of one feature; goes to what the next one said.
  static double vote_of_one(std::vector<said>::const_iterator& at, std::vector<said>::const_iterator end) {
    const said first = *at;
    double log_sum = 0.0;
    std::int64_t count = 0;
    for (; at != end && at->feature == first.feature && at->user == first.user; ++at, ++count)
      log_sum += at->log_weight;
    return log_sum / static_cast<double>(count);
  }
};

}  // namespace

std::unique_ptr<trainer> make_shared_weights_trainer() { return std::make_unique<shared_weights_trainer>(); }

}  // namespace demur
