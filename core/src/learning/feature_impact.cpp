#include "learning/feature_impact.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace demur::learning {

namespace {

constexpr double least_prior_deviation = 0.1;
constexpr double in_95_percent = 1.959963984540054;

double log_odds_of(std::int64_t with, std::int64_t whole) {
  return std::log(static_cast<double>(with) + 0.5) -
         std::log(static_cast<double>(std::max(whole - with, std::int64_t{0})) + 0.5);
}

double design_effect(const dislike_counts& of) {
  return of.dislikes == 0 ? 1.0 : std::max(1.0, static_cast<double>(of.squares) / static_cast<double>(of.dislikes));
}

feature_effect as_counted(const dislike_counts& one, const dislike_counts& all) {
  feature_effect effect;
  effect.raw = log_odds_of(one.dislikes, all.dislikes) - log_odds_of(one.exposures, one.all_exposures);
  const double with = static_cast<double>(one.dislikes) + 0.5;
  const double without = static_cast<double>(std::max(all.dislikes - one.dislikes, std::int64_t{0})) + 0.5;
  effect.standard_error = std::sqrt(design_effect(one) / with + design_effect(all) / without);
  effect.p = std::erfc(std::abs(effect.raw) / effect.standard_error / std::sqrt(2.0));
  return effect;
}

/// Paule and Mandel: the t^2 with which the squares of the standardised effects come to their number.
double prior_variance(const std::vector<feature_effect>& effects) {
  const auto excess = [&](double variance) {
    double sum = -static_cast<double>(effects.size());
    for (const feature_effect& one : effects)
      sum += one.raw * one.raw / (one.standard_error * one.standard_error + variance);
    return sum;
  };
  double low = least_prior_deviation * least_prior_deviation, high = low;
  if (excess(low) <= 0.0) return low;
  while (excess(high) > 0.0) high *= 2.0;
  for (int halving = 0; halving < 60; ++halving) {
    const double middle = 0.5 * (low + high);
    (excess(middle) > 0.0 ? low : high) = middle;
  }
  return high;
}

void shrink(feature_effect& one, double prior) {
  const double own = one.standard_error * one.standard_error;
  const double kept = prior / (prior + own);
  const double reach = in_95_percent * std::sqrt(kept * own);
  one.log_odds = kept * one.raw;
  one.low = one.log_odds - reach;
  one.high = one.log_odds + reach;
}

}  // namespace

std::vector<feature_effect> estimate_effects(const std::vector<dislike_counts>& features, const dislike_counts& all) {
  std::vector<feature_effect> effects;
  effects.reserve(features.size());
  std::vector<double> p;
  for (const dislike_counts& one : features) {
    effects.push_back(as_counted(one, all));
    p.push_back(effects.back().p);
  }
  const double prior = prior_variance(effects);
  const std::vector<double> q = false_discovery_rates(p);
  for (std::size_t i = 0; i < effects.size(); ++i) {
    shrink(effects[i], prior);
    effects[i].q = q[i];
  }
  return effects;
}

user_concentration concentrate(std::vector<std::int64_t> by_user) {
  std::erase_if(by_user, [](std::int64_t dislikes) { return dislikes <= 0; });
  std::sort(by_user.begin(), by_user.end(), std::greater<>());
  const std::int64_t all = std::accumulate(by_user.begin(), by_user.end(), std::int64_t{0});
  user_concentration found;
  found.users = static_cast<std::int64_t>(by_user.size());
  if (all == 0) return found;
  found.top_share = static_cast<double>(by_user.front()) / static_cast<double>(all);
  for (std::int64_t made = 0; 2 * made < all; ++found.half_users)
    made += by_user[static_cast<std::size_t>(found.half_users)];
  return found;
}

std::vector<double> false_discovery_rates(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t one, std::size_t other) { return p[one] > p[other]; });
  std::vector<double> q(p.size());
  double least = 1.0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const double rank = static_cast<double>(order.size() - i);
    least = std::min(least, p[order[i]] * static_cast<double>(order.size()) / rank);
    q[order[i]] = least;
  }
  return q;
}

}  // namespace demur::learning
