#pragma once

#include "plugin/registry.hpp"

#include <demur/settings.hpp>
#include <demur/types.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace demur::plugin {

/// A folder of its own to drop plugins into, gone with the object.
class plugin_folder {
public:
  plugin_folder();
  plugin_folder(const plugin_folder&) = delete;
  plugin_folder& operator=(const plugin_folder&) = delete;
  ~plugin_folder();

  /// Copies a library that was built, a shipped one or one of the gallery. `as`: the name of the copy, which
  /// takes the place of a file that is called so.
  plugin_folder& drop(const std::string& name, const std::string& as = {});
  plugin_folder& remove(const std::string& name);
  plugin_folder& drop_shipped();
  /// Writes a file that is no library.
  plugin_folder& write(const std::string& file, const std::string& content);
  /// The section of a plugin, as JSON.
  plugin_folder& configure(const std::string& plugin, const std::string& json);

  /// Ends the test case if loading is refused.
  std::unique_ptr<registry> load(const strategy::listener& told = {}) const;
  /// The sentence with which loading is refused; `loaded` if it is not.
  std::string refusal() const;
  const std::filesystem::path& path() const { return path_; }
  /// The settings that load it.
  settings::plugins_section section() const;

private:
  std::filesystem::path path_;
  std::map<std::string, std::string> config_;
};

/// Who is live for the reason; null: nobody. Valid as long as he sits there.
strategy* find(const registry& among, const std::string& reason);

/// A dislike with two genres, two of the cast and a franchise.
dislike saw(const std::string& reason);

/// `genre:Horror -0.15`, one a line of the answer; `filter` and `factor 0` where they are not as they are by default.
std::vector<std::string> in_words(const verdict& said);

/// What a strategy answers to a dislike, in words; the one sentence of the error if it is one.
std::vector<std::string> answer(strategy& asked, const dislike& row);

}  // namespace demur::plugin
