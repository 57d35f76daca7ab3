#include "learning/paired.hpp"

#include <boost/math/distributions/students_t.hpp>

#include <cmath>

namespace demur::learning {

paired_difference difference_of(std::span<const double> ours, std::span<const double> theirs) {
  const auto n = static_cast<double>(ours.size());
  double mean = 0.0, of_theirs = 0.0, squares = 0.0;
  for (std::size_t k = 0; k < ours.size(); ++k) {
    mean += (ours[k] - theirs[k]) / n;
    of_theirs += theirs[k] / n;
  }
  for (std::size_t k = 0; k < ours.size(); ++k) squares += std::pow(ours[k] - theirs[k] - mean, 2);
  double half_width = 0.0;
  if (ours.size() > 1) {
    const boost::math::students_t spread(n - 1.0);
    half_width = boost::math::quantile(spread, 0.975) * std::sqrt(squares / (n - 1.0) / n);
  }
  return {mean, mean - half_width, mean + half_width, of_theirs != 0.0 ? mean / of_theirs : 0.0};
}

}  // namespace demur::learning
