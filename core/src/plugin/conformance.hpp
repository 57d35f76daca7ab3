#pragma once

#include "plugin/fault.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace demur::plugin {

enum class step_state {
  begun,
  passed,
  noted,  ///< nothing wrong, but somebody may want to know
  failed
};
std::string_view to_string(step_state value);

/// What a step of the suite came to. `what.found` reads on from the plugin's name; it may be there for a step that passed,
/// too.
struct step_report {
  std::string step;
  step_state state = step_state::begun;
  fault what;
};

struct conformance_options {
  std::filesystem::path file;
  std::string config = "{}";  ///< the plugin's section of the settings, as JSON
  bool quick = false;         ///< without what takes time: before a plugin is loaded into a server that works
};

/// Puts a plugin to the test of everything that plugin.h asks of it, step by step; `told` hears of each step when it begins
/// and when it ends. A step that leaves nothing to go on with is the last. Runs the plugin in this process, and does with
/// it what hosts never do: a crash or an endless loop is what such a plugin makes of it. So this belongs into a process of
/// its own, whose parent knows from the last step that began where it ended. Catches SIGSEGV meanwhile.
/// True if no step failed.
bool check_conformance(const conformance_options& options, const std::function<void(const step_report&)>& told);

}  // namespace demur::plugin
