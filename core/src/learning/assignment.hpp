#pragma once

#include <demur/types.hpp>

#include <cstddef>
#include <span>
#include <string_view>

/// Which arm of an experiment a user is in. Pure; callable from any thread; the same in every release and on every node.
namespace demur::learning {

/// Where a user lies in [0, 1), evenly and independently from experiment to experiment: FNV-1a of 64 bits over
/// "experiment_id/user_id", mixed by MurmurHash3's 64-bit finaliser (FNV alone leaves the high bits of short texts
/// alike), its upper 53 bits over 2^53.
double assignment_position(id experiment_id, std::string_view user_id);

/// The arm whose part of [0, 1) the user lies in. `shares`: above 0, at least one; they count relative to their sum.
std::size_t assigned_arm(id experiment_id, std::string_view user_id, std::span<const double> shares);

}  // namespace demur::learning
