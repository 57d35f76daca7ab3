#include "pipeline/feature_cache.hpp"

#include <algorithm>

namespace demur::pipeline {

namespace {

bool before(const feature_state& state, std::string_view feature) { return state.feature < feature; }

}  // namespace

const feature_state* feature_cache::find(const std::string& user_id, std::string_view feature) const {
  const auto owner = by_id_.find(user_id);
  if (owner == by_id_.end()) return nullptr;
  const auto& features = owner->second->features;
  const auto place = std::lower_bound(features.begin(), features.end(), feature, before);
  return place != features.end() && place->feature == feature ? &*place : nullptr;
}

void feature_cache::put(user& owner, const feature_state& state) {
  auto& features = owner.features;
  const auto place = std::lower_bound(features.begin(), features.end(), state.feature, before);
  if (place != features.end() && place->feature == state.feature) {
    *place = state;
    return;
  }
  features.insert(place, state);
  ++size_;
}

void feature_cache::put(const std::vector<feature_state>& states) {
  user* owner = nullptr;
  for (const feature_state& state : states) {
    if (!owner || owner->user_id != state.user_id) {
      const auto found = by_id_.find(state.user_id);
      if (found == by_id_.end()) {
        by_use_.push_front({state.user_id, {}});
        by_id_.emplace(by_use_.front().user_id, by_use_.begin());
      } else {
        by_use_.splice(by_use_.begin(), by_use_, found->second);
      }
      owner = &by_use_.front();
    }
    put(*owner, state);
  }
  evict();
}

void feature_cache::evict() {
  while (size_ > max_features_ && !by_use_.empty()) {
    size_ -= by_use_.back().features.size();
    by_id_.erase(by_use_.back().user_id);
    by_use_.pop_back();
  }
}

}  // namespace demur::pipeline
