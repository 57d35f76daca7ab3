#pragma once

#include "learning/kernels.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace demur::learning {

/// Who said what of which item, by row: a sparse matrix in compressed rows, 8 bytes an entry.
class interactions {
public:
  interactions() = default;
  /// `columns`: how many there may be on the other side.
  explicit interactions(std::size_t columns) : columns_(columns) {}

  /// Adds to the newest row.
  void add(interaction said) { entries_.push_back(said); }
  /// Ends the row, which may be empty.
  void end_row() { begins_.push_back(entries_.size()); }

  std::size_t rows() const { return begins_.size() - 1; }
  std::size_t columns() const { return columns_; }
  std::size_t size() const { return entries_.size(); }
  std::span<const interaction> row(std::size_t i) const {
    return {entries_.data() + begins_[i], begins_[i + 1] - begins_[i]};
  }

  /// The same, seen from the other side; within a row in the order of the rows here.
  interactions transposed() const;

private:
  std::size_t columns_ = 0;
  std::vector<std::size_t> begins_{0};
  std::vector<interaction> entries_;
};

/// What a row is about, in its order.
std::vector<std::uint32_t> items_of(std::span<const interaction> row);

}  // namespace demur::learning
