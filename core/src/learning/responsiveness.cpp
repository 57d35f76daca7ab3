#include "learning/responsiveness.hpp"

#include "learning/parallel.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace demur::learning {

namespace {

constexpr std::size_t shown = 20;
constexpr std::size_t nearest = 50;
constexpr float shrink = 5.0F;  ///< users in common that halve a similarity

/// Finds what is like an item: same franchise or director, or nearest by co-likes, cos * n / (n + 5).
class likeness {
public:
  likeness(const item_features& features, const interactions& likes)
      : features_(features), by_user_(likes), by_item_(likes.transposed()) {}

  std::vector<std::uint32_t> of(std::uint32_t item) const {
    std::vector<std::uint32_t> found;
    for (const std::uint32_t feature : features_.of(item)) {
      if (!names_a_creator(features_.name(feature))) continue;
      const auto same = features_.with(feature);
      found.insert(found.end(), same.begin(), same.end());
    }
    const auto neighbours = nearest_to(item);
    found.insert(found.end(), neighbours.begin(), neighbours.end());
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    std::erase(found, item);
    return found;
  }

private:
  std::vector<std::uint32_t> nearest_to(std::uint32_t item) const {
    std::vector<float> together(by_item_.rows());
    for (const interaction& fan : by_item_.row(item))
      for (const interaction& other : by_user_.row(fan.other)) together[other.other] += 1.0F;
    const auto fans = static_cast<float>(by_item_.row(item).size());
    for (std::size_t i = 0; i < together.size(); ++i) {
      const float n = together[i];
      if (n == 0.0F) continue;
      together[i] = n / std::sqrt(fans * static_cast<float>(by_item_.row(i).size())) * n / (n + shrink);
    }
    std::vector<std::uint32_t> items;
    for (const ranked_item& near : top_items(together, nearest, {{item}}))
      if (near.score > 0.0F) items.push_back(near.item);
    return items;
  }

  const item_features& features_;
  const interactions& by_user_;
  interactions by_item_;
};

struct seen {
  double share = 0.0;
  double ndcg = 0.0;
};

/// One user, one question.
class trial {
public:
  trial(split_models& models, const likeness& alike, std::size_t user)
      : model_(models.both()), split_(models.split), alike_(alike), user_(user) {}

  /// Adds to the sums, if the user has something to be asked about.
  void run(responsiveness_figures& sums) {
    const user_history before = history_of(split_, user_);
    if (split_.dislikes[user_].empty() || split_.likes[user_].empty()) return;
    const std::vector<float> scores = user_taste(model_, before).scores();
    const auto& candidates = split_.dislikes[user_];
    asked_ =
        *std::max_element(candidates.begin(), candidates.end(), [&](auto a, auto b) { return scores[a] < scores[b]; });
    like_it_ = alike_.of(asked_);
    hidden_ = items_of(split_.training.row(user_));
    hidden_.insert(std::upper_bound(hidden_.begin(), hidden_.end(), asked_), asked_);

    user_history disliked = before, liked = before;
    disliked.fresh.push_back({1, asked_, 0.8F, 1.0F, {}, 0.0F});
    const auto place = std::upper_bound(liked.known.begin(), liked.known.end(), asked_,
                                        [](std::uint32_t item, const interaction& said) { return item < said.other; });
    liked.known.insert(place, {asked_, 1.0F});
    const seen without = look(scores), after_dislike = look(user_taste(model_, disliked).scores()),
               after_like = look(user_taste(model_, liked).scores());
    ++sums.users;
    sums.share_before += without.share;
    sums.share_after_dislike += after_dislike.share;
    sums.share_after_like += after_like.share;
    sums.ndcg_10_before += without.ndcg;
    sums.ndcg_10_after += after_dislike.ndcg;
  }

private:
  seen look(const std::vector<float>& scores) const {
    const auto first = top_items(scores, shown, hidden_);
    const auto alike = std::count_if(first.begin(), first.end(), [&](const ranked_item& ranked) {
      return std::binary_search(like_it_.begin(), like_it_.end(), ranked.item);
    });
    return {static_cast<double>(alike) / static_cast<double>(shown), normalised_gain(first, split_.likes[user_], 10)};
  }

  const ranking_model& model_;
  const holdout& split_;
  const likeness& alike_;
  std::size_t user_;
  std::uint32_t asked_ = 0;
  std::vector<std::uint32_t> like_it_;
  std::vector<std::uint32_t> hidden_;
};

}  // namespace

responsiveness_figures measure_responsiveness(split_models& models) {
  const interactions likes = likes_of(models.split.training);
  const likeness alike(models.data.features, likes);
  responsiveness_figures sums;
  for (std::size_t user = 0; user < models.split.likes.size(); ++user) trial(models, alike, user).run(sums);
  return sums;
}

}  // namespace demur::learning
