#pragma once

#include <demur/types.hpp>

#include <cstdint>

namespace demur {

/// The wall clock.
clock_source system_clock();

/// Ids: 41 bits of milliseconds since 2024-01-01, 4 bits of node, 8 bits of sequence; below 2^53 until 2093. When more than
/// 256 are wanted in a millisecond, or the clock goes back, the ids run ahead of the clock and stay ascending.
/// Not thread-safe: one owner each.
class id_generator {
public:
  /// Every id will be greater than `after`. node: 0 to 15.
  explicit id_generator(std::int64_t node, id after = 0);
  id next(timestamp now);

private:
  std::int64_t node_;
  std::int64_t last_ms_ = 0;
  std::int64_t sequence_ = 0;
};

/// Ids that are made at this time, or after it, are not below.
id first_id_of(timestamp time);

/// The time an id was made at.
timestamp time_of(id value);

}  // namespace demur
