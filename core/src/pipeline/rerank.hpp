#pragma once

#include "domain/by_text.hpp"
#include "domain/case_file.hpp"

#include <demur/settings.hpp>
#include <demur/trainer.hpp>
#include <demur/types.hpp>

#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace demur::pipeline {

/// Weights of features by family, then value. Looks into the features that it was made of, which must stay.
class weight_table {
public:
  using family = std::unordered_map<std::string_view, double, text_hash>;  ///< by value

  void add(std::string_view feature, double weight);
  /// Empty if there is none of this family.
  const family& of(std::string_view name) const;

private:
  std::unordered_map<std::string_view, family, text_hash> families_;
};

/// The weights of a model.
weight_table table_of(const model& shared, double floor);
/// The weights that a user has of his own at `now`, each with the model's part in it.
weight_table table_of(const std::vector<feature_state>& personal, const model& shared, double floor, timestamp now);

/// What is known when candidates are ranked.
struct rerank_basis {
  const weight_table& personal;
  const weight_table& shared;               ///< for features that are not in `personal`
  const std::vector<feature_state>& items;  ///< the states of the items that the user disliked
  double unhide_below;                      ///< weights.unhide_below
};

/// All that is kept of a user, taken apart for ranking.
class ranked_user {
public:
  /// `serving` and `shared` must outlive it; `shared` is the table of `serving`.
  ranked_user(std::vector<feature_state> states, const model& serving, const weight_table& shared,
              const settings::weights_section& chosen, timestamp now);
  // The tables look into the states.
  ranked_user(const ranked_user&) = delete;
  ranked_user& operator=(const ranked_user&) = delete;

  rerank_basis basis() const { return {personal_, shared_, items_, unhide_below_}; }

private:
  std::vector<feature_state> weights_;
  std::vector<feature_state> items_;
  weight_table personal_;
  const weight_table& shared_;
  double unhide_below_;
};

/// The adjusted score of each candidate, in order; nothing where it is hidden.
std::vector<std::optional<double>> adjusted_scores(const std::vector<rerank_candidate>& candidates,
                                                   const std::vector<const movie*>& rows, const rerank_basis& basis,
                                                   timestamp now);

/// Orders candidates by score * multiplier and takes out what is hidden from the user at `now` (api.md, POST
/// /api/rerank). `rows`, one for each candidate: its row of the catalogue, or null where the candidate's own features
/// count.
rerank_answer rerank(const rerank_request& request, const std::vector<const movie*>& rows, const rerank_basis& basis,
                     timestamp now);

/// Orders candidates by scores that nothing multiplies, one for each, and takes out what is hidden. `states`: of the user.
rerank_answer rank_by_scores(const rerank_request& request, const std::vector<const movie*>& rows,
                             const std::vector<double>& scores, const std::vector<feature_state>& states,
                             double unhide_below, timestamp now);

}  // namespace demur::pipeline
