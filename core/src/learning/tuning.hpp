#pragma once

#include "learning/ranking_model.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace demur::learning {

/// What the choice of opinion_target was made on. Ratios: held-out likes as the chosen target ranks them, over how the factors
/// of a model that knows no dislike do.
struct tuning_figures {
  std::size_t users = 0;  ///< who were asked; 0: nothing was found out, the target is that of taste_options
  double ndcg_ratio = 1.0;
  double recall_ratio = 1.0;
};

struct tuned_model {
  ranking_model model;
  tuning_figures tuned;
};

/// How well held-out likes are ranked: sums over the users who were asked.
struct likes_kept {
  double ndcg_10 = 0.0;
  double recall_20 = 0.0;
};

/// The first of `kept`, which go from the strongest target to the mildest, that loses no NDCG@10 and at most a twentieth of
/// Recall@20 against `wanted`. If there is none, something else in the model costs likes, and no mildness brings them back:
/// then the first that is within half a per cent of the best NDCG@10 among them and a twentieth of the best Recall@20; if
/// there is none either, the last. `kept`: one or more.
std::size_t strongest(const std::vector<likes_kept>& kept, const likes_kept& wanted);

/// The whole of training. How much a dislike says depends on the data: where people meet few items, what is like a disliked one
/// is disliked; where they meet most of them, it is liked nearly as often. So it is tried first: with opinions held out as
/// hold_out does, a model is made of the rest and one of the rest's likes alone, those who dislike anything are ranked for
/// with each target, and the `strongest` is taken, wanted being what the factors of likes alone keep. Then the model is
/// made of all. Fits three times, once where fewer than a hundred users can be asked. Memory: the interactions up to four
/// times. Nothing if `go_on`, which counts the epochs of all fits, said no. The same for the same input on the same
/// processor, whatever the number of threads.
std::optional<tuned_model> fit_tuned_model(std::vector<id> items, item_features features, const interactions& by_user,
                                           const ials_options& ials,
                                           const std::function<bool(const epoch_report&)>& go_on = {});

}  // namespace demur::learning
