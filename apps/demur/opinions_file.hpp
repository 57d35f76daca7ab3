#pragma once

#include "csv.hpp"

#include <demur/evaluation.hpp>

#include <optional>
#include <string>
#include <vector>

namespace demur::cli {

/// Which ratings are opinions. What lies between is dropped. Empty: as the kind of data has it.
struct opinion_bounds {
  std::optional<double> like_from;
  std::optional<double> dislike_through;
};

struct read_opinions {
  std::string kind;  ///< what was recognised, in words
  opinion_bounds bounds;
  evaluation_data data;
  std::int64_t ratings = 0;  ///< rows that could be read
  std::vector<odd_line> odd;
};

/// Reads a data set: a MovieLens folder (ratings.csv; ratings.dat of 1M; u.data of 100K) with what it says of its items, or a
/// CSV file with a line of titles. Throws `failure` (usage) that says what was looked for.
read_opinions read_opinions_from(const std::string& path, const opinion_bounds& wanted);

/// What is read, for --help.
std::string_view opinions_help();

}  // namespace demur::cli
