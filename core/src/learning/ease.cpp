#include "learning/ease.hpp"

#include <Eigen/Cholesky>

namespace demur::learning {

square_matrix fit_ease(const interactions& likes_by_user, float lambda) {
  const auto n = static_cast<Eigen::Index>(likes_by_user.columns());
  square_matrix together = square_matrix::Zero(n, n);
  for (std::size_t user = 0; user < likes_by_user.rows(); ++user)
    for (const interaction& a : likes_by_user.row(user))
      for (const interaction& b : likes_by_user.row(user)) together(a.other, b.other) += 1.0F;
  together.diagonal().array() += lambda;
  square_matrix weights = together.llt().solve(square_matrix::Identity(n, n));
  const factor_vector diagonal = weights.diagonal();
  weights.array().rowwise() /= -diagonal.transpose().array();
  weights.diagonal().setZero();
  return weights;
}

std::vector<float> ease_scores(const square_matrix& weights, std::span<const interaction> likes) {
  factor_vector sum = factor_vector::Zero(weights.cols());
  for (const interaction& said : likes) sum += weights.row(said.other).transpose();
  return {sum.begin(), sum.end()};
}

}  // namespace demur::learning
