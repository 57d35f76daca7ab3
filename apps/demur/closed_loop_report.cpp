#include "closed_loop_report.hpp"

#include "measured.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <ostream>

namespace demur::cli {

namespace {

namespace json = boost::json;

const loop_figure& figure_named(const std::string& key) {
  return *std::find_if(loop_figures().begin(), loop_figures().end(),
                       [&](const loop_figure& figure) { return figure.key == key; });
}

void print_means(const looped& done, std::ostream& out) {
  std::vector<table::column> columns{{"arm"}};
  for (const loop_figure& figure : loop_figures()) columns.push_back({figure.title, table::align::right});
  table means(columns), changes(columns);
  for (const closed_loop_arm& arm : done.report.arms) {
    std::vector<std::string> row{arm.name}, change{arm.name};
    for (const loop_figure& figure : loop_figures()) {
      row.push_back(shown_figure(figure, arm.mean));
      change.push_back(shown_change(figure, arm));
    }
    means.row(row);
    if (!arm.difference.empty()) changes.row(change);
  }
  means.print(out);
  if (changes.empty()) return;
  out << "\nAgainst without, in the same worlds";
  out << (done.plan.worlds > 1 ? " (?: the 95 % interval of the difference holds 0):\n"
                               : " (one world: no interval):\n");
  changes.print(out);
}

/// Days together that lie between trainings, or, of many, a tenth of all.
void print_course(const looped& done, std::ostream& out) {
  const auto days = static_cast<std::size_t>(done.plan.days);
  const auto together = std::max(static_cast<std::size_t>(done.plan.retrain_every), (days + 9) / 10);
  std::vector<table::column> columns{{"days"}};
  const std::vector<loop_figure> shown{figure_named("dislikes"), figure_named("diversity")};
  for (const loop_figure& figure : shown)
    for (const closed_loop_arm& arm : done.report.arms)
      columns.push_back({arm.name + " " + figure.title, table::align::right});
  table course(columns);
  for (std::size_t first = 1; first <= days; first += together) {
    const std::size_t last = std::min(days, first + together - 1);
    std::vector<std::string> row{std::to_string(first) + (last > first ? "-" + std::to_string(last) : "")};
    for (const loop_figure& figure : shown)
      for (const closed_loop_arm& arm : done.report.arms) {
        const auto mean = mean_of_days(arm, figure, first, last);
        row.push_back(mean ? digits(*mean, figure.format) : "-");
      }
    course.row(row);
  }
  out << '\n';
  course.print(out);
}

json::array by_world_and_day(const closed_loop_arm& arm) {
  json::array worlds;
  for (const auto& days : arm.by_day) {
    json::array world;
    for (const closed_loop_figures& day : days) world.push_back(figures_json(day));
    worlds.push_back(std::move(world));
  }
  return worlds;
}

}  // namespace

const std::vector<loop_figure>& loop_figures() {
  static const std::vector<loop_figure> figures{
      {"dislikes", "dislikes/100", "of 100 items that were shown, so many were disliked aloud", 100.0, "%.2f", true,
       true, true},
      {"likes", "likes/100", "and so many liked aloud", 100.0, "%.2f", false, true, true},
      {"utility", "utility", "what users truly make of what they are shown, said or not", 1.0, "%+.3f", false, false,
       false},
      {"coverage", "coverage", "share of the catalogue that anybody is shown on a day", 1.0, "%.3f", false, false,
       true},
      {"gini", "Gini", "how unevenly the items are shown; 0: all as often", 1.0, "%.3f", true, false, true},
      {"diversity", "diversity", "of a list: mean distance of the genres of two of its items", 1.0, "%.3f", false,
       false, true}};
  return figures;
}

std::string shown_figure(const loop_figure& figure, const closed_loop_figures& of) {
  const auto found = of.find(figure.key);
  return found == of.end() ? "-" : digits(figure.scale * found->second, figure.format);
}

std::string shown_change(const loop_figure& figure, const closed_loop_arm& of) {
  const auto found = of.difference.find(figure.key);
  if (found == of.difference.end()) return "-";
  if (figure.in_percent) return change_text(found->second);
  return digits(figure.scale * found->second.mean, figure.format) + (is_sure(found->second) ? "" : " ?");
}

std::optional<double> mean_of_days(const closed_loop_arm& arm, const loop_figure& figure, std::size_t first,
                                   std::size_t last) {
  double sum = 0.0;
  std::size_t counted = 0;
  for (const auto& days : arm.by_day)
    for (std::size_t day = first; day <= last; ++day)
      if (const auto found = days[day - 1].find(figure.key); found != days[day - 1].end()) {
        sum += found->second;
        ++counted;
      }
  if (counted == 0) return std::nullopt;
  return figure.scale * sum / static_cast<double>(counted);
}

std::string plan_text(const closed_loop_plan& plan) {
  return grouped(plan.users) + " users, " + grouped(plan.items) + " films, " + grouped(plan.days) + " days; " +
         std::to_string(plan.shown) + " films a day to each user, " + digits(100.0 * plan.exploration, "%g") +
         " % of them by chance; a training every " +
         (plan.retrain_every == 1 ? "day" : std::to_string(plan.retrain_every) + " days") + "; loathing " +
         digits(plan.loathing, "%g") + "; " + std::to_string(plan.worlds) +
         (plan.worlds == 1 ? " world, seed " : " worlds, seeds from ") + std::to_string(plan.seed);
}

void print_report(const looped& done, std::ostream& out) {
  out << plan_text(done.plan) << "\n\n";
  print_means(done, out);
  print_course(done, out);
  out << '\n';
  for (const loop_figure& figure : loop_figures()) out << figure.title << ": " << figure.meaning << ".\n";
}

json::object report_json(const looped& done) {
  const closed_loop_plan& plan = done.plan;
  json::array arms;
  for (const closed_loop_arm& arm : done.report.arms) {
    json::array by_world;
    for (const auto& figures : arm.by_world) by_world.push_back(figures_json(figures));
    arms.push_back(json::object{{"arm", arm.name},
                                {"mean", figures_json(arm.mean)},
                                {"difference", differences_json(arm.difference)},
                                {"by_world", std::move(by_world)},
                                {"by_day", by_world_and_day(arm)}});
  }
  return {{"plan",
           {{"users", plan.users},
            {"items", plan.items},
            {"days", plan.days},
            {"shown", plan.shown},
            {"history", plan.history},
            {"retrain_every", plan.retrain_every},
            {"exploration", plan.exploration},
            {"loathing", plan.loathing},
            {"worlds", plan.worlds},
            {"seed", plan.seed},
            {"factors", plan.factors}}},
          {"arms", std::move(arms)}};
}

}  // namespace demur::cli
