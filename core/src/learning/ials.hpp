#pragma once

#include "learning/interactions.hpp"

#include <Eigen/Core>

#include <cstdint>
#include <functional>
#include <vector>

namespace demur::learning {

/// One row an item or a user.
using factor_matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using factor_vector = Eigen::VectorXf;
using square_matrix = Eigen::MatrixXf;

/// Weighted iALS (Hu, Koren, Volinsky 2008, with the unobserved weight and the frequency-scaled regularisation of Rendle,
/// Krichene, Zhang, Koren 2021):
///   sum_likes c (y - 1)^2 + sum_dislikes c (y - t)^2 + alpha0 sum_all y^2
///     + lambda (sum_u n_u |w_u|^2 + sum_i n_i |h_i|^2),   n = entries of the row + alpha0 * rows of the other side
struct ials_options {
  int factors = 64;             ///< d
  float alpha0 = 0.1F;          ///< weight of what nobody said
  float lambda = 0.01F;         ///< of the regularisation
  int epochs = 12;              ///< one solves all users, then all items
  float dislike_target = 0.0F;  ///< t
  std::uint64_t seed = 1;       ///< of the first factors, N(0, 0.1 / sqrt(d))
  int threads = 0;              ///< 0: all cores; the outcome does not depend on it
};

struct epoch_report {
  int epoch = 0;  ///< from 1
  int epochs = 0;
  double loss = 0.0;  ///< of the formula above, after the users' half of the epoch
};

struct ials_outcome {
  factor_matrix items;
  factor_vector mean_user;  ///< over the users who like anything
  double loss = 0.0;        ///< of the last epoch
  bool cancelled = false;   ///< then the rest is of no use
};

/// `go_on` is told after each epoch; false ends it there. Bit for bit the same for the same input on the same processor,
/// whatever the number of threads. Memory: the interactions twice, and d floats for each user and item.
ials_outcome fit_ials(const interactions& by_user, const ials_options& options,
                      const std::function<bool(const epoch_report&)>& go_on = {});

/// alpha0 * factors' * factors, summed in a fixed order.
square_matrix scaled_gram(const factor_matrix& factors, float alpha0, int threads);

/// The ridge of a row with so many entries: lambda * n.
float ridge_of(const ials_options& options, std::size_t entries, std::size_t other_side);

/// Solves every row of `from` against the other side's factors; returns the sum of the rows' least losses.
double solve_rows(const interactions& from, const factor_matrix& other, const ials_options& options,
                  factor_matrix& rows);

}  // namespace demur::learning
