#include "learning/assignment.hpp"

#include "domain/digest.hpp"

#include <cstdint>
#include <numeric>
#include <string>

namespace demur::learning {

namespace {

std::uint64_t mixed(std::uint64_t bits) {
  bits = (bits ^ bits >> 33) * 0xff51afd7ed558ccd;
  bits = (bits ^ bits >> 33) * 0xc4ceb9fe1a85ec53;
  return bits ^ bits >> 33;
}

}  // namespace

double assignment_position(id experiment_id, std::string_view user_id) {
  std::string text = std::to_string(experiment_id) + "/";
  text += user_id;
  return static_cast<double>(mixed(stable_hash(text)) >> 11) * 0x1p-53;
}

std::size_t assigned_arm(id experiment_id, std::string_view user_id, std::span<const double> shares) {
  const double whole = std::accumulate(shares.begin(), shares.end(), 0.0);
  const double place = assignment_position(experiment_id, user_id) * whole;
  double end = 0.0;
  for (std::size_t arm = 0; arm + 1 < shares.size(); ++arm) {
    end += shares[arm];
    if (place < end) return arm;
  }
  return shares.size() - 1;
}

}  // namespace demur::learning
