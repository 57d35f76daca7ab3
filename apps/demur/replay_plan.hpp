#pragma once

#include "movielens.hpp"
#include "wire.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace demur::cli {

/// Which times the dislikes of a replay get.
enum class timeline { now, original };

/// A rating that becomes a dislike.
struct planned_dislike {
  std::size_t rating = 0;  ///< place in the data's ratings
  double predicted_score = 0.0;
  std::string reason;
};

/// The dislikes of a data set in time order, with score and reason by rating_baseline. Depends on the data alone.
std::vector<planned_dislike> plan_replay(const movielens_data& data);

/// The request for one of them. The body does not depend on when it is sent, so that its key can be sent again.
http_request replay_request(const movielens_data& data, const std::map<std::int64_t, std::size_t>& index,
                            const planned_dislike& planned, timeline times);

/// Which connection takes which dislikes (places in `planned`), in time order: all of a user's on one, and about as many
/// on each.
std::vector<std::vector<std::size_t>> lanes_of(const movielens_data& data, const std::vector<planned_dislike>& planned,
                                               std::size_t connections);

}  // namespace demur::cli
