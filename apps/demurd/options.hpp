#pragma once

#include <demur/settings.hpp>

#include <array>
#include <optional>
#include <string>
#include <variant>

namespace demur::server_program {

enum exit_code : int {
  clean = 0,
  failed = 1,     ///< could not start, or ended before all that was accepted was finished
  bad_usage = 2,  ///< options, settings or plugins; trying again would not help
};

/// An option that goes before the settings file.
struct override_option {
  const char* flag;
  const char* shown;  ///< what stands for its value in the help
  const char* help;
  const char* setting;  ///< full name, as errors have it
  std::string& (*target)(settings&);
};
extern const std::array<override_option, 5> overrides;

struct options {
  std::string config_file;                               ///< empty: none
  std::array<std::optional<std::string>, 5> overridden;  ///< in the order of `overrides`
  bool print_settings = false;
  bool check = false;
};

/// The options, or the code to exit with at once: usage, help and version have been printed.
std::variant<options, exit_code> read_options(int argc, char** argv);

/// The folder to load from: as chosen; but where that is the default and not there, the one beside this program, as it is
/// built and installed (bin/demurd, lib/demur/plugins).
std::string plugins_folder(const settings& chosen);

/// Defaults, then the file, then the command line; checked.
result<settings> settle(const options& given);

}  // namespace demur::server_program
