#include "learning/experiment_rules.hpp"

#include "learning/sequential_test.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace demur::learning {

namespace {

constexpr std::int64_t look_every = 100;

std::optional<double> rate(std::int64_t hits, std::int64_t impressions) {
  if (impressions == 0) return std::nullopt;
  return static_cast<double>(hits) / static_cast<double>(impressions);
}

double rate_in(const arm_moments& arm, rate_of metric) {
  const user_counts all = arm.totals();
  return rate(metric == rate_of::dislikes ? all.dislikes : all.likes, all.impressions).value_or(0.0);
}

bool both_have(const both_arms& arms, std::int64_t impressions) {
  return std::ranges::all_of(arms, [&](const arm_moments& arm) { return arm.totals().impressions >= impressions; });
}

bool enough_users(const both_arms& arms) {
  return std::ranges::all_of(arms, [](const arm_moments& arm) { return arm.users() >= sequential_test::least_users; });
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %%", 100.0 * share);
  return text;
}

std::string rates_in_words(const both_arms& arms, rate_of metric) {
  return percent(rate_in(arms[1], metric)) + " of the impressions against " + percent(rate_in(arms[0], metric));
}

std::string p_in_words(double p) {
  char text[32];
  std::snprintf(text, sizeof text, "p %.2g", p);
  return text;
}

/// Likes per impression: how the candidate stands to the lowest difference that the plan allows.
struct guard {
  bool broken = false;  ///< surely below
  bool held = true;     ///< by the estimate
};

guard guard_of(const experiment_plan& plan, const both_arms& arms) {
  const auto likes = compare(arms[0], arms[1], rate_of::likes);
  if (!likes) return {};
  const double lowest = -plan.max_like_drop * rate_in(arms[0], rate_of::likes);
  const auto sure = always_valid_interval(*likes, plan.tau, plan.alpha);
  return {sure && sure->high < lowest, likes->difference >= lowest};
}

rate_comparison compared(const both_arms& arms, rate_of metric, const experiment_plan& plan) {
  const auto seen = compare(arms[0], arms[1], metric);
  if (!seen) return {};
  const auto sure = always_valid_interval(*seen, plan.tau, plan.alpha);
  if (!sure) return {seen->difference, {}, {}, {}};
  return {seen->difference, sure->low, sure->high, seen->variance_reduction};
}

}  // namespace

std::int64_t impressions_of(const both_arms& arms) {
  return arms[0].totals().impressions + arms[1].totals().impressions;
}

bool look_is_due(const both_arms& arms, std::int64_t impressions_at_last_look) {
  const std::int64_t since = impressions_of(arms) - impressions_at_last_look;
  return since >= std::max(look_every, impressions_at_last_look / 100);
}

verdict judge(const experiment_plan& plan, const both_arms& arms, double p) {
  const auto seen = compare(arms[0], arms[1], rate_of::dislikes);
  if (!seen || !enough_users(arms) || !both_have(arms, plan.min_impressions)) return {p, experiment_state::running, {}};
  sequential_test test(plan.tau, p);
  p = test.observe(*seen);
  const guard likes = guard_of(plan, arms);
  const std::string disliked = " disliked " + rates_in_words(arms, rate_of::dislikes) + ", " + p_in_words(p) + ".";
  if (likes.broken)
    return {p, experiment_state::lost,
            "Lost: the users of the candidate liked " + rates_in_words(arms, rate_of::likes) + "."};
  if (p <= plan.alpha && seen->difference > 0.0)
    return {p, experiment_state::lost, "Lost: the users of the candidate" + disliked};
  if (p <= plan.alpha && seen->difference < 0.0 && likes.held)
    return {p, experiment_state::won, "Won: the users of the candidate" + disliked};
  if (both_have(arms, plan.max_impressions))
    return {p, experiment_state::inconclusive, "Inconclusive: the users of the candidate" + disliked};
  return {p, experiment_state::running, {}};
}

void describe(const both_arms& arms, experiment_report& into) {
  into.arms.clear();
  for (std::size_t arm = 0; arm < arms.size(); ++arm) {
    const user_counts all = arms[arm].totals();
    into.arms.push_back({into.plan.arms[arm], arms[arm].users(), all.impressions, all.dislikes, all.likes,
                         rate(all.dislikes, all.impressions), rate(all.likes, all.impressions)});
  }
  into.dislikes_per_impression = compared(arms, rate_of::dislikes, into.plan);
  into.likes_per_impression = compared(arms, rate_of::likes, into.plan);
  into.sample_ratio_p =
      sample_ratio_p(arms[0].users(), arms[1].users(), into.plan.arms[0].share, into.plan.arms[1].share);
}

std::string write_arms(const both_arms& arms) {
  record_writer out;
  for (const arm_moments& arm : arms) {
    arm.write(out);
    out.end();
  }
  return out.take();
}

bool read_arms(std::string_view text, both_arms& into) {
  record_reader in(text);
  for (arm_moments& arm : into) {
    if (!in.next()) return false;
    arm.read(in);
  }
  return in.ok();
}

}  // namespace demur::learning
