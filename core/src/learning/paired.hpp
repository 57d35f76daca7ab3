#pragma once

#include <demur/evaluation.hpp>

#include <span>

namespace demur::learning {

/// Mean of `ours - theirs`, pair by pair, with its 95 % interval by Student's t; without an interval for a single pair
/// (then low = high = mean). `relative`: to the mean of `theirs`, 0 if that is 0.
paired_difference difference_of(std::span<const double> ours, std::span<const double> theirs);

}  // namespace demur::learning
