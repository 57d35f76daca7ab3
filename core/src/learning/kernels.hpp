#pragma once

#include <cstddef>
#include <cstdint>

/// The arithmetic that training and ranking spend their time in. Compiled for several instruction sets; the processor
/// decides at the first call which one is used, so two machines may differ in the last bits, and one never does.
namespace demur::learning {

/// What one side of the matrix has with the other: `weight` > 0 is a like (target 1), < 0 a dislike of weight |weight|.
struct interaction {
  std::uint32_t other = 0;  ///< row of the other side's factors
  float weight = 0.0F;

  friend bool operator==(const interaction&, const interaction&) = default;
};

/// One row's ridge regression on the other side's factors:
///   A = base + sum |c| h h' + ridge I,   b = sum |c| t h,   row = A^-1 b
/// with t = 1 for likes and `dislike_target` for dislikes (Rendle et al. 2021, "iALS++"; science of the loop in
/// docs/learning.md).
struct row_problem {
  const float* factors = nullptr;  ///< other side, row-major, d columns
  const interaction* entries = nullptr;
  std::size_t count = 0;
  const float* base = nullptr;  ///< d x d, symmetric: alpha0 * factors' * factors
  float ridge = 0.0F;           ///< > 0
  float dislike_target = 0.0F;
};

/// What is near an item, lowered: see user_taste.hpp.
///   scores[i] -= fade * clamp(doubt * (1 - inverse_sure * learnt_i), 0, 1) * min(1, weight * max(0, products_i / (length * lengths_i))^4)
///                * max(0, learnt_i)
struct neighbours {
  const float* learnt = nullptr;    ///< scores before any fresh dislike
  const float* products = nullptr;  ///< of the item's factors with all others'
  const float* lengths = nullptr;   ///< of the factors
  float length = 0.0F;              ///< of the item's
  float fade = 0.0F;
  float weight = 0.0F;
  float doubt = 0.0F;
  float inverse_sure = 0.0F;
};

struct kernels {
  const char* name;
  /// Floats of scratch memory that `solve` wants for d columns.
  std::size_t (*scratch)(int d);
  /// Solves into `row` (d floats). The first d * d floats of `scratch` then hold the Cholesky factor L of A, column-major,
  /// lower triangle. Returns the least value of the row's loss, without the constant of the base. A row that single
  /// precision cannot carry (trace(A) / ridge bounds the condition number) is solved in double precision.
  float (*solve)(const row_problem& problem, int d, float* scratch, float* row);
  /// gram = rows' * rows, d x d, of `count` rows.
  void (*gram)(const float* rows, std::size_t count, int d, float* gram);
  /// out[k * count + i] = <rows_i, vectors_k>, for `number` vectors of d floats one after the other. Reads the rows once.
  void (*scores)(const float* rows, std::size_t count, int d, const float* vectors, std::size_t number, float* out);
  void (*lower_neighbours)(const neighbours& of, std::size_t count, float* scores);
};

/// The fastest that this processor can run.                                                               [any thread]
const kernels& best_kernels();

}  // namespace demur::learning
