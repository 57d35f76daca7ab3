#include "learning/tuning.hpp"

#include "learning/holdout.hpp"
#include "learning/known_taste.hpp"
#include "learning/ranking_metrics.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace demur::learning {

namespace {

/// Ascending: from the strongest to the mildest. Still lower ones take little more of the dislikes, and much of the likes.
constexpr float targets[] = {-3.5F, -2.5F, -1.75F, -1.25F, -0.75F, -0.25F};
constexpr double ndcg_wanted = 1.0;        ///< of what likes alone reach
constexpr double ndcg_at_best = 0.995;     ///< of what any target reaches
constexpr double recall_wanted = 0.95;     ///< of either
constexpr std::size_t fewest_asked = 100;  ///< of fewer, NDCG says nothing to a few per cent
constexpr std::size_t most_asked = 2'000;  ///< each is solved once a target

using go_on_function = std::function<bool(const epoch_report&)>;

bool dislikes_anything(std::span<const interaction> row) {
  return std::any_of(row.begin(), row.end(), [](const interaction& said) { return said.weight < 0.0F; });
}

/// Leaves held-out opinions only to whom a dislike can cost anything, and not to too many. Returns how many are left.
std::size_t keep_asked(holdout& split) {
  std::vector<std::size_t> able;
  for (std::size_t user = 0; user < split.likes.size(); ++user)
    if (!split.likes[user].empty() && dislikes_anything(split.training.row(user))) able.push_back(user);
  const std::size_t asked = std::min(able.size(), most_asked);
  std::vector<std::vector<std::uint32_t>> likes(split.likes.size());
  for (std::size_t k = 0; k < asked; ++k) {
    const std::size_t user = able[k * able.size() / asked];
    likes[user] = std::move(split.likes[user]);
  }
  split.likes = std::move(likes);
  split.dislikes = std::vector<std::vector<std::uint32_t>>(split.likes.size());
  return asked;
}

likes_kept measure(const holdout& split, const scorer& score, int threads) {
  likes_kept sums;
  for (const user_metrics& user : measure_users(split, score, threads).users) {
    sums.ndcg_10 += user.ndcg_10.value_or(0.0);
    sums.recall_20 += user.recall_20.value_or(0.0);
  }
  return sums;
}

/// Passes the epochs of several fits on as those of one.
class fits_in_a_row {
public:
  fits_in_a_row(const go_on_function& go_on, int fits) : go_on_(go_on), fits_(fits) {}

  go_on_function next() {
    return [this, before = begun_++](const epoch_report& done) {
      return !go_on_ || go_on_({before * done.epochs + done.epoch, fits_ * done.epochs, done.loss});
    };
  }

private:
  const go_on_function& go_on_;
  int fits_;
  int begun_ = 0;
};

struct choice {
  taste_options taste;
  tuning_figures figures;
};

/// `split`: whom to ask.
std::optional<likes_kept> kept_by_likes_alone(const std::vector<id>& items, const item_features& features,
                                              const holdout& split, const ials_options& ials, fits_in_a_row& fits) {
  const interactions likes = likes_of(split.training);
  const auto model = fit_ranking_model(items, features, likes, ials, taste_options{}, fits.next());
  if (!model) return std::nullopt;
  return measure(
      split, [&](std::size_t user) { return factor_scores(*model, likes.row(user)); }, ials.threads);
}

std::optional<choice> choose(const std::vector<id>& items, const item_features& features, const holdout& split,
                             std::size_t asked, const ials_options& ials, fits_in_a_row& fits) {
  choice made;
  const auto wanted = kept_by_likes_alone(items, features, split, ials, fits);
  if (!wanted) return std::nullopt;
  auto model = fit_ranking_model(items, features, split.training, ials, made.taste, fits.next());
  if (!model) return std::nullopt;
  if (wanted->ndcg_10 <= 0.0 || wanted->recall_20 <= 0.0) return made;  // nothing is found, so nothing can be lost
  std::vector<likes_kept> kept;
  for (const float target : targets) {
    model->taste.opinion_target = target;
    kept.push_back(measure(
        split,
        [&](std::size_t user) {
          const auto row = split.training.row(user);
          return known_taste(*model, {row.begin(), row.end()}).scores();
        },
        ials.threads));
  }
  const std::size_t chosen = strongest(kept, *wanted);
  made.taste.opinion_target = targets[chosen];
  made.figures = {asked, kept[chosen].ndcg_10 / wanted->ndcg_10, kept[chosen].recall_20 / wanted->recall_20};
  return made;
}

}  // namespace

std::size_t strongest(const std::vector<likes_kept>& kept, const likes_kept& wanted) {
  const auto first = [&kept](double ndcg, double recall) {
    const auto found = std::find_if(kept.begin(), kept.end(), [=](const likes_kept& each) {
      return each.ndcg_10 >= ndcg && each.recall_20 >= recall;
    });
    return static_cast<std::size_t>(found - kept.begin());
  };
  const std::size_t chosen = first(ndcg_wanted * wanted.ndcg_10, recall_wanted * wanted.recall_20);
  if (chosen < kept.size()) return chosen;
  likes_kept best;
  for (const likes_kept& each : kept) {
    best.ndcg_10 = std::max(best.ndcg_10, each.ndcg_10);
    best.recall_20 = std::max(best.recall_20, each.recall_20);
  }
  return std::min(first(ndcg_at_best * best.ndcg_10, recall_wanted * best.recall_20), kept.size() - 1);
}

std::optional<tuned_model> fit_tuned_model(std::vector<id> items, item_features features, const interactions& by_user,
                                           const ials_options& ials, const go_on_function& go_on) {
  holdout split = hold_out(by_user, static_cast<std::uint32_t>(ials.seed));
  const std::size_t asked = keep_asked(split);
  const bool tries = asked >= fewest_asked;
  fits_in_a_row fits(go_on, tries ? 3 : 1);
  choice made;
  if (tries) {
    auto chosen = choose(items, features, split, asked, ials, fits);
    if (!chosen) return std::nullopt;
    made = *chosen;
  }
  split = {};
  auto model = fit_ranking_model(std::move(items), std::move(features), by_user, ials, made.taste, fits.next());
  if (!model) return std::nullopt;
  return tuned_model{*std::move(model), made.figures};
}

}  // namespace demur::learning
