#pragma once

#include <demur/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace demur::web {

/// A request target, in its parts and decoded.
struct target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;  ///< in the order given; + and %20 are spaces

  /// The value of a parameter.
  std::optional<std::string_view> find(std::string_view name) const;
};

/// Takes `/path?query` and `http://host/path?query` apart. Broken percent codes, control characters and repeated
/// parameters are errors.
result<target> read_target(std::string_view text);

/// Decimal digits only, in [from, to]; else an error that names the parameter.
result<std::int64_t> read_number(std::string_view name, std::string_view text, std::int64_t from, std::int64_t to);

/// `bad_value` of a query parameter.
error bad_parameter(std::string_view name, std::string_view found, std::string allowed);

}  // namespace demur::web
