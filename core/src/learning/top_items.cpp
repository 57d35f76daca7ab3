#include "learning/top_items.hpp"

#include <algorithm>

namespace demur::learning {

namespace {

bool before(const ranked_item& a, const ranked_item& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
}

}  // namespace

std::vector<ranked_item> top_items(std::span<const float> scores, std::size_t n,
                                   std::span<const std::uint32_t> hidden) {
  std::vector<ranked_item> best;  // a heap with the worst on top
  if (n == 0) return best;
  auto next_hidden = hidden.begin();
  for (std::uint32_t item = 0; item < scores.size(); ++item) {
    while (next_hidden != hidden.end() && *next_hidden < item) ++next_hidden;
    if (next_hidden != hidden.end() && *next_hidden == item) continue;
    const ranked_item candidate{item, scores[item]};
    if (best.size() == n) {
      if (!before(candidate, best.front())) continue;
      std::pop_heap(best.begin(), best.end(), before);
      best.pop_back();
    }
    best.push_back(candidate);
    std::push_heap(best.begin(), best.end(), before);
  }
  std::sort_heap(best.begin(), best.end(), before);
  return best;
}

}  // namespace demur::learning
