#include "evaluation_report.hpp"

#include <algorithm>
#include <cstdio>

namespace demur::cli {

namespace {

std::string digits(double value, const char* format = "%.4f") {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

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

constexpr const char* head = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Demur: what learning from dislikes does</title>
<style>
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

std::string row(const std::string& cells) { return "<tr>" + cells + "</tr>\n"; }
std::string cell(const std::string& text) { return "<td>" + text + "</td>"; }

std::string titles() {
  std::string cells = "<th>arm</th>";
  for (const auto& figure : figure_titles()) cells += std::string("<th>") + figure.title + "</th>";
  return row(cells);
}

std::string means(const evaluation_report& report) {
  std::string rows = titles();
  for (const evaluation_arm& arm : report.arms) {
    std::string cells = cell(escaped(arm.name));
    for (const auto& figure : figure_titles()) {
      const auto mean = arm.mean.find(figure.key);
      cells += cell(mean == arm.mean.end() ? "-" : digits(mean->second));
    }
    rows += row(cells);
  }
  return "<table>\n" + rows + "</table>\n";
}

/// Relative differences with their intervals, a line an arm.
class interval_plot {
public:
  interval_plot(const evaluation_report& report, const figure_title& figure) : report_(report), figure_(figure) {}

  std::string svg() {
    for (const evaluation_arm& arm : report_.arms)
      if (const auto by = arm.difference.find(figure_.key); by != arm.difference.end()) include(by->second);
    std::string marks;
    int line = 0;
    for (const evaluation_arm& arm : report_.arms)
      if (const auto by = arm.difference.find(figure_.key); by != arm.difference.end())
        marks += mark(arm.name, by->second, line++);
    if (line == 0) return "";
    const int height = 30 + line * line_height;
    const std::string zero = digits(x(0.0), "%.1f");
    return "<h2>" + std::string(figure_.title) + (figure_.lower_is_better ? " (lower is better)" : "") +
           "</h2>\n<svg viewBox=\"0 0 760 " + std::to_string(height) + "\" width=\"760\" height=\"" +
           std::to_string(height) + "\" role=\"img\">\n<line x1=\"" + zero + "\" y1=\"4\" x2=\"" + zero + "\" y2=\"" +
           std::to_string(height - 22) + "\" stroke=\"#999\" stroke-dasharray=\"3 3\"/>\n<text x=\"" + zero +
           "\" y=\"" + std::to_string(height - 6) + "\" text-anchor=\"middle\">as likes_only</text>\n" + marks +
           "</svg>\n";
  }

private:
  static constexpr int line_height = 26;
  static constexpr double left = 130.0, right = 620.0;

  /// Of a difference, in parts of what likes_only has.
  static double part(const paired_difference& by, double value) {
    return by.mean != 0.0 ? value * by.relative / by.mean : 0.0;
  }
  void include(const paired_difference& by) {
    for (const double edge : {part(by, by.low), part(by, by.high)}) widest_ = std::max(widest_, std::abs(edge));
  }
  double x(double value) const { return (left + right) / 2 + value / widest_ * (right - left) / 2; }

  std::string mark(const std::string& arm, const paired_difference& by, int line) const {
    const bool sure = by.low > 0.0 || by.high < 0.0;
    const bool good = (by.mean < 0.0) == figure_.lower_is_better;
    const std::string colour = !sure ? "#888" : good ? "#1a7f37" : "#b42318";
    const std::string y = std::to_string(16 + line * line_height);
    return "<text x=\"0\" y=\"" + std::to_string(20 + line * line_height) + "\">" + escaped(arm) +
           "</text>\n<line x1=\"" + digits(x(part(by, by.low)), "%.1f") + "\" y1=\"" + y + "\" x2=\"" +
           digits(x(part(by, by.high)), "%.1f") + "\" y2=\"" + y + "\" stroke=\"" + colour +
           "\" stroke-width=\"2\"/>\n<circle cx=\"" + digits(x(by.relative), "%.1f") + "\" cy=\"" + y +
           "\" r=\"5\" fill=\"" + colour + "\"/>\n<text x=\"640\" y=\"" + std::to_string(20 + line * line_height) +
           "\">" + digits(100.0 * by.relative, "%+.1f %%") + "</text>\n";
  }

  const evaluation_report& report_;
  const figure_title& figure_;
  double widest_ = 1e-9;
};

std::string responsiveness(const responsiveness_figures& found) {
  if (found.users == 0) return "";
  const auto percent = [](double share) { return digits(100.0 * share, "%.1f %%"); };
  return "<h2>What one fresh dislike does</h2>\n<p>" + std::to_string(found.users) +
         " users disliked their highest-scored held-out dislike, liked it, or left it.</p>\n<table>\n" +
         row("<th></th><th>left</th><th>disliked</th><th>liked</th>") +
         row(cell("items like it, of the first 20") + cell(percent(found.share_before)) +
             cell(percent(found.share_after_dislike)) + cell(percent(found.share_after_like))) +
         row(cell("NDCG@10 of held-out likes") + cell(digits(found.ndcg_10_before)) +
             cell(digits(found.ndcg_10_after)) + cell("")) +
         "</table>\n";
}

}  // namespace

std::string report_page(const evaluated& done) {
  const evaluation_report& report = done.report;
  std::string page = head;
  page += "<h1>What learning from dislikes does</h1>\n<p>" + escaped(done.kind + " " + done.data) + ": " +
          std::to_string(report.users) + " users, " + std::to_string(report.items) + " items, " +
          std::to_string(report.likes) + " likes (from " + digits(*done.bounds.like_from, "%g") + "), " +
          std::to_string(report.dislikes) + " dislikes (up to " + digits(*done.bounds.dislike_through, "%g") +
          "). A fifth of each user's likes and dislikes is held out, " + std::to_string(done.plan.seeds) +
          " times.</p>\n<h2>Means</h2>\n" + means(report);
  for (const auto& figure : figure_titles()) page += interval_plot(report, figure).svg();
  page +=
      "<p class=\"note\">Plots: difference to likes_only on the same splits, in percent of it, with the 95 % "
      "interval by Student's t. Grey: the interval holds 0. DHR@k: share of a user's held-out dislikes among the "
      "first k. nDCL: their discounted cumulative loss. AUC: P(held-out like above held-out dislike).</p>\n";
  return page + responsiveness(report.responsiveness) + "</html>\n";
}

}  // namespace demur::cli
