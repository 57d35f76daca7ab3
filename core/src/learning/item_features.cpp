#include "learning/item_features.hpp"

#include <algorithm>
#include <utility>

namespace demur::learning {

item_features::item_features(const std::vector<std::vector<std::string>>& by_item) {
  for (const auto& names : by_item) names_.insert(names_.end(), names.begin(), names.end());
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());

  std::vector<std::uint32_t> own;
  for (const auto& names : by_item) {
    own.clear();
    for (const std::string& each : names) own.push_back(find(each));
    std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
    features_.insert(features_.end(), own.begin(), own.end());
    item_begins_.push_back(features_.size());
  }
  turn();
}

item_features::item_features(std::vector<std::string> names, std::vector<std::size_t> begins,
                             std::vector<std::uint32_t> features)
    : names_(std::move(names)), item_begins_(std::move(begins)), features_(std::move(features)) {
  turn();
}

void item_features::turn() {
  feature_begins_.assign(names_.size() + 1, 0);
  for (const std::uint32_t feature : features_) ++feature_begins_[feature + 1];
  for (std::size_t f = 0; f < names_.size(); ++f) feature_begins_[f + 1] += feature_begins_[f];
  items_.resize(features_.size());
  std::vector<std::size_t> next(feature_begins_.begin(), feature_begins_.end() - 1);
  for (std::size_t item = 0; item < items(); ++item)
    for (const std::uint32_t feature : of(item)) items_[next[feature]++] = static_cast<std::uint32_t>(item);
}

std::uint32_t item_features::find(std::string_view name) const {
  const auto place = std::lower_bound(names_.begin(), names_.end(), name);
  const bool found = place != names_.end() && *place == name;
  return static_cast<std::uint32_t>(found ? place - names_.begin() : static_cast<std::ptrdiff_t>(names_.size()));
}

bool names_a_creator(std::string_view feature) {
  return feature.starts_with("director:") || feature.starts_with("franchise:");
}

}  // namespace demur::learning
