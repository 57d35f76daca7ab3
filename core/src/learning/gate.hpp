#pragma once

#include "learning/interactions.hpp"
#include "learning/ranking_model.hpp"

#include <demur/settings.hpp>
#include <demur/types.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// May a candidate take the place of the live version? Both rank for the same users, whom no version is trained on: a
/// user's side is a function of the items' side and of what he said, so those users are served as well as all others,
/// and neither version has an advantage.
namespace demur::learning {

/// Whether the user's opinions are kept out of training, and judge it: by a hash of his name, for ever. `share`: 0 to 1.
bool judges(std::string_view user_id, double share);

/// What a judge has said: movie_id and entry (see entry_of), ascending, one each.
struct judge {
  std::string user_id;
  std::vector<std::pair<id, float>> said;
};

/// More judges than this add time and no certainty: those with the lowest hashes are asked.
constexpr std::size_t most_judges = 2'000;

struct gate_verdict {
  /// Means over the judges: ndcg_10, recall_20, dhr_10, dhr_20, ndcl_100, auc, coverage_20 of the candidate; the same of
  /// the live version with `live_` before the name; `_low` and `_high`: of the difference candidate - live, the interval
  /// with 95 % by the bootstrap over judges; gate_judges: judges with likes that are held out.
  std::map<std::string, double> metrics;
  std::string rejection;  ///< empty: it may go live
};

/// `live`: null if nothing that ranks serves. Who was trained on by one of the two does not judge. With fewer judges than
/// `rules.min_judges`, of likes for the first rule and of dislikes for the second, nobody is refused.
/// From each judge a fifth of the likes and of the dislikes is hidden from both (where there are five), by hash.
gate_verdict hold_gate(const ranking_model& candidate, const ranking_model* live, std::vector<judge> judges,
                       const settings::gate_section& rules, int threads);

}  // namespace demur::learning
