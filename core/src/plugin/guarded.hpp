#pragma once

#include "domain/text.hpp"
#include "plugin/fault.hpp"

#include <exception>
#include <optional>
#include <string>

namespace demur::plugin {

/// Calls into a plugin. Plain C promises that nothing is thrown; a promise is not enough.
template <class Call>
std::optional<fault> guarded(const char* function, const Call& call) {
  constexpr const char* expected = "that no exception leaves a plugin";
  try {
    call();
    return std::nullopt;
  } catch (const std::exception& thrown) {
    return fault{"threw " + quoted_excerpt(thrown.what()) + " from " + function, expected};
  } catch (...) {
    return fault{"threw something that is no std::exception from " + std::string(function), expected};
  }
}

}  // namespace demur::plugin
