#pragma once

#include "learning/synthetic_world.hpp"

#include <demur/closed_loop.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace demur::learning {

/// Counts what one arm shows on one day, and what it hears.
class day_tally {
public:
  explicit day_tally(const synthetic_world& world) : world_(world), exposures_(world.items().size()) {}

  void shown(std::size_t user, std::span<const std::uint32_t> list);
  void heard(reaction::opinion said);
  closed_loop_figures figures() const;

private:
  const synthetic_world& world_;
  std::vector<std::int64_t> exposures_;
  std::int64_t impressions_ = 0;
  std::int64_t likes_ = 0;
  std::int64_t dislikes_ = 0;
  double utility_ = 0.0;
  double diversity_ = 0.0;
  std::int64_t lists_ = 0;  ///< of two items or more
};

/// 0 if all are equal, near 1 if one has it all; of at least one count above 0.
double gini(std::vector<std::int64_t> counts);

/// Each figure's mean over the days that have it.
closed_loop_figures mean_over_days(std::span<const closed_loop_figures> days);

}  // namespace demur::learning
