#include "metrics_view.hpp"

#include "answers.hpp"
#include "bodies.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <ostream>
#include <utility>
#include <vector>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr std::size_t longest_list = 12;

void print_figures(std::ostream& out, const json::object& metrics) {
  const json::object& retraining = object_of(metrics, "retraining");
  fact_list facts;
  facts.count("dislikes", integer_of(metrics, "total_dislikes"));
  facts.count("negative examples", integer_of(metrics, "total_negative_examples"));
  facts.count("  not yet trained with", integer_of(metrics, "untrained_negative_examples"));
  facts.fact("prediction error, mean", shown(metrics, "avg_prediction_error"));
  facts.fact("  from .. to", shown(metrics, "min_error") + " .. " + shown(metrics, "max_error"));
  facts.fact("mean score of disliked", shown(metrics, "average_dislike_predicted_score"));
  const std::string last = text_of(retraining, "last_at");
  const std::string interval = shown(retraining, "mean_interval_s");
  facts.fact("model versions", grouped(integer_of(retraining, "count")) + " trained and taken, " +
                                   grouped(integer_of(retraining, "rejected")) + " rejected, " +
                                   grouped(integer_of(retraining, "failed")) + " failed" +
                                   (last.empty() ? "" : ", last " + short_time(last)) +
                                   (interval == "-" ? "" : ", every " + interval + " s on average"));
  facts.fact("model version", shown(metrics, "model_version_id"));
  facts.print(out);
}

/// Whether the loop helps: how soon a dislike is felt, what leaks, and this week against the one before.
void print_loop(std::ostream& out, const json::object& metrics) {
  const json::object &visible = object_of(metrics, "time_to_visible"), &felt = object_of(metrics, "time_to_effect"),
                     &leak = object_of(metrics, "leak"), &weeks = object_of(metrics, "week_on_week");
  const auto delay = [](const json::object& of) {
    return shown(of, "p50_ms") + " ms, 99 of 100 within " + shown(of, "p99_ms") + " ms";
  };
  fact_list facts;
  facts.fact("a dislike is visible after", delay(visible));
  facts.fact("the next answer reflects it after", delay(felt));
  facts.fact("sets with a leak",
             grouped(integer_of(leak, "leaking_sets")) + " of " + grouped(integer_of(leak, "sets")));
  facts.count("  movies disliked before", integer_of(leak, "disliked_movies"));
  facts.count("  movies that a reason blamed", integer_of(leak, "blamed_movies"));
  out << '\n';
  facts.print(out);
  table rows({{"mean of"}, {"week before", table::align::right}, {"this week", table::align::right}});
  for (const auto& [key, title] :
       {std::pair{"avg_prediction_error", "prediction error"}, std::pair{"dislike_rate", "dislikes an impression"},
        std::pair{"mean_adjustment_magnitude", "adjustment"}}) {
    const json::object& week = object_of(weeks, key);
    rows.row({title, shown(week, "week_before"), shown(week, "this_week")});
  }
  out << '\n';
  rows.print(out);
}

void print_reasons(std::ostream& out, const json::object& metrics) {
  const json::object& by_reason = object_of(metrics, "dislikes_by_reason");
  std::int64_t sum = 0;
  for (const auto& item : by_reason) sum += integer_of(by_reason, item.key());
  if (sum == 0) return;
  table rows({{"reason"}, {"dislikes", table::align::right}, {"share", table::align::right}});
  for (const auto& item : by_reason) {
    const std::int64_t count = integer_of(by_reason, item.key());
    rows.row({std::string(item.key()), grouped(count), std::to_string((count * 200 + sum) / (sum * 2)) + " %"});
  }
  out << '\n';
  rows.print(out);
}

/// Dislikes an impression, the worst first.
void print_rates(std::ostream& out, const json::object& metrics, const char* key, const char* of_what) {
  std::vector<std::pair<std::string, const json::object*>> rates;
  for (const auto& [name, rate] : object_of(metrics, key))
    if (rate.is_object()) rates.emplace_back(name, &rate.get_object());
  if (rates.empty()) return;
  std::stable_sort(rates.begin(), rates.end(), [](const auto& a, const auto& b) {
    return number_of(*a.second, "rate") > number_of(*b.second, "rate");
  });
  table rows(
      {{of_what}, {"shown", table::align::right}, {"dislikes", table::align::right}, {"per 100", table::align::right}});
  for (std::size_t i = 0; i < std::min(longest_list, rates.size()); ++i) {
    const auto& [name, rate] = rates[i];
    rows.row({name, grouped(integer_of(*rate, "impressions")), grouped(integer_of(*rate, "dislikes")),
              short_number(100.0 * number_of(*rate, "rate"))});
  }
  out << '\n';
  rows.print(out);
  if (rates.size() > longest_list) out << "and " << rates.size() - longest_list << " more (--json: all)\n";
}

/// The newest windows of a trend: when, how many, and a mean.
void print_trend(std::ostream& out, const json::object& metrics, const char* key, const char* mean_key,
                 const char* title) {
  const json::array& windows = array_of(metrics, key);
  table rows({{"from (UTC)"}, {title, table::align::right}, {"mean", table::align::right}});
  for (std::size_t i = windows.size() > longest_list ? windows.size() - longest_list : 0; i < windows.size(); ++i) {
    if (!windows[i].is_object()) continue;
    const json::object& window = windows[i].get_object();
    rows.row({short_time(text_of(window, "from")), grouped(integer_of(window, "count")), shown(window, mean_key)});
  }
  if (rows.empty()) return;
  out << '\n';
  rows.print(out);
}

}  // namespace

void print_metrics(std::ostream& out, const json::object& metrics, bool brief) {
  print_figures(out, metrics);
  print_reasons(out, metrics);
  if (brief) return;
  print_loop(out, metrics);
  print_rates(out, metrics, "dislike_rate_by_model_version", "model version");
  print_rates(out, metrics, "dislike_rate_by_genre", "genre");
  print_trend(out, metrics, "error_trend", "avg_prediction_error", "prediction errors");
  print_trend(out, metrics, "adjustment_magnitude_trend", "mean_adjustment_magnitude", "adjustments");
}

}  // namespace demur::cli
