#include "learning/interactions.hpp"

namespace demur::learning {

interactions interactions::transposed() const {
  interactions turned(rows());
  turned.begins_.assign(columns_ + 1, 0);
  for (const interaction& said : entries_) ++turned.begins_[said.other + 1];
  for (std::size_t i = 0; i < columns_; ++i) turned.begins_[i + 1] += turned.begins_[i];
  turned.entries_.resize(entries_.size());
  std::vector<std::size_t> next(turned.begins_.begin(), turned.begins_.end() - 1);
  for (std::size_t i = 0; i < rows(); ++i)
    for (const interaction& said : row(i))
      turned.entries_[next[said.other]++] = {static_cast<std::uint32_t>(i), said.weight};
  return turned;
}

std::vector<std::uint32_t> items_of(std::span<const interaction> row) {
  std::vector<std::uint32_t> items;
  items.reserve(row.size());
  for (const interaction& said : row) items.push_back(said.other);
  return items;
}

}  // namespace demur::learning
