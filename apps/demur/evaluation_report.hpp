#pragma once

#include "opinions_file.hpp"

#include <demur/evaluation.hpp>

#include <boost/json/object.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace demur::cli {

/// What an evaluation came to, and of what.
struct evaluated {
  std::string data;  ///< as it was named on the command line
  std::string kind;
  opinion_bounds bounds;
  evaluation_plan plan;
  evaluation_report report;
};

/// A figure's key and its title, in the order in which they are shown.
struct figure_title {
  const char* key;
  const char* title;
  bool lower_is_better;
};
const std::vector<figure_title>& figure_titles();

void print_report(const evaluated& done, std::ostream& out);
boost::json::object report_json(const evaluated& done);
/// One page that needs nothing else: tables, and plots as SVG.
std::string report_page(const evaluated& done);

}  // namespace demur::cli
