#include "learning/ranking_metrics.hpp"

#include "learning/parallel.hpp"

#include <algorithm>
#include <cmath>

namespace demur::learning {

namespace {

constexpr std::size_t depth_of_ranking = 100;
constexpr std::size_t depth_of_coverage = 20;

double discount(std::size_t place) { return 1.0 / std::log2(static_cast<double>(place) + 2.0); }

bool contains(std::span<const std::uint32_t> sorted, std::uint32_t item) {
  return std::binary_search(sorted.begin(), sorted.end(), item);
}

double share_above(std::span<const float> scores, std::span<const std::uint32_t> likes,
                   std::span<const std::uint32_t> dislikes) {
  double above = 0.0;
  for (const std::uint32_t like : likes)
    for (const std::uint32_t dislike : dislikes) {
      if (scores[like] > scores[dislike]) above += 1.0;
      if (scores[like] == scores[dislike]) above += 0.5;
    }
  return above / static_cast<double>(likes.size() * dislikes.size());
}

user_metrics measure_ranking(std::span<const ranked_item> ranking, std::span<const float> scores,
                             std::span<const std::uint32_t> likes, std::span<const std::uint32_t> dislikes) {
  user_metrics measured;
  if (!likes.empty()) {
    measured.ndcg_10 = normalised_gain(ranking, likes, 10);
    measured.recall_20 = hit_rate(ranking, likes, 20);
  }
  if (!dislikes.empty()) {
    measured.dhr_10 = hit_rate(ranking, dislikes, 10);
    measured.dhr_20 = hit_rate(ranking, dislikes, 20);
    measured.ndcl_100 = normalised_gain(ranking, dislikes, depth_of_ranking);
  }
  if (!likes.empty() && !dislikes.empty()) measured.auc = share_above(scores, likes, dislikes);
  return measured;
}

}  // namespace

double normalised_gain(std::span<const ranked_item> ranking, std::span<const std::uint32_t> relevant,
                       std::size_t depth) {
  double gain = 0.0, best = 0.0;
  for (std::size_t place = 0; place < depth; ++place) {
    if (place < ranking.size() && contains(relevant, ranking[place].item)) gain += discount(place);
    if (place < relevant.size()) best += discount(place);
  }
  return best > 0.0 ? gain / best : 0.0;
}

double hit_rate(std::span<const ranked_item> ranking, std::span<const std::uint32_t> relevant, std::size_t depth) {
  const auto first = ranking.first(std::min(depth, ranking.size()));
  const auto hits = std::count_if(first.begin(), first.end(),
                                  [&](const ranked_item& ranked) { return contains(relevant, ranked.item); });
  return relevant.empty() ? 0.0 : static_cast<double>(hits) / static_cast<double>(relevant.size());
}

user_metrics measure_user(std::span<const float> scores, std::span<const std::uint32_t> seen,
                          std::span<const std::uint32_t> likes, std::span<const std::uint32_t> dislikes) {
  return measure_ranking(top_items(scores, depth_of_ranking, seen), scores, likes, dislikes);
}

all_metrics measure_users(const holdout& split, const scorer& score, int threads) {
  all_metrics all;
  all.users.resize(split.likes.size());
  std::vector<std::vector<std::uint32_t>> shown(split.likes.size());
  in_slices(all.users.size(), 8, threads_for(threads), [&](std::size_t first, std::size_t last, int) {
    for (std::size_t user = first; user < last; ++user) {
      if (split.likes[user].empty() && split.dislikes[user].empty()) continue;
      const std::vector<float> scores = score(user);
      const auto ranking = top_items(scores, depth_of_ranking, items_of(split.training.row(user)));
      all.users[user] = measure_ranking(ranking, scores, split.likes[user], split.dislikes[user]);
      for (std::size_t k = 0; k < std::min(depth_of_coverage, ranking.size()); ++k)
        shown[user].push_back(ranking[k].item);
    }
  });
  std::vector<bool> ever(split.training.columns());
  for (const auto& items : shown)
    for (const std::uint32_t item : items) ever[item] = true;
  if (!ever.empty())
    all.coverage_20 =
        static_cast<double>(std::count(ever.begin(), ever.end(), true)) / static_cast<double>(ever.size());
  return all;
}

}  // namespace demur::learning
