#include "learning/sequential_test.hpp"

#include <algorithm>
#include <cmath>

namespace demur::learning {

namespace {

constexpr linear_form impressions{1, 0, 0, 0, 0};

/// What is compared, a number a user.
linear_form numerator(rate_of metric) {
  return metric == rate_of::dislikes ? linear_form{0, 1, 0, 0, 0} : linear_form{0, 0, 1, 0, 0};
}

/// Y - theta X; see the header.
struct residual {
  linear_form form{};
  double variance_reduction = 0.0;
};

residual residual_of(const arm_moments& both, const linear_form& counted) {
  linear_form y = counted;
  y[0] -= both.sum(counted) / both.sum(impressions);
  const user_counts all = both.totals();
  if (all.impressions_before == 0) return {y, 0.0};
  const double before = static_cast<double>(all.dislikes_before) / static_cast<double>(all.impressions_before);
  const linear_form x{0, 0, 0, -before, 1};
  const double xx = both.product(x, x), xy = both.product(x, y), yy = both.product(y, y);
  if (xx <= 0.0 || yy <= 0.0) return {y, 0.0};
  const double theta = xy / xx;
  for (std::size_t i = 0; i < y.size(); ++i) y[i] -= theta * x[i];
  return {y, std::min(xy * xy / (xx * yy), 1.0)};
}

}  // namespace

std::optional<arm_comparison> compare(const arm_moments& control, const arm_moments& candidate, rate_of metric) {
  if (control.users() < 2 || candidate.users() < 2) return std::nullopt;
  if (control.totals().impressions == 0 || candidate.totals().impressions == 0) return std::nullopt;
  const arm_moments both = control + candidate;
  const linear_form counted = numerator(metric);
  const auto [y, reduction] = residual_of(both, counted);
  const double everybody = static_cast<double>(control.users() + candidate.users());
  const double all_squares = control.product(y, y) + candidate.product(y, y);
  const double difference = candidate.sum(y) / candidate.sum(impressions) - control.sum(y) / control.sum(impressions);
  // Where all users are alike, what is left of the subtractions is rounding.
  constexpr double rounding = 1e-12;
  if (all_squares <= rounding * both.product(counted, counted)) return arm_comparison{difference, 0.0, 0.0};
  double separate = 0.0, pooled = 0.0;
  for (const arm_moments* arm : {&control, &candidate}) {
    const double users = static_cast<double>(arm->users());
    const double shown = arm->sum(impressions);
    const double scale = users / (users - 1.0) / (shown * shown);
    separate += scale * arm->product(y, y);
    pooled += scale * all_squares * users / everybody;
  }
  return arm_comparison{difference, std::max(separate, pooled), reduction};
}

double log_likelihood_ratio(const arm_comparison& seen, double tau) {
  const double v = seen.variance, mixing = tau * tau;
  if (v <= 0.0) return 0.0;
  return 0.5 * std::log(v / (v + mixing)) + mixing * seen.difference * seen.difference / (2.0 * v * (v + mixing));
}

std::optional<interval> always_valid_interval(const arm_comparison& seen, double tau, double alpha) {
  const double v = seen.variance, mixing = tau * tau;
  if (v <= 0.0) return std::nullopt;
  const double reach = std::sqrt(v * (v + mixing) / mixing * (std::log((v + mixing) / v) - 2.0 * std::log(alpha)));
  return interval{seen.difference - reach, seen.difference + reach};
}

double sequential_test::observe(const arm_comparison& seen) {
  p_ = std::min(p_, std::exp(-log_likelihood_ratio(seen, tau_)));
  return p_;
}

double sample_ratio_p(std::int64_t control_users, std::int64_t candidate_users, double control_share,
                      double candidate_share) {
  const double all = static_cast<double>(control_users + candidate_users);
  if (all == 0.0) return 1.0;
  const double share = control_share / (control_share + candidate_share);
  const double beside = static_cast<double>(control_users) - all * share;
  return std::erfc(std::sqrt(beside * beside / (all * share * (1.0 - share)) / 2.0));
}

}  // namespace demur::learning
