#pragma once

#include "runtime/settings_table.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace demur::config {

/// The error if a value breaks its own rule.
std::optional<error> broken_rule(const setting& one, settings& of);

/// Two values that do not fit together, each being allowed by itself.
struct disorder {
  error problem;
  std::string other;  ///< full name of the one that problem.field does not fit with
};
std::optional<disorder> broken_order(settings& of);

inline constexpr std::string_view allowed_plugin_name = "1 to 64 of the characters a-z, 0-9 and _";
bool is_plugin_name(std::string_view name);

}  // namespace demur::config
