#pragma once

#include "learning/holdout.hpp"
#include "learning/ranking_metrics.hpp"
#include "learning/ranking_model.hpp"
#include "learning/user_taste.hpp"

#include <demur/evaluation.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace demur::learning {

/// A data set, numbered.
struct numbered_data {
  std::vector<id> items;  ///< ascending
  interactions opinions;  ///< by user; likes 1, dislikes -0.8
  item_features features;
};

/// What the arms of one split share; each model is made when it is first asked for.
class split_models {
public:
  split_models(const numbered_data& data, const holdout& split, const evaluation_plan& plan, std::uint32_t seed);

  const ranking_model& likes_only();
  const ranking_model& both();

  const numbered_data& data;
  const holdout& split;
  const evaluation_plan& plan;

private:
  ranking_model fit(const interactions& training) const;

  std::uint32_t seed_;
  std::optional<ranking_model> likes_only_;
  std::optional<ranking_model> both_;
};

struct arm {
  std::string name;
  std::function<scorer(split_models&)> prepare;
};

/// All that there are, in the order in which they are shown.
const std::vector<arm>& all_arms();

/// What a user was trained on, as serving would see it, with nothing fresh.
user_history history_of(const holdout& split, std::size_t user);

/// The largest catalogue that the arm `ease` takes: its matrix is items x items.
constexpr std::size_t most_items_of_ease = 20'000;

}  // namespace demur::learning
