#pragma once

#include "domain/case_file.hpp"

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace demur::pipeline {

/// The states of (user, feature) that were needed last, as the store has them. Bounded by the number of features; whole
/// users go, least recently used first. Not thread-safe.
class feature_cache {
public:
  explicit feature_cache(std::size_t max_features) : max_features_(max_features) {}

  /// Null if it is not here. Valid until the next put.
  const feature_state* find(const std::string& user_id, std::string_view feature) const;
  /// `states`: sorted by (user_id, feature).
  void put(const std::vector<feature_state>& states);

  std::size_t size() const { return size_; }

private:
  struct user {
    std::string user_id;
    std::vector<feature_state> features;  ///< sorted by feature
  };
  using users = std::list<user>;

  void put(user& owner, const feature_state& state);
  void evict();

  std::size_t max_features_;
  std::size_t size_ = 0;
  users by_use_;                                                 ///< last used first
  std::unordered_map<std::string_view, users::iterator> by_id_;  ///< views of by_use_'s user_id
};

}  // namespace demur::pipeline
