#include "domain/weights.hpp"

#include <algorithm>
#include <cmath>

namespace demur {

double log_term(double magnitude) {
  constexpr double nearly_all = -0.999'999'999;
  return std::log1p(std::max(magnitude, nearly_all));
}

namespace {

constexpr double ms_per_day = 86'400'000.0;

timestamp days_after(timestamp from, double days) {
  return from + std::chrono::milliseconds(std::llround(days * ms_per_day));
}

}  // namespace

double log_weight(const rising_weight& rise, timestamp now) {
  const double age_days = static_cast<double>((now - rise.begins_at).count()) / ms_per_day;
  const auto [hold_days, rise_days] = rise.along;
  if (hold_days == for_ever || age_days < hold_days) return log_term(rise.magnitude);
  if (age_days >= hold_days + rise_days) return 0.0;
  return log_term(rise.magnitude * (1.0 - (age_days - hold_days) / rise_days));
}

double log_weight(const reason_state& part, timestamp now) {
  return part.sum.at(now) + (part.rise ? log_weight(*part.rise, now) : 0.0);
}

double log_weight(const feature_state& state, timestamp now) {
  double sum = 0.0;
  for (const reason_state& part : state.by_reason) sum += log_weight(part, now);
  return sum;
}

double shared_log_weight(const model& shared, std::string_view feature) {
  const auto found = shared.shared_log_weights.find(feature);
  return found == shared.shared_log_weights.end() ? 0.0 : found->second;
}

double weight(double personal_log_weight, double shared_log_weight, double floor) {
  return std::max(floor, std::exp(personal_log_weight + shared_log_weight));
}

double example_weight(const settings::weights_section& chosen, std::chrono::milliseconds age) {
  return chosen.dislike_weight_multiplier * fading(age, chosen.example_half_life_days);
}

reason_state& state_of(feature_state& state, std::string_view reason) {
  auto& parts = state.by_reason;
  const auto place =
      std::lower_bound(parts.begin(), parts.end(), reason,
                       [](const reason_state& part, std::string_view wanted) { return part.reason < wanted; });
  if (place != parts.end() && place->reason == reason) return *place;
  return *parts.insert(place, reason_state{std::string(reason), 0, {}, 0, {}});
}

namespace {

std::optional<timestamp> end_of_hiding(const rising_weight& rise) {
  if (rise.along.hold_days == for_ever) return std::nullopt;
  return days_after(rise.begins_at, rise.along.hold_days);
}

/// Nothing: for ever.
std::optional<timestamp> end_of_hiding(const faded_sum& sum, double unhide_below) {
  if (unhide_below <= 0.0 || sum.half_life_days <= 0.0) return std::nullopt;
  const double half_lives = std::max(0.0, std::log2(-sum.value / unhide_below));
  return days_after(sum.reference_at, half_lives * sum.half_life_days);
}

}  // namespace

std::optional<hiding> hidden(const feature_state& item, double unhide_below, timestamp now) {
  std::optional<hiding> longest;
  for (const reason_state& part : item.by_reason) {
    if (part.sum.value >= 0.0 && !part.rise) continue;
    const auto until = part.rise ? end_of_hiding(*part.rise) : end_of_hiding(part.sum, unhide_below);
    if (until && *until < now) continue;
    const bool longer = !longest || (longest->until && (!until || *until > *longest->until));
    if (longer) longest = hiding{part.reason, part.last_dislike_id, until};
  }
  return longest;
}

}  // namespace demur
