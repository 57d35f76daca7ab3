#include "learning/paired.hpp"

#include <boost/math/distributions/students_t.hpp>

#include <cmath>
#include <vector>

namespace demur::learning {

namespace {

std::vector<double> column(std::span<const named_figures> sets, const std::string& name) {
  std::vector<double> values;
  for (const named_figures& figures : sets) {
    const auto found = figures.find(name);
    values.push_back(found == figures.end() ? 0.0 : found->second);
  }
  return values;
}

}  // namespace

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

named_figures mean_of(std::span<const named_figures> sets) {
  named_figures mean;
  if (sets.empty()) return mean;
  for (const auto& [name, first] : sets.front()) {
    double sum = 0.0;
    for (const double each : column(sets, name)) sum += each;
    mean[name] = sum / static_cast<double>(sets.size());
  }
  return mean;
}

std::map<std::string, paired_difference> differences_of(std::span<const named_figures> ours,
                                                        std::span<const named_figures> theirs) {
  std::map<std::string, paired_difference> differences;
  if (ours.empty()) return differences;
  for (const auto& [name, first] : ours.front())
    differences[name] = difference_of(column(ours, name), column(theirs, name));
  return differences;
}

}  // namespace demur::learning
