#include "domain/nearest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace demur {

namespace {

constexpr std::size_t longest = 64;

/// The restricted Damerau-Levenshtein distance (optimal string alignment) of two words of at most `longest` bytes.
std::size_t distance(std::string_view one, std::string_view other) {
  using row = std::array<std::size_t, longest + 1>;
  row before{};
  row last{};
  row now{};
  for (std::size_t column = 0; column <= other.size(); ++column) last[column] = column;
  for (std::size_t line = 1; line <= one.size(); ++line) {
    now[0] = line;
    for (std::size_t column = 1; column <= other.size(); ++column) {
      const bool same = one[line - 1] == other[column - 1];
      now[column] = std::min({last[column] + 1, now[column - 1] + 1, last[column - 1] + (same ? 0U : 1U)});
      const bool swapped =
          line > 1 && column > 1 && one[line - 1] == other[column - 2] && one[line - 2] == other[column - 1];
      if (swapped) now[column] = std::min(now[column], before[column - 2] + 1);
    }
    before = last;
    last = now;
  }
  return last[other.size()];
}

template <class Candidates>
std::string nearest_of(std::string_view word, const Candidates& candidates) {
  if (word.size() > longest) return {};
  std::size_t bound = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string_view best;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > longest || candidate.size() >= word.size() + bound ||
        word.size() >= candidate.size() + bound)
      continue;
    const std::size_t away = distance(word, candidate);
    if (away >= bound) continue;
    bound = away;
    best = candidate;
  }
  return std::string(best);
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string_view> candidates) {
  return nearest_of(word, candidates);
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  return nearest_of(word, candidates);
}

}  // namespace demur
