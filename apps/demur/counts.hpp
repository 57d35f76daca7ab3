#pragma once

#include "csv.hpp"
#include "terminal.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace demur::cli {

/// What became of the rows of a long work.
struct row_counts {
  std::int64_t found = 0;
  std::int64_t sent = 0;
  std::int64_t stored = 0;
  std::int64_t already = 0;  ///< were there before
  std::int64_t refused = 0;
  std::map<std::string, std::int64_t> why;  ///< of the refused ones

  void refuse(const std::string& reason, std::int64_t rows = 1) {
    refused += rows;
    why[reason] += rows;
  }
};

boost::json::object counts_json(const row_counts& counts);

/// The reasons of what was refused, with their numbers; nothing if nothing was.
void print_refusals(std::ostream& out, const row_counts& counts);

/// Says which lines of the files could not be used: the first ten, and how many there are.
void print_odd_lines(terminal& screen, const std::vector<odd_line>& odd);

}  // namespace demur::cli
