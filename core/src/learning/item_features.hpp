#pragma once

#include <demur/types.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace demur::learning {

/// Which item has which features (`genre:Horror`, `cast:...`, `director:...`, `franchise:...`), both ways. Immutable once
/// made; items and features are numbered from 0.
class item_features {
public:
  item_features() = default;
  /// One list of names an item, in the items' order. Repeats count once.
  explicit item_features(const std::vector<std::vector<std::string>>& by_item);
  /// As it was taken apart: `names` sorted and distinct; item i has features[begins[i]] to features[begins[i + 1] - 1],
  /// ascending.
  item_features(std::vector<std::string> names, std::vector<std::size_t> begins, std::vector<std::uint32_t> features);

  std::size_t items() const { return item_begins_.size() - 1; }
  std::size_t features() const { return names_.size(); }
  const std::string& name(std::uint32_t feature) const { return names_[feature]; }
  /// The number of a feature, or features() if no item has it.
  std::uint32_t find(std::string_view name) const;

  /// Features of an item, ascending.
  std::span<const std::uint32_t> of(std::size_t item) const {
    return {features_.data() + item_begins_[item], item_begins_[item + 1] - item_begins_[item]};
  }
  /// Items with a feature, ascending.
  std::span<const std::uint32_t> with(std::uint32_t feature) const {
    return {items_.data() + feature_begins_[feature], feature_begins_[feature + 1] - feature_begins_[feature]};
  }

private:
  void turn();

  std::vector<std::string> names_;  ///< sorted
  std::vector<std::size_t> item_begins_{0};
  std::vector<std::uint32_t> features_;
  std::vector<std::size_t> feature_begins_{0};
  std::vector<std::uint32_t> items_;
};

/// Whether a feature says who or what an item comes of: `director:` or `franchise:`.
bool names_a_creator(std::string_view feature);

}  // namespace demur::learning
