#pragma once

#include <filesystem>
#include <string>

namespace demur::plugin_host_program {

struct check_options {
  std::filesystem::path file;
  std::string config = "{}";  ///< the plugin's section of the settings, as JSON
  bool quick = false;
};

/// Runs the conformance suite and prints a JSON line for each step as it begins and as it ends; what the plugin prints goes
/// to the standard error. Returns the exit code: 0 all passed, 1 not. Ends with its parent.
int check(const check_options& options);

}  // namespace demur::plugin_host_program
