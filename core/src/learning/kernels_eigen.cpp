// Compiled once for each instruction set (CMakeLists.txt). Eigen's namespace is renamed there, or the linker would keep one
// of three templates of the same name, compiled for whichever processor; for the same reason no template of the standard
// library is used here.
#include "learning/kernels.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>

namespace demur::learning::DEMUR_KERNELS {

extern const kernels table;

namespace {

using column_major = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic>;
using row_major = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using vector = Eigen::Matrix<float, Eigen::Dynamic, 1>;
using exact_matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>;
using exact_vector = Eigen::Matrix<double, Eigen::Dynamic, 1>;

/// Rows gathered at a time: with d = 64 they fill half of a level-1 cache.
constexpr std::size_t block = 64;
/// Above it, the last of the seven digits of a float may be all that is left.
constexpr float worst_condition = 1e5F;

std::size_t scratch(int d) { return static_cast<std::size_t>(d) * (static_cast<std::size_t>(d) + block + 1); }

float magnitude(float weight) { return weight < 0.0F ? -weight : weight; }

/// Adds the entries to A and b; returns sum |c| t^2.
float gather(const row_problem& problem, int d, Eigen::Map<column_major>& a, Eigen::Map<column_major>& scaled,
             Eigen::Map<vector>& b) {
  float squares = 0.0F;
  for (std::size_t first = 0; first < problem.count; first += block) {
    const std::size_t left = problem.count - first;
    const auto taken = static_cast<Eigen::Index>(left < block ? left : block);
    for (Eigen::Index k = 0; k < taken; ++k) {
      const interaction& entry = problem.entries[first + static_cast<std::size_t>(k)];
      const float c = magnitude(entry.weight);
      const float target = entry.weight < 0.0F ? problem.dislike_target : 1.0F;
      const Eigen::Map<const vector> h(
          problem.factors + static_cast<std::size_t>(entry.other) * static_cast<std::size_t>(d), d);
      scaled.col(k) = __builtin_sqrtf(c) * h;
      b += (c * target) * h;
      squares += c * target * target;
    }
    a.selfadjointView<Eigen::Lower>().rankUpdate(scaled.leftCols(taken));
  }
  return squares;
}

void solve_in_double(const row_problem& problem, int d, Eigen::Map<column_major>& factor, const float* b, float* row) {
  exact_matrix a = Eigen::Map<const column_major>(problem.base, d, d).cast<double>();
  for (std::size_t k = 0; k < problem.count; ++k) {
    const interaction& entry = problem.entries[k];
    const exact_vector h = Eigen::Map<const vector>(
                               problem.factors + static_cast<std::size_t>(entry.other) * static_cast<std::size_t>(d), d)
                               .cast<double>();
    a.selfadjointView<Eigen::Lower>().rankUpdate(h, static_cast<double>(magnitude(entry.weight)));
  }
  a.diagonal().array() += static_cast<double>(problem.ridge);
  const Eigen::LLT<exact_matrix, Eigen::Lower> decomposed(a);
  factor = decomposed.matrixLLT().cast<float>();
  Eigen::Map<vector>(row, d) = decomposed.solve(Eigen::Map<const vector>(b, d).cast<double>()).cast<float>();
}

float solve(const row_problem& problem, int d, float* memory, float* row) {
  const auto size = static_cast<std::size_t>(d);
  Eigen::Map<column_major> a(memory, d, d);
  Eigen::Map<column_major> scaled(memory + size * size, d, static_cast<Eigen::Index>(block));
  Eigen::Map<vector> b(memory + size * (size + block), d);
  a = Eigen::Map<const column_major>(problem.base, d, d);
  b.setZero();
  const float squares = gather(problem, d, a, scaled, b);
  a.diagonal().array() += problem.ridge;

  if (a.diagonal().sum() > worst_condition * problem.ridge) {
    solve_in_double(problem, d, a, b.data(), row);
  } else {
    Eigen::Map<vector> solution(row, d);
    const Eigen::LLT<Eigen::Ref<column_major>, Eigen::Lower> in_place(a);
    solution = b;
    in_place.solveInPlace(solution);
  }
  return squares - b.dot(Eigen::Map<const vector>(row, d));
}

void gram(const float* rows, std::size_t count, int d, float* out) {
  Eigen::Map<column_major> sum(out, d, d);
  sum.setZero();
  sum.selfadjointView<Eigen::Lower>().rankUpdate(
      Eigen::Map<const row_major>(rows, static_cast<Eigen::Index>(count), d).transpose());
  sum.triangularView<Eigen::StrictlyUpper>() = sum.transpose();
}

/// Rows that stay in a level-2 cache while one vector after the other is multiplied with them.
constexpr std::size_t tile = 512;

void scores(const float* rows, std::size_t count, int d, const float* vectors, std::size_t number, float* out) {
  for (std::size_t first = 0; first < count; first += tile) {
    const auto n = static_cast<Eigen::Index>(count - first < tile ? count - first : tile);
    const Eigen::Map<const row_major> taken(rows + first * static_cast<std::size_t>(d), n, d);
    for (std::size_t k = 0; k < number; ++k)
      Eigen::Map<vector>(out + k * count + first, n).noalias() =
          taken * Eigen::Map<const vector>(vectors + k * static_cast<std::size_t>(d), d);
  }
}

void lower_neighbours(const neighbours& of, std::size_t count, float* scores) {
  using array = Eigen::Array<float, Eigen::Dynamic, 1>;
  constexpr float no_length = 1e-12F;
  const auto n = static_cast<Eigen::Index>(count);
  const Eigen::Map<const array> learnt(of.learnt, n), products(of.products, n), lengths(of.lengths, n);
  const auto both = lengths * of.length;
  const auto cosine = products.max(0.0F) / both.max(no_length);  // what has no length has no product
  const auto doubt = (of.doubt * (1.0F - of.inverse_sure * learnt)).max(0.0F).min(1.0F);
  Eigen::Map<array>(scores, n) -= of.fade * doubt * (of.weight * cosine.square().square()).min(1.0F) * learnt.max(0.0F);
}

}  // namespace

const kernels table{DEMUR_KERNELS_NAME, scratch, solve, gram, scores, lower_neighbours};

}  // namespace demur::learning::DEMUR_KERNELS
