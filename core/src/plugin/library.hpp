#pragma once

#include <demur/error.hpp>
#include <demur/plugin.h>

#include <filesystem>
#include <string>

namespace demur::plugin {

/// A plugin's shared library, mapped and its entry checked.
struct library {
  std::filesystem::path file;
  const demur_plugin* entry = nullptr;  ///< static in the library, which is never unmapped
  std::string name;
  std::string version;

  /// `plugin wrong_genre 1.0.0 (plugins/wrong_genre.so)`, for sentences.
  std::string in_words() const;
};

/// Maps a file and checks what it exports; an error names the file, what was found and what was expected. Runs the
/// library's static initialisers.                                                                       [main thread]
result<library> open_library(const std::filesystem::path& file);

}  // namespace demur::plugin
