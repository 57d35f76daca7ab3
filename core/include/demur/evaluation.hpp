#pragma once

#include <demur/error.hpp>
#include <demur/types.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

/// Does learning from dislikes make recommendations better? Measured offline, on opinions that are held out.
namespace demur {

/// Opinions of a data set, one of a user and an item. Users are numbered from 0.
struct evaluation_data {
  struct opinion {
    std::uint32_t user = 0;
    id movie_id = 0;
    bool liked = false;
  };
  std::vector<opinion> opinions;  ///< in any order; of two of the same user and item the later one counts
  std::map<id, std::vector<std::string>> features;  ///< of an item: `genre:Horror`, `director:...`, ...
};

/// What may be compared: `popularity`, `ease` (Steck 2019, a test oracle; at most 20,000 items), `likes_only`, `dislikes`
/// (iALS that learns from both), `overlay` (the whole model, with all its parts), `likes_overlay` (that, from likes alone).
struct evaluation_plan {
  std::vector<std::string> arms{"popularity", "likes_only", "dislikes", "overlay"};
  std::int64_t seeds = 10;  ///< splits, each with its own first factors: seeds 1 to this
  std::int64_t factors = 64;
  std::int64_t epochs = 12;
  double alpha0 = 0.1;
  double lambda = 0.01;
  std::int64_t threads = 0;    ///< 0: all cores
  bool responsiveness = true;  ///< also measure what one fresh dislike does
};

/// Of one arm and one split, means over users. On held-out likes: ndcg_10, recall_20; on held-out dislikes: dhr_10, dhr_20
/// (the share of them among the first 10, 20), ndcl_100 (discounted cumulative loss); on both: auc, P(like above dislike).
/// coverage_20: share of the items that anybody is shown among his first 20.
using evaluation_figures = std::map<std::string, double>;

/// A figure against the same figure of the arm that others are compared with (`likes_only`), on the same splits.
struct paired_difference {
  double mean = 0.0;
  double low = 0.0;  ///< 95 % interval, Student's t over the splits
  double high = 0.0;
  double relative = 0.0;  ///< mean / mean of that arm
};

struct evaluation_arm {
  std::string name;
  std::vector<evaluation_figures> by_seed;
  evaluation_figures mean;
  std::map<std::string, paired_difference> difference;  ///< empty for likes_only, or without it
};

/// What one fresh dislike does (YouTube's question, arXiv 2308.12256): each user's highest-scored held-out dislike is disliked,
/// liked, or left; how many of the items like it (same franchise or director, or the 50 nearest by co-likes) are then
/// among his first 20?
struct responsiveness_figures {
  std::int64_t users = 0;     ///< over all splits
  double share_before = 0.0;  ///< of items like it among the first 20
  double share_after_dislike = 0.0;
  double share_after_like = 0.0;
  double ndcg_10_before = 0.0;  ///< on held-out likes: the collateral
  double ndcg_10_after = 0.0;
};

struct evaluation_report {
  std::int64_t users = 0;
  std::int64_t items = 0;
  std::int64_t likes = 0;
  std::int64_t dislikes = 0;
  std::int64_t features = 0;
  std::vector<evaluation_arm> arms;
  responsiveness_figures responsiveness;  ///< users = 0: not measured
};

/// For each seed: per user, hold out a fifth of the likes and a fifth of the dislikes where there are 5 or more of them, train
/// on the rest, rank all items but those that the user was trained on. The same numbers for the same data and plan
/// on the same processor. `progress` is told what is about to run. Errors: `bad_value` names the field of the plan, or says
/// what the data lack.
result<evaluation_report> evaluate(const evaluation_data& data, const evaluation_plan& plan,
                                   const std::function<void(const std::string&)>& progress = {});

}  // namespace demur
