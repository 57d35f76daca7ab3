#pragma once

#include <demur/error.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace demur::plugin {

/// A symbol that a library offers to others.
struct exported_symbol {
  std::string name;         ///< as the linker knows it
  bool is_shared = false;   ///< weak or unique: of a template or an inline function, wherever it is needed
  bool is_library = false;  ///< of the C++ library, which no visibility setting hides

  /// As it stands in the source, where that can be told.
  std::string in_words() const;
};

/// What a shared library tells the linker.
struct library_symbols {
  std::vector<std::string> needed;  ///< libraries, in their order
  std::vector<exported_symbol> exported;
  std::vector<std::string> undefined;  ///< that somebody must define; weak ones may stay open
};

/// Reads a library's symbols without loading it. Believes nothing of the file: whatever is not a whole ELF library for this
/// machine is an error that names `shown`, what was found and what was expected.                       [any thread]
result<library_symbols> read_symbols(const std::filesystem::path& file, const std::filesystem::path& shown);

}  // namespace demur::plugin
