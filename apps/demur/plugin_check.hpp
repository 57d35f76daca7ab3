#pragma once

#include "commands.hpp"

namespace demur::cli {

/// Adds `check` to the commands about plugins. The context must outlive the app.
void add_plugin_check(CLI::App& group, command_context& context);

}  // namespace demur::cli
