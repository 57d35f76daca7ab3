#pragma once

#include "learning/holdout.hpp"
#include "learning/top_items.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace demur::learning {

/// How one user is served, each figure where it is defined: likes, dislikes, or both held out.
struct user_metrics {
  std::optional<double> ndcg_10;    ///< binary gain, on held-out likes
  std::optional<double> recall_20;  ///< hits over held-out likes
  std::optional<double> dhr_10;     ///< share of the held-out dislikes among the first 10
  std::optional<double> dhr_20;
  std::optional<double> ndcl_100;  ///< normalised discounted cumulative loss (Frolov and Oseledets 2016)
  std::optional<double> auc;       ///< P(held-out like above held-out dislike), ties half
};

/// `scores`: of every item. `seen`: what the user was trained on, not ranked. `likes`, `dislikes`: held out. All ascending.
user_metrics measure_user(std::span<const float> scores, std::span<const std::uint32_t> seen,
                          std::span<const std::uint32_t> likes, std::span<const std::uint32_t> dislikes);

/// Gain of a ranking over the best possible one, of the first `depth`.
double normalised_gain(std::span<const ranked_item> ranking, std::span<const std::uint32_t> relevant,
                       std::size_t depth);
/// Share of `relevant` among the first `depth`.
double hit_rate(std::span<const ranked_item> ranking, std::span<const std::uint32_t> relevant, std::size_t depth);

/// Scores of all items for one user.
using scorer = std::function<std::vector<float>(std::size_t user)>;

struct all_metrics {
  std::vector<user_metrics> users;
  double coverage_20 = 0.0;  ///< share of the items that anybody sees among his first 20
};

/// Every user that has something held out; the others' entries are empty. `score` is called by several threads.
all_metrics measure_users(const holdout& split, const scorer& score, int threads);

}  // namespace demur::learning
