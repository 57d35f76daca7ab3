#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace demur::house {

/// Reads every source file below core/, plugins/ and apps/ of a tree and returns, a sentence each, the includes that a
/// room is not allowed.
std::vector<std::string> broken_walls(const std::filesystem::path& tree);

/// Sources and public headers, tests too, that no CMakeLists.txt names.
std::vector<std::string> unnamed_files(const std::filesystem::path& tree);

/// Source files of the whole tree, tests too, that have more than `limit` lines.
std::vector<std::string> long_files(const std::filesystem::path& tree, int limit);

}  // namespace demur::house
