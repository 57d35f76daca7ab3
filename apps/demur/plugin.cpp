#include "commands.hpp"
#include "plugin_check.hpp"
#include "plugin_list.hpp"
#include "plugin_new.hpp"

namespace demur::cli {

namespace {

constexpr const char* plugin_footer = R"(Examples:
  demur plugin new too_long               a strategy of your own, with its test
  demur plugin check build/too_long.so    everything that a server expects of it
  demur plugin list                       those of a running server
'demur plugin COMMAND --help' explains a command.)";

}  // namespace

void add_plugin(CLI::App& app, command_context& context) {
  auto* group = app.add_subcommand("plugin", "Strategy plugins: begin one, check one, see those of a server");
  group->footer(plugin_footer);
  group->require_subcommand(1);
  add_plugin_new(*group, context);
  add_plugin_check(*group, context);
  add_plugin_list(*group, context);
  add_plugin_reload(*group, context);
  add_plugin_shadow(*group, context);
  add_plugin_promote(*group, context);
}

}  // namespace demur::cli
