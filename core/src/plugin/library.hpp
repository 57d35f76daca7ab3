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
  std::string digest;  ///< of the file's content

  /// `plugin wrong_genre 1.0.0 (plugins/wrong_genre.so)`, for sentences.
  std::string in_words() const;
};

/// Of a file's content.                                                                                  [any thread]
result<std::string> digest_of(const std::filesystem::path& file);

/// A copy in a folder of the host's, named after its content: what lies in the plugin folder may be overwritten at any time,
/// and the linker knows a library by its file. Nothing is written if it is there already.                 [any thread]
result<std::filesystem::path> keep_copy(const std::filesystem::path& file, const std::filesystem::path& folder);

/// Maps a file and checks what it exports; an error names the file, what was found and what was expected. Runs the
/// library's static initialisers. `of`: the file it is a copy of, for sentences.                      [any thread]
result<library> open_library(const std::filesystem::path& file, const std::filesystem::path& of = {});

}  // namespace demur::plugin
