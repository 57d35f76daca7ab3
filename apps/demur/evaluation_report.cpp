#include "evaluation_report.hpp"

#include "measured.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>

#include <ostream>

namespace demur::cli {

namespace {

namespace json = boost::json;

json::object arm_json(const evaluation_arm& arm) {
  json::array by_seed;
  for (const auto& figures : arm.by_seed) by_seed.push_back(figures_json(figures));
  return {{"arm", arm.name},
          {"mean", figures_json(arm.mean)},
          {"difference", differences_json(arm.difference)},
          {"by_seed", by_seed}};
}

json::object responsiveness_json(const responsiveness_figures& found) {
  return {{"users", found.users},
          {"share_before", found.share_before},
          {"share_after_dislike", found.share_after_dislike},
          {"share_after_like", found.share_after_like},
          {"ndcg_10_before", found.ndcg_10_before},
          {"ndcg_10_after", found.ndcg_10_after}};
}

void print_responsiveness(const responsiveness_figures& found, std::ostream& out) {
  if (found.users == 0) return;
  const auto change = [](double to, double from) {
    return from > 0.0 ? digits(100.0 * (to / from - 1.0), "%+.1f %%") : std::string("-");
  };
  fact_list facts;
  facts.fact("users asked", grouped(found.users));
  facts.fact("like it, of the first 20", digits(100.0 * found.share_before, "%.1f of 100"));
  facts.fact("after the dislike", digits(100.0 * found.share_after_dislike, "%.1f of 100") + "   " +
                                      change(found.share_after_dislike, found.share_before) + ", against a like " +
                                      change(found.share_after_dislike, found.share_after_like));
  facts.fact("NDCG@10 of held-out likes", digits(found.ndcg_10_before, "%.4f -> ") +
                                              digits(found.ndcg_10_after, "%.4f   ") +
                                              change(found.ndcg_10_after, found.ndcg_10_before));
  out << "\nOne fresh dislike, of the user's highest-scored held-out dislike:\n";
  facts.print(out);
}

}  // namespace

const std::vector<figure_title>& figure_titles() {
  static const std::vector<figure_title> titles{{"ndcg_10", "NDCG@10", false},        {"recall_20", "Recall@20", false},
                                                {"dhr_10", "DHR@10", true},           {"dhr_20", "DHR@20", true},
                                                {"ndcl_100", "nDCL@100", true},       {"auc", "AUC", false},
                                                {"coverage_20", "coverage@20", false}};
  return titles;
}

void print_report(const evaluated& done, std::ostream& out) {
  const evaluation_report& report = done.report;
  out << done.kind << ": " << grouped(report.users) << " users, " << grouped(report.items) << " items, "
      << grouped(report.likes) << " likes, " << grouped(report.dislikes) << " dislikes, " << grouped(report.features)
      << " features\n\n";
  std::vector<table::column> columns{{"arm"}};
  for (const auto& figure : figure_titles()) columns.push_back({figure.title, table::align::right});
  table means(columns), changes(columns);
  for (const evaluation_arm& arm : report.arms) {
    std::vector<std::string> row{arm.name}, change{arm.name};
    for (const auto& figure : figure_titles()) {
      const auto mean = arm.mean.find(figure.key);
      row.push_back(mean == arm.mean.end() ? "-" : digits(mean->second, "%.4f"));
      const auto by = arm.difference.find(figure.key);
      change.push_back(by == arm.difference.end() ? "-" : change_text(by->second));
    }
    means.row(row);
    if (!arm.difference.empty()) changes.row(change);
  }
  means.print(out);
  if (!changes.empty()) {
    out << "\nAgainst likes_only, on the same " << done.plan.seeds
        << " splits (?: the 95 % interval of the difference holds 0):\n";
    changes.print(out);
  }
  print_responsiveness(report.responsiveness, out);
  out << "\nNDCG, Recall: of held-out likes. DHR: share of the held-out dislikes among the first 10 or 20;\n"
         "nDCL: their discounted cumulative loss; both: lower is better. AUC: P(like above dislike).\n";
}

json::object report_json(const evaluated& done) {
  const evaluation_plan& plan = done.plan;
  const evaluation_report& report = done.report;
  json::array arms;
  for (const evaluation_arm& arm : report.arms) arms.push_back(arm_json(arm));
  return {{"data",
           {{"path", done.data},
            {"kind", done.kind},
            {"like_from", *done.bounds.like_from},
            {"dislike_through", *done.bounds.dislike_through},
            {"users", report.users},
            {"items", report.items},
            {"likes", report.likes},
            {"dislikes", report.dislikes},
            {"features", report.features}}},
          {"plan",
           {{"seeds", plan.seeds},
            {"factors", plan.factors},
            {"epochs", plan.epochs},
            {"alpha0", plan.alpha0},
            {"lambda", plan.lambda}}},
          {"arms", arms},
          {"responsiveness", responsiveness_json(report.responsiveness)}};
}

}  // namespace demur::cli
