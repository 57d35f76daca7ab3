#include "pipeline/shadow_comparisons.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace demur::pipeline {

namespace {

constexpr std::array bands = {0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0};
constexpr std::size_t most_examples = 10;

shadow_report begin(const plugin::seat& seat) {
  shadow_report fresh;
  fresh.reason = seat.live->reason();
  fresh.live = seat.live->name();
  fresh.live_version = seat.live->version();
  fresh.shadow = seat.shadow->name();
  fresh.shadow_version = seat.shadow->version();
  for (const double up_to : bands) fresh.differences.push_back({up_to, 0});
  return fresh;
}

bool is_about(const shadow_report& report, const plugin::seat& seat) {
  return report.live == seat.live->name() && report.live_version == seat.live->version() &&
         report.shadow == seat.shadow->name() && report.shadow_version == seat.shadow->version();
}

std::map<std::string, shadow_difference> side_by_side(const plugin::verdict& live, const plugin::verdict& shadow) {
  std::map<std::string, shadow_difference> all;
  for (const plugin::adjustment& one : live.adjustments) all[one.feature].live_magnitude = one.magnitude;
  for (const plugin::adjustment& one : shadow.adjustments) all[one.feature].shadow_magnitude = one.magnitude;
  for (auto& [feature, both] : all) both.feature_affected = feature;
  return all;
}

void count(shadow_report& report, const shadow_difference& one, const dislike& row) {
  const double difference = one.shadow_magnitude - one.live_magnitude;
  const double size = std::abs(difference);
  // 0.2 less 0.15 is a little more than 0.05.
  constexpr double rounding = 1e-9;
  const auto band =
      std::ranges::find_if(report.differences, [size](const auto& each) { return size <= each.up_to + rounding; });
  ++(band == report.differences.end() ? report.differences.back() : *band).features;
  std::int64_t features = 0;
  for (const auto& each : report.differences) features += each.features;
  report.mean_difference += (difference - report.mean_difference) / static_cast<double>(features);
  if (size == 0.0) return;
  const auto size_of = [](const shadow_report::example& each) {
    return std::abs(each.shadow_magnitude - each.live_magnitude);
  };
  auto& worst = report.worst;
  const auto place = std::ranges::find_if(worst, [&](const auto& each) { return size_of(each) < size; });
  if (place == worst.end() && worst.size() == most_examples) return;
  worst.insert(place, {row.dislike_id, row.user_id, one.feature_affected, one.live_magnitude, one.shadow_magnitude});
  if (worst.size() > most_examples) worst.pop_back();
}

}  // namespace

std::vector<shadow_difference> shadow_comparisons::compare(const plugin::seat& seat, const dislike& row,
                                                           const plugin::verdict* live, const plugin::verdict* shadow) {
  const std::lock_guard held(lock_);
  shadow_report& report = by_reason_.try_emplace(seat.live->reason(), begin(seat)).first->second;
  if (!is_about(report, seat)) report = begin(seat);
  if (!report.since) report.since = row.created_at;
  if (!live || !shadow) {
    if (shadow) ++report.live_failures;
    if (live) ++report.shadow_failures;
    return {};
  }
  ++report.compared;
  if (*live == *shadow) ++report.same;
  std::vector<shadow_difference> differing;
  for (auto& [feature, both] : side_by_side(*live, *shadow)) {
    count(report, both, row);
    if (both.live_magnitude != both.shadow_magnitude) differing.push_back(std::move(both));
  }
  return differing;
}

shadow_report shadow_comparisons::report(const plugin::seat& seat) const {
  const std::lock_guard held(lock_);
  const auto found = by_reason_.find(seat.live->reason());
  return found != by_reason_.end() && is_about(found->second, seat) ? found->second : begin(seat);
}

}  // namespace demur::pipeline
