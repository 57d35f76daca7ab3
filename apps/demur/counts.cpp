#include "counts.hpp"

#include "table.hpp"

#include <ostream>

namespace demur::cli {

namespace {

constexpr std::size_t shown_odd_lines = 10;

}  // namespace

boost::json::object counts_json(const row_counts& counts) {
  boost::json::object why;
  for (const auto& [reason, rows] : counts.why) why[reason] = rows;
  return {{"found", counts.found},           {"sent", counts.sent},       {"stored", counts.stored},
          {"already_there", counts.already}, {"refused", counts.refused}, {"refused_because", std::move(why)}};
}

void print_refusals(std::ostream& out, const row_counts& counts) {
  if (counts.why.empty()) return;
  table rows({{"refused", table::align::right}, {"because", table::align::left, 100}});
  for (const auto& [reason, number] : counts.why) rows.row({grouped(number), reason});
  out << '\n';
  rows.print(out);
}

void print_odd_lines(terminal& screen, const std::vector<odd_line>& odd) {
  for (std::size_t i = 0; i < odd.size() && i < shown_odd_lines; ++i)
    screen.err << odd[i].file << " line " << odd[i].line << ": " << odd[i].why << ", skipped\n";
  if (odd.size() > shown_odd_lines) screen.err << "and " << odd.size() - shown_odd_lines << " more such lines\n";
  screen.err.flush();
}

}  // namespace demur::cli
