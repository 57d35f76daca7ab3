#pragma once

#include <demur/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace demur {

/// The `type` of a problem document, `/problems/bad_value`, and back.
std::string problem_type(error_code code);
std::optional<error_code> code_of_problem(std::string_view type);

}  // namespace demur
