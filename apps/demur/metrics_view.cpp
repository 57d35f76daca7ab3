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
  facts.fact("retrainings", grouped(integer_of(retraining, "count")) +
                                (last.empty() ? "" : ", last " + short_time(last)) +
                                (interval == "-" ? "" : ", every " + interval + " s on average"));
  facts.fact("model version", shown(metrics, "model_version_id"));
  facts.print(out);
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

void print_genres(std::ostream& out, const json::object& metrics) {
  std::vector<std::pair<std::string, const json::object*>> genres;
  for (const auto& [genre, rate] : object_of(metrics, "dislike_rate_by_genre"))
    if (rate.is_object()) genres.emplace_back(genre, &rate.get_object());
  if (genres.empty()) return;
  std::stable_sort(genres.begin(), genres.end(), [](const auto& a, const auto& b) {
    return number_of(*a.second, "rate") > number_of(*b.second, "rate");
  });
  table rows(
      {{"genre"}, {"shown", table::align::right}, {"dislikes", table::align::right}, {"per 100", table::align::right}});
  for (std::size_t i = 0; i < std::min(longest_list, genres.size()); ++i) {
    const auto& [genre, rate] = genres[i];
    rows.row({genre, grouped(integer_of(*rate, "impressions")), grouped(integer_of(*rate, "dislikes")),
              short_number(100.0 * number_of(*rate, "rate"))});
  }
  out << '\n';
  rows.print(out);
  if (genres.size() > longest_list) out << "and " << genres.size() - longest_list << " more (--json: all)\n";
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
  print_genres(out, metrics);
  print_trend(out, metrics, "error_trend", "avg_prediction_error", "prediction errors");
  print_trend(out, metrics, "adjustment_magnitude_trend", "mean_adjustment_magnitude", "adjustments");
}

}  // namespace demur::cli
