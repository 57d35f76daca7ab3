#pragma once

#include "store/rows.hpp"

#include <demur/trainer.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace demur::store {

/// What one user has said of items that have ids, see reader::opinions. Throws what SOCI throws.
class user_opinions {
public:
  explicit user_opinions(soci::session& session);

  /// `newest_dislike_id`: where the chain of the user's dislikes begins; at most `limit` of them are followed.
  std::vector<training_opinion> get(const std::string& user_id, id newest_dislike_id, double rating_weight,
                                    std::int64_t limit);
  /// Movies that the user has rated in any way, ascending.
  std::vector<id> rated(const std::string& user_id);
  /// See reader::movie_titled.
  std::optional<id> titled(const std::string& title);

private:
  question ratings_, dislikes_, rated_, titled_;
  std::string user_id_, reason_, title_;
  long long newest_ = 0, limit_ = 0, dislike_id_ = 0;
  long long rating_movie_ = 0, liked_ = 0, rated_at_ = 0, dislike_movie_ = 0, disliked_at_ = 0, rated_movie_ = 0,
            titled_movie_ = 0;
  nullable<double> weight_;
};

}  // namespace demur::store
