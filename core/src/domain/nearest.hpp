#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace demur {

/// The candidate that `word` was probably meant to be: the one that fewest insertions, deletions, replacements and
/// swaps of neighbours lead to, the first of equals. Empty if none is near: more than a third of the word away.
std::string nearest(std::string_view word, std::span<const std::string_view> candidates);
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace demur
