#pragma once

#include <string>
#include <utility>
#include <vector>

/// What pages that need nothing else are made of: a head with its style, table rows, and drawings as SVG.
namespace demur::cli {

/// Text as it may stand between tags.
std::string escaped(const std::string& text);

/// Up to and with the heading; `</html>` ends the page.
std::string html_head(const std::string& title, const std::string& heading);

/// Cells are taken as they are: escape what others wrote.
std::string html_row(const std::vector<std::string>& cells);
std::string html_titles(const std::vector<std::string>& cells);

/// Marks in pixels from the left upper corner. `look`: attributes, such as `stroke="#999"`.
class svg_drawing {
public:
  svg_drawing(int width, int height) : width_(width), height_(height) {}

  void line(double x1, double y1, double x2, double y2, const std::string& look);
  void path(const std::vector<std::pair<double, double>>& points, const std::string& look);
  void circle(double x, double y, double radius, const std::string& look);
  void text(double x, double y, const std::string& words, const std::string& look = "");
  std::string str() const;

private:
  int width_;
  int height_;
  std::string marks_;
};

/// Green for better, red for worse, grey for what may be either.
std::string verdict_colour(bool sure, bool good);

}  // namespace demur::cli
