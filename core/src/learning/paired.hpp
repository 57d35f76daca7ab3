#pragma once

#include <demur/evaluation.hpp>

#include <map>
#include <span>
#include <string>

namespace demur::learning {

/// Mean of `ours - theirs`, pair by pair, with its 95 % interval by Student's t; without an interval for a single pair
/// (then low = high = mean). `relative`: to the mean of `theirs`, 0 if that is 0.
paired_difference difference_of(std::span<const double> ours, std::span<const double> theirs);

/// Figures by their names, one such set a split or a world.
using named_figures = std::map<std::string, double>;

/// Of each figure that the first set has; where another lacks it, 0 stands for it.
named_figures mean_of(std::span<const named_figures> sets);
std::map<std::string, paired_difference> differences_of(std::span<const named_figures> ours,
                                                        std::span<const named_figures> theirs);

}  // namespace demur::learning
