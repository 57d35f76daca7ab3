#pragma once

#include "web/command.hpp"
#include "web/message.hpp"

#include <demur/types.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What each path and method means. Pure: no sockets, no actors, no clock of its own.
namespace demur::web {

struct route_context {
  clock_source now;
  std::size_t dislike_limit = 64 * 1024;              ///< bytes of one dislike
  std::function<std::vector<std::string>()> reasons;  ///< that are loaded now
};

/// Answered at once, or to be carried out.
using outcome = std::variant<response, command, live_upgrade>;

outcome route(const request& asked, const route_context& context);

/// The answer to a request whose head alone shows that it will be refused; its body need not be waited for.
std::optional<response> refused_by_head(const request& asked);

}  // namespace demur::web
