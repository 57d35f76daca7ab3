#pragma once

#include "learning/arm_moments.hpp"

#include <optional>

/// Does the candidate's rate differ from the control's? May be asked at any time and as often as one likes. Pure.
namespace demur::learning {

enum class rate_of { dislikes, likes };  ///< per impression

/// Candidate less control.
struct arm_comparison {
  double difference = 0.0;          ///< of the rates, the users' past taken into account
  double variance = 0.0;            ///< of the difference; 0: nothing can be said yet
  double variance_reduction = 0.0;  ///< that the users' past brought: rho^2, in [0, 1]
};

/// Nothing while an arm has fewer than two users or no impression.
///
/// A rate is a ratio of sums R_a = D_a / N_a over the arm's users; its variance that of the linearised user-level numbers
/// Y_u = d_u - R n_u (delta method, e.g. Deng, Knoblich, Lu: "Applying the Delta Method in Metric Analytics", KDD 2018,
/// section 3), with R pooled over the arms as under the hypothesis of no difference: an arm without a dislike so far is not
/// taken for one without variance. Var(R_a) = U/(U-1) sum Y^2 / N_a^2, once with the arm's own sum of squares and once with
/// the pooled one; the larger sum over the arms is taken.
///
/// CUPED (Deng, Xu, Kohavi, Walker, WSDM 2013) with X_u = e_u - Q m_u, the user's dislikes e and impressions m before the
/// experiment, Q their pooled rate: Y is replaced by Y - theta X, theta = sum XY / sum XX over both arms. X is 0 for who
/// has no past. The expected difference stays the same, as X is older than the assignment; the variance is multiplied by
/// 1 - rho^2.
std::optional<arm_comparison> compare(const arm_moments& control, const arm_moments& candidate, rate_of metric);

/// The mixture likelihood ratio of a difference against none, its effect drawn from N(0, tau^2) (Johari, Koomen, Pekelis,
/// Walsh: "Always Valid Inference", Operations Research 2022): with v the variance of the difference,
/// L = sqrt(v / (v + tau^2)) exp(tau^2 d^2 / (2 v (v + tau^2))). As its logarithm; 0 where the variance is.
double log_likelihood_ratio(const arm_comparison& seen, double tau);

struct interval {
  double low = 0.0;
  double high = 0.0;
};
/// All differences that have L < 1 / alpha against what was seen: it covers the true one at all times at once with
/// probability 1 - alpha. Nothing where the variance is 0.
std::optional<interval> always_valid_interval(const arm_comparison& seen, double tau, double alpha);

/// Always-valid p-values: p_n = min(p_{n-1}, 1 / L_n). Under no difference P(p_n <= alpha for some n) <= alpha, where the
/// variances are good: so not before each arm has `least_users` users.
class sequential_test {
public:
  static constexpr std::int64_t least_users = 30;

  explicit sequential_test(double tau, double p = 1.0) : tau_(tau), p_(p) {}

  double observe(const arm_comparison& seen);
  double p() const { return p_; }

private:
  double tau_;
  double p_;
};

/// P(chi-square of one degree >= its value) for as many users in two arms with these shares: tells that users got lost on
/// one side only, which no comparison of rates survives.
double sample_ratio_p(std::int64_t control_users, std::int64_t candidate_users, double control_share,
                      double candidate_share);

}  // namespace demur::learning
