#pragma once

#include "commands.hpp"

#include <demur/closed_loop.hpp>

#include <string>

namespace demur::cli {

/// `demur simulate --days`: users, model and all live in this process; no server.
struct closed_loop_options {
  closed_loop_plan plan;
  std::string page;  ///< file; empty: none is written
};

/// Throws `failure` for a plan that is not allowed, in the words of the command line.
exit_code run_closed_loop(command_context& context, const closed_loop_options& chosen);

}  // namespace demur::cli
