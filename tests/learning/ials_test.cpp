#include "learning/ials.hpp"
#include "learning/toy_world.hpp"

#include <Eigen/Cholesky>
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

namespace demur::learning {
namespace {

/// The loss of the docstring, term by term, over every pair.
double whole_loss(const interactions& by_user, const factor_matrix& users, const factor_matrix& items,
                  const ials_options& options) {
  double sum = 0.0;
  const interactions by_item = by_user.transposed();
  for (Eigen::Index u = 0; u < users.rows(); ++u) {
    for (Eigen::Index i = 0; i < items.rows(); ++i)
      sum += static_cast<double>(options.alpha0) * std::pow(users.row(u).dot(items.row(i)), 2);
    for (const interaction& said : by_user.row(static_cast<std::size_t>(u))) {
      const double y = users.row(u).dot(items.row(said.other));
      const double target = said.weight > 0.0F ? 1.0 : static_cast<double>(options.dislike_target);
      sum += std::abs(said.weight) * std::pow(y - target, 2);
    }
    sum += static_cast<double>(ridge_of(options, by_user.row(static_cast<std::size_t>(u)).size(), by_user.columns()) *
                               users.row(u).squaredNorm());
  }
  for (Eigen::Index i = 0; i < items.rows(); ++i)
    sum += static_cast<double>(ridge_of(options, by_item.row(static_cast<std::size_t>(i)).size(), by_item.columns()) *
                               items.row(i).squaredNorm());
  return sum;
}

/// A row by the textbook, in double precision.
Eigen::VectorXd textbook_row(std::span<const interaction> said, const factor_matrix& other,
                             const ials_options& options) {
  const Eigen::MatrixXd h = other.cast<double>();
  Eigen::MatrixXd a = static_cast<double>(options.alpha0) * h.transpose() * h;
  Eigen::VectorXd b = Eigen::VectorXd::Zero(h.cols());
  for (const interaction& entry : said) {
    const Eigen::VectorXd row = h.row(entry.other).transpose();
    const double c = std::abs(entry.weight);
    a += c * row * row.transpose();
    b += c * (entry.weight > 0.0F ? 1.0 : static_cast<double>(options.dislike_target)) * row;
  }
  a.diagonal().array() += static_cast<double>(ridge_of(options, said.size(), static_cast<std::size_t>(other.rows())));
  return a.llt().solve(b);
}

ials_options small() {
  ials_options options;
  options.factors = 16;
  options.epochs = 4;
  options.threads = 1;
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ials)

BOOST_AUTO_TEST_CASE(each_row_is_the_ridge_solution_of_the_textbook) {
  const toy_world world(1);
  ials_options options = small();
  options.dislike_target = -0.5F;
  const factor_matrix items = fit_ials(world.opinions, options).items;
  factor_matrix users;
  solve_rows(world.opinions, items, options, users);
  for (std::size_t u = 0; u < world.opinions.rows(); ++u) {
    const Eigen::VectorXd expected = textbook_row(world.opinions.row(u), items, options);
    const double off =
        (users.row(static_cast<Eigen::Index>(u)).transpose().cast<double>() - expected).cwiseAbs().maxCoeff();
    BOOST_TEST(off < 1e-5);
  }
}

BOOST_AUTO_TEST_CASE(the_reported_loss_is_that_of_the_formula_and_falls) {
  const toy_world world(2);
  const ials_options options = small();
  std::vector<double> told;
  ials_outcome outcome = fit_ials(world.opinions, options, [&](const epoch_report& at) {
    told.push_back(at.loss);
    return true;
  });
  BOOST_TEST_REQUIRE(told.size() == 4U);
  for (std::size_t k = 1; k < told.size(); ++k) BOOST_TEST(told[k] < told[k - 1]);

  factor_matrix users;
  const interactions by_item = world.opinions.transposed();
  double reported = solve_rows(world.opinions, outcome.items, options, users);
  for (std::size_t i = 0; i < by_item.rows(); ++i)
    reported += static_cast<double>(ridge_of(options, by_item.row(i).size(), by_item.columns()) *
                                    outcome.items.row(static_cast<Eigen::Index>(i)).squaredNorm());
  BOOST_TEST(reported == whole_loss(world.opinions, users, outcome.items, options), boost::test_tools::tolerance(1e-4));
}

BOOST_AUTO_TEST_CASE(training_gives_the_same_bits_again_and_with_any_number_of_threads) {
  const toy_world world(3, 300, 200);
  ials_options options = small();
  const factor_matrix once = fit_ials(world.opinions, options).items;
  for (const int threads : {1, 2, 3, 7}) {
    options.threads = threads;
    BOOST_TEST((fit_ials(world.opinions, options).items.array() == once.array()).all());
  }
  options.seed = 2;
  BOOST_TEST(!(fit_ials(world.opinions, options).items.array() == once.array()).all());
}

BOOST_AUTO_TEST_CASE(what_single_precision_cannot_carry_is_solved_in_double) {
  // Two factors that are almost one: the condition number is about 1e7.
  factor_matrix items(2, 2);
  items << 300.0F, 300.0F, 300.0F, 300.05F;
  interactions by_user(2);
  by_user.add({0, 1.0F});
  by_user.add({1, -1.0F});
  by_user.end_row();
  ials_options options = small();
  options.factors = 2;
  options.lambda = 1e-3F;
  factor_matrix users;
  solve_rows(by_user, items, options, users);
  const Eigen::VectorXd expected = textbook_row(by_user.row(0), items, options);
  BOOST_TEST(users(0, 0) == expected[0], boost::test_tools::tolerance(0.05));
  BOOST_TEST(users(0, 1) == expected[1], boost::test_tools::tolerance(0.05));
}

BOOST_AUTO_TEST_CASE(training_ends_at_the_epoch_that_is_told_to_be_the_last) {
  const toy_world world(4);
  int epochs = 0;
  const ials_outcome outcome = fit_ials(world.opinions, small(), [&](const epoch_report&) { return ++epochs < 2; });
  BOOST_TEST(outcome.cancelled);
  BOOST_TEST(epochs == 2);
}

BOOST_AUTO_TEST_CASE(users_and_items_without_opinions_get_finite_factors) {
  interactions by_user(3);
  by_user.end_row();
  by_user.add({1, 1.0F});
  by_user.end_row();
  const ials_outcome outcome = fit_ials(by_user, small());
  BOOST_TEST(outcome.items.allFinite());
  BOOST_TEST(outcome.mean_user.allFinite());
}

BOOST_AUTO_TEST_CASE(the_transposed_of_the_transposed_is_the_same) {
  const toy_world world(5);
  const interactions back = world.opinions.transposed().transposed();
  BOOST_TEST_REQUIRE(back.rows() == world.opinions.rows());
  for (std::size_t u = 0; u < back.rows(); ++u) {
    const auto a = back.row(u), b = world.opinions.row(u);
    BOOST_TEST(std::equal(a.begin(), a.end(), b.begin(), b.end()));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur::learning
