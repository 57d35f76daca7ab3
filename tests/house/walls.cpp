#include "house/walls.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>

namespace demur::house {
namespace {

namespace fs = std::filesystem;

struct place {
  std::string_view path;                  ///< of the files it stands for, as a prefix; the longest that fits counts
  std::vector<std::string_view> allowed;  ///< how an include may begin: room/file or <library/file
};

/// The rooms, lowest first. The C++ library, the system's headers and files of the same folder are free to all, but for
/// what `guarded` lists.
const std::vector<place>& rooms() {
  static const std::vector<place> table = {
      {"core/include/demur/", {"<demur/"}},
      {"core/include/demur/plugin", {"<demur/plugin"}},
      {"core/include/demur/actors.hpp", {"<demur/", "<caf/"}},

      {"core/src/domain/", {"domain/", "<demur/", "<boost/json", "<boost/math/", "<boost/system/"}},
      {"core/src/plugin/", {"plugin/", "domain/", "<demur/", "<boost/json", "<dlfcn.h"}},
      {"core/src/store/", {"store/", "domain/", "<demur/", "<boost/json", "<soci/"}},
      {"core/src/learning/",
       {"learning/", "domain/", "<demur/", "<boost/json", "<boost/crc", "<boost/math/", "<Eigen/"}},
      {"core/src/pipeline/",
       {"pipeline/", "domain/", "plugin/", "store/", "learning/", "<demur/", "<boost/json", "<caf/", "<spdlog/"}},
      {"core/src/web/",
       {"web/", "domain/", "pipeline/actors.hpp", "<demur/", "<boost/json", "<boost/asio", "<boost/beast",
        "<boost/system/"}},
      {"core/src/web/bridge",
       {"web/", "domain/", "pipeline/actors.hpp", "<demur/", "<boost/json", "<boost/asio", "<caf/"}},
      {"core/src/runtime/",
       {"runtime/", "domain/", "plugin/", "store/", "learning/", "pipeline/", "web/", "<demur/", "<boost/json",
        "<boost/asio", "<boost/beast", "<boost/system/", "<caf/", "<toml++/", "<spdlog/", "<fmt/", "<openssl/"}},

      {"plugins/", {"<demur/plugin"}},
      {"apps/demurd/", {"<demur/", "<CLI/", "<spdlog/", "<fmt/", "<sqlite3.h"}},
      {"apps/demur-plugin-host/", {"plugin/", "domain/", "<demur/", "<seccomp.h", "<linux/capability.h"}},
      {"apps/demur/", {"<demur/", "<boost/json", "<boost/asio", "<boost/beast", "<CLI/", "<fmt/"}},
  };
  return table;
}

constexpr std::array<const char*, 4> tops = {"core", "plugins", "apps", "tests"};

/// System headers that only some may include.
constexpr std::array<std::string_view, 3> guarded = {"<dlfcn.h", "<seccomp.h", "<sqlite3.h"};

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool is_source(const fs::path& file) {
  static const std::set<std::string> extensions = {".c", ".cpp", ".h", ".hpp", ".ts"};
  return extensions.contains(file.extension().string());
}

std::vector<fs::path> sources_below(const fs::path& folder) {
  std::vector<fs::path> found;
  if (!fs::exists(folder)) return found;
  for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::recursive_directory_iterator(); ++entry) {
    if (entry->path().filename() == "node_modules") entry.disable_recursion_pending();
    if (entry->is_regular_file() && is_source(entry->path())) found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// What a file includes: `room/file.hpp` or `<library/file.hpp`.
std::vector<std::string> includes_of(const std::string& text) {
  static const std::regex include(R"(#[ \t]*include[ \t]*(<|")([^>"\n]+))");
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), include), end; match != end; ++match)
    found.push_back(((*match)[1] == "<" ? "<" : "") + (*match)[2].str());
  return found;
}

bool begins_with_one_of(std::string_view text, const auto& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](auto b) { return text.starts_with(b); });
}

bool free_to_all(std::string_view include) {
  static const std::regex system(R"(<((sys|netinet|arpa)/)?[a-z0-9_]+(\.h)?)");
  if (begins_with_one_of(include, guarded)) return false;
  const bool same_folder = !include.starts_with('<') && include.find('/') == std::string_view::npos;
  return same_folder || std::regex_match(include.begin(), include.end(), system);
}

const place* place_of(const std::string& file) {
  const place* best = nullptr;
  for (const auto& candidate : rooms())
    if (file.starts_with(candidate.path) && (!best || candidate.path.size() > best->path.size())) best = &candidate;
  return best;
}

/// Nobody builds, runs or installs a file that the nearest CMakeLists.txt above it does not name.
bool is_named(const fs::path& file) {
  const bool is_public = file.parent_path().parent_path().filename() == "include";
  if (!is_public && file.extension() != ".cpp" && file.extension() != ".c") return true;
  auto folder = file.parent_path();
  while (!fs::exists(folder / "CMakeLists.txt") && folder.has_relative_path()) folder = folder.parent_path();
  std::istringstream words(std::regex_replace(read(folder / "CMakeLists.txt"), std::regex("[()]"), " "));
  for (std::string word; words >> word;)
    if (fs::path(word).filename() == file.filename()) return true;
  return false;
}

}  // namespace

std::vector<std::string> unnamed_files(const fs::path& tree) {
  std::vector<std::string> found;
  for (const char* top : tops)
    for (const auto& path : sources_below(tree / top))
      if (!is_named(path))
        found.push_back(fs::relative(path, tree).generic_string() + " is named in no CMakeLists.txt");
  return found;
}

std::vector<std::string> broken_walls(const fs::path& tree) {
  std::vector<std::string> broken;
  for (const char* top : tops) {
    if (top == std::string_view("tests")) continue;
    for (const auto& path : sources_below(tree / top)) {
      if (path.extension() == ".ts") continue;
      const auto file = fs::relative(path, tree).generic_string();
      const auto* room = place_of(file);
      if (!room) {
        broken.push_back(file + " stands in no room");
        continue;
      }
      for (const auto& include : includes_of(read(path)))
        if (!free_to_all(include) && !begins_with_one_of(include, room->allowed))
          broken.push_back(file + " includes " + include + (include.starts_with('<') ? ">" : "") + ", which " +
                           std::string(room->path) + " may not");
    }
  }
  return broken;
}

std::vector<std::string> long_files(const fs::path& tree, int limit) {
  std::vector<std::string> found;
  for (const char* top : tops) {
    for (const auto& path : sources_below(tree / top)) {
      const auto text = read(path);
      const auto lines = std::count(text.begin(), text.end(), '\n');
      if (lines > limit)
        found.push_back(fs::relative(path, tree).generic_string() + " has " + std::to_string(lines) + " lines");
    }
  }
  return found;
}

}  // namespace demur::house
