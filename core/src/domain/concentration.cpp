#include "domain/concentration.hpp"

#include <boost/math/policies/policy.hpp>
#include <boost/math/special_functions/beta.hpp>

namespace demur {

namespace {

severity grade(double ratio, const settings::patterns_section& chosen) {
  if (ratio >= chosen.high_ratio) return severity::high;
  if (ratio >= chosen.medium_ratio) return severity::medium;
  return ratio >= chosen.low_ratio ? severity::low : severity::none;
}

}  // namespace

double binomial_tail(std::int64_t hits, std::int64_t trials, double share) {
  if (hits <= 0) return 1.0;
  if (hits > trials || share <= 0.0) return 0.0;
  if (share >= 1.0) return 1.0;
  // The tail of a binomial is a regularised incomplete beta function (Abramowitz and Stegun, 26.5.24). Boost would work it
  // out in long double, which takes three times as long for digits that no severity depends on.
  using in_double = boost::math::policies::policy<boost::math::policies::promote_double<false>>;
  return boost::math::ibeta(static_cast<double>(hits), static_cast<double>(trials - hits + 1), share, in_double());
}

severity concentration(std::int64_t hits, std::int64_t trials, double baseline,
                       const settings::patterns_section& chosen) {
  if (hits < chosen.min_frequency || trials <= 0 || baseline <= 0.0) return severity::none;
  const double share = static_cast<double>(hits) / static_cast<double>(trials);
  // The ratio is cheap and settles most cases; the test is a thousand times dearer.
  const severity graded = grade(share / baseline, chosen);
  if (graded == severity::none) return severity::none;
  return binomial_tail(hits, trials, baseline) < chosen.significance ? graded : severity::none;
}

}  // namespace demur
