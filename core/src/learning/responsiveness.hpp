#pragma once

#include "learning/arms.hpp"

#include <demur/evaluation.hpp>

namespace demur::learning {

/// Sums over the users of one split; `users` says how many.
responsiveness_figures measure_responsiveness(split_models& models);

}  // namespace demur::learning
