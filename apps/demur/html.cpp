#include "html.hpp"

#include "table.hpp"

namespace demur::cli {

namespace {

constexpr const char* style = R"(<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
  h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2.2rem }
  table { border-collapse: collapse; margin: .8rem 0 } td, th { padding: .25rem .8rem; text-align: right }
  th { border-bottom: 1px solid #999; font-weight: 600 } td:first-child, th:first-child { text-align: left }
  .better { color: #1a7f37 } .worse { color: #b42318 } .note { color: #666; font-size: .9rem }
  svg { max-width: 100%; height: auto } svg text { font: 12px system-ui, sans-serif; fill: #333 }
  @media (prefers-color-scheme: dark) {
    body { background: #16181d; color: #ddd } svg text { fill: #ccc } .note { color: #999 }
    .better { color: #4ac26b } .worse { color: #ff7b72 }
  }
</style>
)";

std::string pixels(double value) { return digits(value, "%.1f"); }

std::string row_of(const std::vector<std::string>& cells, const std::string& begin, const std::string& end) {
  std::string row = "<tr>";
  for (const auto& cell : cells) row.append(begin).append(cell).append(end);
  return row + "</tr>\n";
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '&')
      safe += "&amp;";
    else
      safe += c;
  }
  return safe;
}

std::string html_head(const std::string& title, const std::string& heading) {
  return "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
         "content=\"width=device-width, initial-scale=1\">\n<title>" +
         escaped(title) + "</title>\n" + style + "<h1>" + escaped(heading) + "</h1>\n";
}

std::string html_row(const std::vector<std::string>& cells) { return row_of(cells, "<td>", "</td>"); }
std::string html_titles(const std::vector<std::string>& cells) { return row_of(cells, "<th>", "</th>"); }

void svg_drawing::line(double x1, double y1, double x2, double y2, const std::string& look) {
  marks_ += "<line x1=\"" + pixels(x1) + "\" y1=\"" + pixels(y1) + "\" x2=\"" + pixels(x2) + "\" y2=\"" + pixels(y2) +
            "\" " + look + "/>\n";
}

void svg_drawing::path(const std::vector<std::pair<double, double>>& points, const std::string& look) {
  marks_ += "<polyline points=\"";
  for (const auto& [x, y] : points) marks_ += pixels(x) + "," + pixels(y) + " ";
  marks_ += "\" fill=\"none\" " + look + "/>\n";
}

void svg_drawing::circle(double x, double y, double radius, const std::string& look) {
  marks_ += "<circle cx=\"" + pixels(x) + "\" cy=\"" + pixels(y) + "\" r=\"" + pixels(radius) + "\" " + look + "/>\n";
}

void svg_drawing::text(double x, double y, const std::string& words, const std::string& look) {
  marks_ += "<text x=\"" + pixels(x) + "\" y=\"" + pixels(y) + "\" " + look + ">" + escaped(words) + "</text>\n";
}

std::string svg_drawing::str() const {
  const std::string width = std::to_string(width_), height = std::to_string(height_);
  return "<svg viewBox=\"0 0 " + width + " " + height + "\" width=\"" + width + "\" height=\"" + height +
         "\" role=\"img\">\n" + marks_ + "</svg>\n";
}

std::string verdict_colour(bool sure, bool good) { return !sure ? "#888" : good ? "#1a7f37" : "#b42318"; }

}  // namespace demur::cli
