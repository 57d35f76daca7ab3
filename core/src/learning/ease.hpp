#pragma once

#include "learning/ials.hpp"
#include "learning/interactions.hpp"

namespace demur::learning {

/// EASE (Steck 2019): items against items in closed form, B = I - P / diag(P), P = (X'X + lambda I)^-1. Strong on small data,
/// cubic in the items: an oracle for tests and evaluations, not for serving. Learns from likes alone.
square_matrix fit_ease(const interactions& likes_by_user, float lambda);

/// Scores of all items for a user who likes these.
std::vector<float> ease_scores(const square_matrix& weights, std::span<const interaction> likes);

}  // namespace demur::learning
