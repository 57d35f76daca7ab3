#include "learning/arms.hpp"
#include "learning/paired.hpp"
#include "learning/plan_check.hpp"
#include "learning/responsiveness.hpp"

#include <demur/evaluation.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace demur {

namespace {

using namespace learning;

constexpr const char* reference = "likes_only";
constexpr float weight_of_dislike = 0.8F;

numbered_data number(const evaluation_data& data) {
  numbered_data numbered;
  std::uint32_t users = 0;
  for (const auto& said : data.opinions) {
    numbered.items.push_back(said.movie_id);
    users = std::max(users, said.user + 1);
  }
  std::sort(numbered.items.begin(), numbered.items.end());
  numbered.items.erase(std::unique(numbered.items.begin(), numbered.items.end()), numbered.items.end());

  std::vector<std::vector<interaction>> by_user(users);
  for (const auto& said : data.opinions) {
    const auto item = std::lower_bound(numbered.items.begin(), numbered.items.end(), said.movie_id);
    by_user[said.user].push_back(
        {static_cast<std::uint32_t>(item - numbered.items.begin()), said.liked ? 1.0F : -weight_of_dislike});
  }
  numbered.opinions = interactions(numbered.items.size());
  for (auto& row : by_user) {
    std::stable_sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.other < b.other; });
    for (std::size_t k = 0; k < row.size(); ++k)
      if (k + 1 == row.size() || row[k + 1].other != row[k].other) numbered.opinions.add(row[k]);
    numbered.opinions.end_row();
  }

  std::vector<std::vector<std::string>> names;
  for (const id movie_id : numbered.items) {
    const auto known = data.features.find(movie_id);
    names.push_back(known == data.features.end() ? std::vector<std::string>{} : known->second);
  }
  numbered.features = item_features(names);
  return numbered;
}

/// Means over the users for whom a figure is defined.
evaluation_figures average(const all_metrics& measured) {
  constexpr std::pair<const char*, std::optional<double> user_metrics::*> columns[] = {
      {"ndcg_10", &user_metrics::ndcg_10}, {"recall_20", &user_metrics::recall_20}, {"dhr_10", &user_metrics::dhr_10},
      {"dhr_20", &user_metrics::dhr_20},   {"ndcl_100", &user_metrics::ndcl_100},   {"auc", &user_metrics::auc}};
  evaluation_figures figures;
  for (const auto& [name, column] : columns) {
    double sum = 0.0;
    std::int64_t counted = 0;
    for (const user_metrics& user : measured.users)
      if (user.*column) {
        sum += *(user.*column);
        ++counted;
      }
    if (counted > 0) figures[name] = sum / static_cast<double>(counted);
  }
  figures["coverage_20"] = measured.coverage_20;
  return figures;
}

void summarise(evaluation_report& report) {
  const auto base = std::find_if(report.arms.begin(), report.arms.end(),
                                 [](const evaluation_arm& arm) { return arm.name == reference; });
  for (evaluation_arm& arm : report.arms) {
    arm.mean = mean_of(arm.by_seed);
    if (base != report.arms.end() && arm.name != reference) arm.difference = differences_of(arm.by_seed, base->by_seed);
  }
}

result<done> check(const evaluation_plan& plan) {
  if (auto unknown = first_unknown("arms", plan.arms, all_arms())) return *std::move(unknown);
  if (auto outside = first_outside({{"seeds", plan.seeds, 1, 1'000},
                                    {"factors", plan.factors, 1, 1'024},
                                    {"epochs", plan.epochs, 1, 1'000},
                                    {"threads", plan.threads, 0, 1'024}}))
    return *std::move(outside);
  if (!(plan.alpha0 > 0.0)) return bad_plan("alpha0", std::to_string(plan.alpha0), "above 0");
  if (!(plan.lambda > 0.0)) return bad_plan("lambda", std::to_string(plan.lambda), "above 0");
  return done{};
}

result<done> check(const numbered_data& data, const evaluation_plan& plan) {
  if (data.opinions.size() == 0)
    return error{error_code::bad_value, "There is no like and no dislike to evaluate on.", "opinions", "0",
                 "at least 1"};
  const bool wants_ease = std::find(plan.arms.begin(), plan.arms.end(), "ease") != plan.arms.end();
  if (wants_ease && data.items.size() > most_items_of_ease)
    return bad_plan("arms", "ease on " + std::to_string(data.items.size()) + " items",
                    "ease on at most " + std::to_string(most_items_of_ease) + " items");
  return done{};
}

void add(responsiveness_figures& sums, const responsiveness_figures& more) {
  sums.users += more.users;
  sums.share_before += more.share_before;
  sums.share_after_dislike += more.share_after_dislike;
  sums.share_after_like += more.share_after_like;
  sums.ndcg_10_before += more.ndcg_10_before;
  sums.ndcg_10_after += more.ndcg_10_after;
}

void divide(responsiveness_figures& sums) {
  if (sums.users == 0) return;
  for (double* sum : {&sums.share_before, &sums.share_after_dislike, &sums.share_after_like, &sums.ndcg_10_before,
                      &sums.ndcg_10_after})
    *sum /= static_cast<double>(sums.users);
}

void count(const numbered_data& data, evaluation_report& report) {
  report.items = static_cast<std::int64_t>(data.items.size());
  report.features = static_cast<std::int64_t>(data.features.features());
  for (std::size_t user = 0; user < data.opinions.rows(); ++user) {
    if (!data.opinions.row(user).empty()) ++report.users;
    for (const interaction& said : data.opinions.row(user)) ++(said.weight > 0.0F ? report.likes : report.dislikes);
  }
}

}  // namespace

result<evaluation_report> evaluate(const evaluation_data& data, const evaluation_plan& plan,
                                   const std::function<void(const std::string&)>& progress) {
  if (auto checked = check(plan); !checked) return std::move(checked).problem();
  const numbered_data numbered = number(data);
  if (auto checked = check(numbered, plan); !checked) return std::move(checked).problem();
  evaluation_report report;
  count(numbered, report);
  for (const std::string& name : plan.arms) report.arms.push_back({name, {}, {}, {}});

  const auto tell = [&](std::int64_t seed, const std::string& what) {
    if (progress) progress("seed " + std::to_string(seed) + " of " + std::to_string(plan.seeds) + ": " + what);
  };
  for (std::int64_t seed = 1; seed <= plan.seeds; ++seed) {
    const holdout split = hold_out(numbered.opinions, static_cast<std::uint32_t>(seed));
    split_models models(numbered, split, plan, static_cast<std::uint32_t>(seed));
    for (evaluation_arm& measured : report.arms) {
      tell(seed, measured.name);
      const auto& known = all_arms();
      const auto found =
          std::find_if(known.begin(), known.end(), [&](const arm& each) { return each.name == measured.name; });
      measured.by_seed.push_back(average(measure_users(split, found->prepare(models), static_cast<int>(plan.threads))));
    }
    if (!plan.responsiveness) continue;
    tell(seed, "responsiveness");
    add(report.responsiveness, measure_responsiveness(models));
  }
  divide(report.responsiveness);
  summarise(report);
  return report;
}

}  // namespace demur
