#include "closed_loop_report.hpp"
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

/// Told apart by those who see no red or green, too (Okabe and Ito 2008).
const std::string& colour_of(std::size_t arm) {
  static const std::vector<std::string> colours{"#888888", "#e69f00", "#0072b2"};
  return colours[arm % colours.size()];
}

std::string means(const looped& done) {
  std::vector<std::string> titles{"arm"};
  for (const loop_figure& figure : loop_figures()) titles.emplace_back(figure.title);
  std::string rows = html_titles(titles);
  for (const closed_loop_arm& arm : done.report.arms) {
    std::vector<std::string> cells{arm.name};
    for (const loop_figure& figure : loop_figures()) {
      std::string cell = shown_figure(figure, arm.mean);
      if (const auto by = arm.difference.find(figure.key); by != arm.difference.end()) {
        const bool good = (by->second.mean < 0.0) == figure.lower_is_better;
        cell += "<br><span style=\"color: " + verdict_colour(is_sure(by->second), good) + "\">" +
                shown_change(figure, arm) + "</span>";
      }
      cells.push_back(cell);
    }
    rows += html_row(cells);
  }
  return "<table>\n" + rows + "</table>\n";
}

/// A figure day by day: a thin line a world, a thick one their mean.
class course_plot {
public:
  course_plot(const looped& done, const loop_figure& figure) : done_(done), figure_(figure) {
    low_ = figure.from_zero ? 0.0 : 1e300;
    high_ = figure.from_zero ? 0.0 : -1e300;
    for (const closed_loop_arm& arm : done.report.arms)
      for (const auto& days : arm.by_day)
        for (const closed_loop_figures& day : days)
          if (const auto found = day.find(figure.key); found != day.end()) {
            low_ = std::min(low_, figure.scale * found->second);
            high_ = std::max(high_, figure.scale * found->second);
          }
    step_ = step_for(high_ - low_);
    low_ = std::floor(low_ / step_) * step_;
    high_ = std::ceil(high_ / step_) * step_;
  }

  std::string html() const {
    svg_drawing drawn(760, 270);
    axes(drawn);
    for (std::size_t arm = 0; arm < done_.report.arms.size(); ++arm) course(drawn, arm);
    return "<h2>" + std::string(figure_.title) + (figure_.lower_is_better ? " (lower is better)" : "") +
           "</h2>\n<p class=\"note\">" + figure_.meaning + "</p>\n" + drawn.str();
  }

private:
  static constexpr double left = 52.0, right = 660.0, top = 12.0, bottom = 230.0;

  /// 1, 2 or 5 times a power of ten, so that there are about five steps.
  static double step_for(double range) {
    if (!(range > 0.0)) return 1.0;
    const double power = std::pow(10.0, std::floor(std::log10(range / 5.0)));
    for (const double times : {1.0, 2.0, 5.0})
      if (times * power >= range / 5.0) return times * power;
    return 10.0 * power;
  }

  double x(double day) const {
    const double days = std::max(1.0, static_cast<double>(done_.plan.days - 1));
    return left + (day - 1.0) / days * (right - left);
  }
  double y(double value) const {
    return high_ > low_ ? bottom - (value - low_) / (high_ - low_) * (bottom - top) : (top + bottom) / 2;
  }

  void axes(svg_drawing& drawn) const {
    const auto steps = static_cast<int>(std::lround((high_ - low_) / step_));
    for (int k = 0; k <= steps; ++k) {
      const double value = low_ + k * step_;
      drawn.line(left, y(value), right, y(value), R"(stroke="#8884" stroke-width="1")");
      drawn.text(left - 8, y(value) + 4, digits(std::abs(value) < step_ / 2 ? 0.0 : value, "%g"),
                 R"(text-anchor="end")");
    }
    const auto days = static_cast<int>(done_.plan.days);
    for (int day = 1; day <= days; day += static_cast<int>(done_.plan.retrain_every))
      drawn.line(x(day), bottom, x(day), bottom + 5, R"(stroke="#888")");
    for (const int day : {1, days}) drawn.text(x(day), bottom + 20, std::to_string(day), R"(text-anchor="middle")");
    drawn.text((left + right) / 2, bottom + 34, "day; a mark at each training", R"(text-anchor="middle")");
  }

  void course(svg_drawing& drawn, std::size_t number) const {
    const closed_loop_arm& arm = done_.report.arms[number];
    const std::string stroke = "stroke=\"" + colour_of(number) + "\" ";
    for (const auto& days : arm.by_day) {
      std::vector<std::pair<double, double>> points;
      for (std::size_t day = 0; day < days.size(); ++day)
        if (const auto found = days[day].find(figure_.key); found != days[day].end())
          points.emplace_back(x(static_cast<double>(day + 1)), y(figure_.scale * found->second));
      if (arm.by_day.size() > 1) drawn.path(points, stroke + R"(stroke-opacity="0.25")");
    }
    std::vector<std::pair<double, double>> mean;
    for (std::size_t day = 1; day <= static_cast<std::size_t>(done_.plan.days); ++day)
      if (const auto value = mean_of_days(arm, figure_, day, day))
        mean.emplace_back(x(static_cast<double>(day)), y(*value));
    drawn.path(mean, stroke + R"(stroke-width="2.5")");
    for (const auto& [at, height] : mean)
      if (mean.size() == 1) drawn.circle(at, height, 4, "fill=\"" + colour_of(number) + "\"");
    const double line = top + 14.0 + 20.0 * static_cast<double>(number);
    drawn.line(right + 16, line - 4, right + 36, line - 4, stroke + R"(stroke-width="2.5")");
    drawn.text(right + 42, line, arm.name);
  }

  const looped& done_;
  const loop_figure& figure_;
  double low_ = 0.0;
  double high_ = 0.0;
  double step_ = 1.0;
};

}  // namespace

std::string report_page(const looped& done) {
  std::string page = html_head("Demur: a closed loop", "A closed loop, with and without learning from dislikes");
  page += "<p>" + escaped(plan_text(done.plan)) + ".</p>\n" + means(done);
  page +=
      "<p class=\"note\">without: a disliked item is hidden, nothing else comes of it. late: dislikes count from the "
      "next training on. with: they count at once too. Under the means: the difference to without, in the same "
      "worlds; ";
  page += done.plan.worlds > 1 ? "grey: its 95 % interval by Student's t holds 0.</p>\n"
                               : "of one world there is no interval.</p>\n";
  for (const loop_figure& figure : loop_figures()) page += course_plot(done, figure).html();
  return page + "</html>\n";
}

}  // namespace demur::cli
