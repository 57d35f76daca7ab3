#pragma once

#include <demur/closed_loop.hpp>

#include <boost/json/object.hpp>

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace demur::cli {

/// What a closed loop came to, and of what.
struct looped {
  closed_loop_plan plan;
  closed_loop_report report;
};

/// A figure as people read it.
struct loop_figure {
  const char* key;
  const char* title;
  const char* meaning;
  double scale;        ///< times this it is shown
  const char* format;  ///< of printf
  bool lower_is_better;
  bool from_zero;   ///< a plot's axis begins at 0, or where the figures do
  bool in_percent;  ///< its changes are told so
};
const std::vector<loop_figure>& loop_figures();

std::string shown_figure(const loop_figure& figure, const closed_loop_figures& of);
std::string shown_change(const loop_figure& figure, const closed_loop_arm& of);

/// The mean over the worlds of what a figure was on the days `first` to `last`, counted from 1, as it is shown.
std::optional<double> mean_of_days(const closed_loop_arm& arm, const loop_figure& figure, std::size_t first,
                                   std::size_t last);

/// The plan in a sentence.
std::string plan_text(const closed_loop_plan& plan);

void print_report(const looped& done, std::ostream& out);
boost::json::object report_json(const looped& done);
/// One page that needs nothing else: tables, and each figure day by day as SVG.
std::string report_page(const looped& done);

}  // namespace demur::cli
