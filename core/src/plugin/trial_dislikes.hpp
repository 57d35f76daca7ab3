#pragma once

#include "plugin/services.hpp"

#include <demur/types.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace demur::plugin {

/// Dislikes of every ordinary shape, the same ones each time.
std::vector<dislike> trial_dislikes(std::size_t count, const std::string& reason);

/// A dislike at the edge of what api.md allows, or beyond it.
struct hostile_dislike {
  std::string what;  ///< `32 genres of 100 characters`
  dislike row;
  bool may_come = true;  ///< false: no host sends it, and a strategy may fail
};
std::vector<hostile_dislike> hostile_dislikes(const std::string& reason);

/// Services that give the same answer to the same question. Their clock shows a time after all trial_dislikes and not
/// before `earliest`: no host works on a dislike of the future.
services trial_services(timestamp earliest = {});

}  // namespace demur::plugin
