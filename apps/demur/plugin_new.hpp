#pragma once

#include "commands.hpp"

#include <string>

namespace demur::cli {

/// What a new plugin is to be.
struct plugin_plan {
  std::string name;
  std::string language = "c++";  ///< or c
  std::string folder;            ///< empty: one of the plugin's name
};

/// Writes a whole project: source, test, settings, CMakeLists.txt, README. Throws failure if the name cannot be one, the
/// folder has something in it, or a file cannot be written. Returns the folder.
std::string write_plugin(const plugin_plan& plan);

/// Adds `new` to the group `plugin`. The context must outlive the app.
void add_plugin_new(CLI::App& group, command_context& context);

}  // namespace demur::cli
