#pragma once

#include "commands.hpp"

namespace demur::cli {

/// Add to the commands about plugins those that ask a running server about its own. The context must outlive the app.
void add_plugin_list(CLI::App& group, command_context& context);
void add_plugin_reload(CLI::App& group, command_context& context);
void add_plugin_shadow(CLI::App& group, command_context& context);
void add_plugin_promote(CLI::App& group, command_context& context);

}  // namespace demur::cli
