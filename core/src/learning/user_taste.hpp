#pragma once

#include "learning/known_taste.hpp"

#include <demur/types.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace demur::learning {

/// A dislike that the model has not learnt from. One whose reason says nothing of the item, as `already_watched` does, is none.
struct fresh_dislike {
  id dislike_id = 0;
  std::uint32_t item = 0;
  float weight = 0.8F;          ///< c, faded
  float neighbour_fade = 1.0F;  ///< of the penalty on what is alike, and of the opinions on its creators; 0 to 1
  /// Features that the stated reason may mean: the one that the user likes least is blamed. Empty: the reason names none.
  std::vector<std::uint32_t> blamed;
  float cap = 0.15F;  ///< share of an item's score that the reason takes at most
};

/// What a user has said so far of items that the model knows.
struct user_history {
  std::vector<interaction> known;  ///< likes, and dislikes that the model has learnt from; ascending by item, one each
  std::vector<fresh_dislike> fresh;  ///< in the order of their ids
};

/// What one fresh dislike adds to an item's score; each part is <= 0 for items that are like the disliked one, and all but
/// `factors` are <= 0 for every item.
struct fresh_effect {
  float factors = 0.0F;  ///< of the rank-one update
  float neighbour =
      0.0F;  ///< -neighbour_fade * doubt(i) * min(1, neighbour_weight * max(0, cos(h_q, h_i))^4) * max(0, y_i)
  float creator = 0.0F;  ///< beta_f * the shifts of the directors and franchises that both have
  float reason = 0.0F;   ///< beta_f * the shift of the blamed feature, at least -cap * max(0, score)
  float sum() const { return factors + neighbour + creator + reason; }

  friend bool operator==(const fresh_effect&, const fresh_effect&) = default;
};

/// A user's side of the model: a function of the model and the history alone, so that lifting a dislike gives, bit for
/// bit, what was there before it. Refers to the model. Immutable.
///
///   score(i) = score of known_taste + sum over fresh dislikes of their effects
///
/// A fresh dislike q moves w by a rank_one_update with t = min(fresh_target, y_q - fresh_margin), so that nothing that is like
/// q rises.
///
/// What is near q is lowered as far as it is doubtful that the user likes it: doubt(i) = neighbour_doubt (1 - y_i / y_sure),
/// between 0 and 1, where y is the score before any fresh dislike and y_sure the lowest above 0 among
/// the neighbour_spared highest of what is not in `known`; 1 where none is. So one dislike does not drive out what he is surest to like; and as it takes a share of a score, an item
/// that he might like stays above what he does not care for, even in a model in which all items of a kind are alike.
///
/// On each director and franchise f of q it is worth n = creator_count * neighbour_fade opinions with a residual of -1. With
/// theta_f and the N_f opinions behind it as the earlier fresh dislikes left them:
///
///   shift_f = -n (1 + theta_f) / (overlay_shrink + N_f + n), 0 where theta_f < -1
///
/// so that however many such dislikes there are, beta_f (1 + theta_f) is the most that they take through f. Of a
/// feature that the stated reason blames too, the larger of the two counts: the creator part is then what goes beyond the
/// reason's.
class user_taste {
public:
  user_taste(const ranking_model& model, const user_history& history);
  /// `fresh`: in the order of their ids.
  user_taste(std::shared_ptr<const known_taste> known, const std::vector<fresh_dislike>& fresh);

  /// Of every item of the model, by number.
  std::vector<float> scores() const;
  float score(std::uint32_t item) const;

  /// The parts of a score: <w, h_i> with all dislikes folded in, and what is added to it.
  float factors(std::uint32_t item) const;
  float appeal(std::uint32_t item) const;
  const std::vector<feature_taste>& features() const { return known_->features(); }
  fresh_effect effect(std::size_t fresh, std::uint32_t item) const;
  std::size_t fresh() const { return folded_.size(); }
  /// <h_i, A^-1 h_q> as the fresh dislike found it: > 0 where they are alike to this user.
  float likeness(std::size_t fresh, std::uint32_t item) const;

private:
  struct creator_shift {
    std::uint32_t feature = 0;
    float opinions = 0.0F;  ///< that the dislike was worth, >= 0
    float shift = 0.0F;     ///< of theta, <= 0
    float part = 0.0F;      ///< beta_f * shift
  };
  struct folded {
    std::uint32_t item = 0;
    rank_one_update moved;
    float neighbour_fade = 0.0F;
    std::uint32_t blamed = 0;  ///< features(): none
    float blame = 0.0F;        ///< beta_f * the shift of its theta, <= 0
    float cap = 0.0F;
    std::vector<creator_shift> creators;  ///< ascending by feature
  };

  void fold(const fresh_dislike& said);
  void blame(const fresh_dislike& said, folded& made) const;
  void blame_creators(const fresh_dislike& said, folded& made) const;
  float neighbour_part(const folded& said, std::uint32_t item) const;
  float reason_part(const folded& said, float learnt) const;
  float creator_part(const folded& said, const creator_shift& of, float learnt) const;
  factor_vector inverse_times(const factor_vector& vector) const;
  void add_effect(const folded& said, const float* products, std::vector<float>& scores) const;

  const std::shared_ptr<const known_taste> known_;
  const ranking_model& model_;
  factor_vector user_;  ///< w, with the fresh dislikes folded in
  std::vector<folded> folded_;
};

}  // namespace demur::learning
