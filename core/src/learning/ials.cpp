#include "learning/ials.hpp"

#include "learning/parallel.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace demur::learning {

namespace {

constexpr std::size_t rows_per_slice = 64;
constexpr std::size_t rows_per_gram = 2048;

factor_matrix first_factors(std::size_t rows, const ials_options& options) {
  factor_matrix factors(static_cast<Eigen::Index>(rows), options.factors);
  std::mt19937_64 random(options.seed);
  std::normal_distribution<float> normal(0.0F, 0.1F / std::sqrt(static_cast<float>(options.factors)));
  std::generate_n(factors.data(), factors.size(), [&] { return normal(random); });
  return factors;
}

double regularisation(const interactions& items, const factor_matrix& factors, const ials_options& options) {
  double sum = 0.0;
  for (std::size_t i = 0; i < items.rows(); ++i)
    sum += static_cast<double>(ridge_of(options, items.row(i).size(), items.columns())) *
           static_cast<double>(factors.row(static_cast<Eigen::Index>(i)).squaredNorm());
  return sum;
}

factor_vector mean_of_those_who_like(const interactions& by_user, const factor_matrix& users) {
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(users.cols());
  std::int64_t counted = 0;
  for (std::size_t u = 0; u < by_user.rows(); ++u) {
    const auto row = by_user.row(u);
    if (std::none_of(row.begin(), row.end(), [](const interaction& said) { return said.weight > 0.0F; })) continue;
    sum += users.row(static_cast<Eigen::Index>(u)).transpose().cast<double>();
    ++counted;
  }
  if (counted > 0) sum /= static_cast<double>(counted);
  return sum.cast<float>();
}

}  // namespace

float ridge_of(const ials_options& options, std::size_t entries, std::size_t other_side) {
  return options.lambda * (static_cast<float>(entries) + options.alpha0 * static_cast<float>(other_side));
}

square_matrix scaled_gram(const factor_matrix& factors, float alpha0, int threads) {
  const auto d = factors.cols();
  const auto rows = static_cast<std::size_t>(factors.rows());
  std::vector<square_matrix> parts((rows + rows_per_gram - 1) / rows_per_gram);
  in_slices(rows, rows_per_gram, threads_for(threads), [&](std::size_t first, std::size_t last, int) {
    square_matrix& part = parts[first / rows_per_gram];
    part.resize(d, d);
    best_kernels().gram(factors.data() + first * static_cast<std::size_t>(d), last - first, static_cast<int>(d),
                        part.data());
  });
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(d, d);
  for (const square_matrix& part : parts) sum += part.cast<double>();
  return (static_cast<double>(alpha0) * sum).cast<float>();
}

double solve_rows(const interactions& from, const factor_matrix& other, const ials_options& options,
                  factor_matrix& rows) {
  const kernels& with = best_kernels();
  const int d = options.factors;
  const int threads = threads_for(options.threads);
  const square_matrix base = scaled_gram(other, options.alpha0, options.threads);
  std::vector<std::vector<float>> scratch(static_cast<std::size_t>(threads));
  std::vector<float> losses(from.rows());
  rows.resize(static_cast<Eigen::Index>(from.rows()), d);
  in_slices(from.rows(), rows_per_slice, threads, [&](std::size_t first, std::size_t last, int thread) {
    auto& memory = scratch[static_cast<std::size_t>(thread)];
    memory.resize(with.scratch(d));
    for (std::size_t i = first; i < last; ++i) {
      const auto said = from.row(i);
      const row_problem problem{
          other.data(),          said.data(), said.size(), base.data(), ridge_of(options, said.size(), from.columns()),
          options.dislike_target};
      losses[i] = with.solve(problem, d, memory.data(), rows.data() + i * static_cast<std::size_t>(d));
    }
  });
  double sum = 0.0;
  for (const float loss : losses) sum += static_cast<double>(loss);
  return sum;
}

ials_outcome fit_ials(const interactions& by_user, const ials_options& options,
                      const std::function<bool(const epoch_report&)>& go_on) {
  const interactions by_item = by_user.transposed();
  ials_outcome outcome;
  outcome.items = first_factors(by_user.columns(), options);
  factor_matrix users;
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    outcome.loss = solve_rows(by_user, outcome.items, options, users) + regularisation(by_item, outcome.items, options);
    solve_rows(by_item, users, options, outcome.items);
    if (go_on && !go_on({epoch, options.epochs, outcome.loss})) {
      outcome.cancelled = true;
      return outcome;
    }
  }
  solve_rows(by_user, outcome.items, options, users);
  outcome.mean_user = mean_of_those_who_like(by_user, users);
  return outcome;
}

}  // namespace demur::learning
