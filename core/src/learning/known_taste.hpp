#pragma once

#include "learning/overlay.hpp"
#include "learning/ranking_model.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace demur::learning {

/// A dislike of q folded into a solved row w: the ridge regression with A grown by c q q' (Sherman and Morrison 1950).
struct rank_one_update {
  factor_vector direction;  ///< A^-1 q as the dislike found it
  float step = 0.0F;        ///< w falls by step * direction: c (y_q - t) / (1 + c s_q), s_q = q' A^-1 q
  float shrink = 0.0F;      ///< A^-1 falls by shrink * direction * direction': c / (1 + c s_q)
};

/// What a user's likes, and the dislikes that the model has learnt from, make of him: what takes long to solve, and stays
/// as it is while fresh dislikes come and go. A function of the model and of `known` alone. Refers to the model. Immutable.
///
///   score(i) = <w + kappa v, h_i> + gamma appeal_i + sum_f beta_f theta_f
///
/// with w the row of the trained matrix, and v the ridge regression of his opinions alone:
///
///   v = (sum c h h' + opinion_ridge I)^-1 sum c t h,   t = 1 of a like, opinion_target of a dislike
///
/// w must also tell what he spoke of from what he did not, and so hardly heeds a dislike; v is free to. Of one who likes
/// nothing, v = 0.
class known_taste {
public:
  /// `known`: ascending by item, one each.
  known_taste(const ranking_model& model, std::vector<interaction> known);

  const ranking_model& model() const { return model_; }
  const std::vector<interaction>& known() const { return known_; }
  const factor_vector& user() const { return user_; }  ///< w + kappa v
  const std::vector<feature_taste>& features() const { return features_; }
  /// Null: he said nothing of the feature.
  const feature_taste* taste_of(std::uint32_t feature) const;
  /// Of every item of the model, by number.
  const std::vector<float>& scores() const { return scores_; }
  /// 1 / y_sure, the score from which on nothing is doubted, see user_taste; 0: everything is.
  float inverse_sure() const { return inverse_sure_; }
  /// A^-1 of a vector.
  factor_vector inverse_times(const factor_vector& vector) const;
  /// What a dislike of the item does to `user`, given A^-1 of its factors. The target is at least fresh_margin below its
  /// score, so that nothing that is like it rises.
  rank_one_update fold_in(std::uint32_t item, float weight, float target, const factor_vector& user,
                          factor_vector direction) const;
  /// Memory that it takes.
  std::size_t bytes() const;

private:
  void solve();
  void solve_opinions();
  bool likes_something() const;
  void score();

  const ranking_model& model_;
  const std::vector<interaction> known_;
  square_matrix cholesky_;  ///< L of A = L L', lower triangle
  factor_vector user_;
  std::vector<feature_taste> features_;
  std::vector<float> scores_;
  float inverse_sure_ = 0.0F;
  std::vector<rank_one_update> folded_;  ///< dislikes of one who likes nothing
};

}  // namespace demur::learning
