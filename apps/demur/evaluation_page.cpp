#include "evaluation_report.hpp"
#include "html.hpp"
#include "measured.hpp"
#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace demur::cli {

namespace {

std::string means(const evaluation_report& report) {
  std::vector<std::string> titles{"arm"};
  for (const auto& figure : figure_titles()) titles.emplace_back(figure.title);
  std::string rows = html_titles(titles);
  for (const evaluation_arm& arm : report.arms) {
    std::vector<std::string> cells{escaped(arm.name)};
    for (const auto& figure : figure_titles()) {
      const auto mean = arm.mean.find(figure.key);
      cells.push_back(mean == arm.mean.end() ? "-" : digits(mean->second, "%.4f"));
    }
    rows += html_row(cells);
  }
  return "<table>\n" + rows + "</table>\n";
}

/// Relative differences with their intervals, a line an arm.
class interval_plot {
public:
  interval_plot(const evaluation_report& report, const figure_title& figure) : figure_(figure) {
    for (const evaluation_arm& arm : report.arms)
      if (const auto by = arm.difference.find(figure.key); by != arm.difference.end()) {
        for (const double edge : {by->second.low, by->second.high})
          widest_ = std::max(widest_, std::abs(part(by->second, edge)));
        lines_.emplace_back(arm.name, by->second);
      }
  }

  std::string html() const {
    if (lines_.empty()) return "";
    const int height = 30 + static_cast<int>(lines_.size()) * line_height;
    svg_drawing drawn(760, height);
    drawn.line(x(0.0), 4, x(0.0), height - 22, R"(stroke="#999" stroke-dasharray="3 3")");
    drawn.text(x(0.0), height - 6, "as likes_only", R"(text-anchor="middle")");
    for (std::size_t k = 0; k < lines_.size(); ++k)
      mark(drawn, lines_[k].first, lines_[k].second, 16 + static_cast<int>(k) * line_height);
    return "<h2>" + std::string(figure_.title) + (figure_.lower_is_better ? " (lower is better)" : "") + "</h2>\n" +
           drawn.str();
  }

private:
  static constexpr int line_height = 26;
  static constexpr double left = 130.0, right = 620.0;

  /// Of a difference, in parts of what likes_only has.
  static double part(const paired_difference& by, double value) {
    return by.mean != 0.0 ? value * by.relative / by.mean : 0.0;
  }
  double x(double value) const { return (left + right) / 2 + value / widest_ * (right - left) / 2; }

  void mark(svg_drawing& drawn, const std::string& arm, const paired_difference& by, int y) const {
    const std::string colour = verdict_colour(is_sure(by), (by.mean < 0.0) == figure_.lower_is_better);
    drawn.text(0, y + 4, arm);
    drawn.line(x(part(by, by.low)), y, x(part(by, by.high)), y, "stroke=\"" + colour + "\" stroke-width=\"2\"");
    drawn.circle(x(by.relative), y, 5, "fill=\"" + colour + "\"");
    drawn.text(640, y + 4, digits(100.0 * by.relative, "%+.1f %%"));
  }

  const figure_title& figure_;
  std::vector<std::pair<std::string, paired_difference>> lines_;
  double widest_ = 1e-9;
};

std::string responsiveness(const responsiveness_figures& found) {
  if (found.users == 0) return "";
  const auto percent = [](double share) { return digits(100.0 * share, "%.1f %%"); };
  return "<h2>What one fresh dislike does</h2>\n<p>" + std::to_string(found.users) +
         " users disliked their highest-scored held-out dislike, liked it, or left it.</p>\n<table>\n" +
         html_titles({"", "left", "disliked", "liked"}) +
         html_row({"items like it, of the first 20", percent(found.share_before), percent(found.share_after_dislike),
                   percent(found.share_after_like)}) +
         html_row({"NDCG@10 of held-out likes", digits(found.ndcg_10_before, "%.4f"),
                   digits(found.ndcg_10_after, "%.4f"), ""}) +
         "</table>\n";
}

}  // namespace

std::string report_page(const evaluated& done) {
  const evaluation_report& report = done.report;
  std::string page = html_head("Demur: what learning from dislikes does", "What learning from dislikes does");
  page += "<p>" + escaped(done.kind + " " + done.data) + ": " + std::to_string(report.users) + " users, " +
          std::to_string(report.items) + " items, " + std::to_string(report.likes) + " likes (from " +
          digits(*done.bounds.like_from, "%g") + "), " + std::to_string(report.dislikes) + " dislikes (up to " +
          digits(*done.bounds.dislike_through, "%g") + "). A fifth of each user's likes and dislikes is held out, " +
          std::to_string(done.plan.seeds) + " times.</p>\n<h2>Means</h2>\n" + means(report);
  for (const auto& figure : figure_titles()) page += interval_plot(report, figure).html();
  page +=
      "<p class=\"note\">Plots: difference to likes_only on the same splits, in percent of it, with the 95 % "
      "interval by Student's t. Grey: the interval holds 0. DHR@k: share of a user's held-out dislikes among the "
      "first k. nDCL: their discounted cumulative loss. AUC: P(held-out like above held-out dislike).</p>\n";
  return page + responsiveness(report.responsiveness) + "</html>\n";
}

}  // namespace demur::cli
