#pragma once

#include <demur/error.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace demur::learning {

/// Refusals of what somebody plans to measure, by the field's name.

inline error bad_plan(const char* field, std::string found, std::string allowed) {
  return {error_code::bad_value, std::string("The plan's ") + field + " is not allowed.", field, std::move(found),
          std::move(allowed)};
}

struct whole_number_within {
  const char* field;
  std::int64_t value;
  std::int64_t low;
  std::int64_t high;
};

/// Of the first that is out of its bounds.
inline std::optional<error> first_outside(const std::vector<whole_number_within>& numbers) {
  for (const auto& [field, value, low, high] : numbers)
    if (value < low || value > high)
      return bad_plan(field, std::to_string(value), std::to_string(low) + " to " + std::to_string(high));
  return std::nullopt;
}

/// `all`: things with a `name`, of which at least one must be chosen and no other.
template <class Named>
std::optional<error> first_unknown(const char* field, const std::vector<std::string>& chosen,
                                   const std::vector<Named>& all) {
  std::string names;
  for (const Named& each : all) names += (names.empty() ? "" : ", ") + std::string(each.name);
  if (chosen.empty()) return bad_plan(field, "none", names);
  for (const std::string& name : chosen)
    if (std::none_of(all.begin(), all.end(), [&](const Named& each) { return each.name == name; }))
      return bad_plan(field, name, names);
  return std::nullopt;
}

}  // namespace demur::learning
