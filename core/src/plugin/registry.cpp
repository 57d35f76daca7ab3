#include "plugin/registry.hpp"

#include "domain/nearest.hpp"
#include "domain/text.hpp"
#include "plugin/fault.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace demur::plugin {

namespace {

namespace fs = std::filesystem;

/// Whatever else lies there is not asked, nor is a hidden file: copying tools give such names to what is not whole yet.
bool is_plugin_file(const fs::directory_entry& entry) {
  std::error_code unreadable;
  return entry.path().extension() == ".so" && !entry.path().filename().string().starts_with('.') &&
         !entry.is_directory(unreadable);
}

result<std::vector<fs::path>> plugin_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    if (is_plugin_file(*entry)) files.push_back(entry->path());
  const std::string subject = "The plugin folder " + quoted_excerpt(folder.string());
  if (failed) return blame(subject, {"cannot be read (" + failed.message() + ")", "a folder with plugins (*.so)"});
  if (files.empty()) return blame(subject, {"holds no plugin", "at least one file *.so"});
  std::sort(files.begin(), files.end());
  return files;
}

result<std::vector<library>> open_all(const std::vector<fs::path>& files) {
  std::vector<library> opened;
  for (const auto& file : files) {
    auto one = open_library(file);
    if (!one) return std::move(one).problem();
    const auto twin = std::find_if(opened.begin(), opened.end(), [&](const auto& o) { return o.name == one->name; });
    if (twin != opened.end())
      return blame(twin->file.string() + " and " + file.string(),
                   {"both hold a plugin called " + one->name, "one plugin of a name"});
    opened.push_back(*std::move(one));
  }
  return opened;
}

/// A section that nobody reads is a typing error, and its plugin would run with other constants than were meant.
result<done> check_sections(const std::map<std::string, std::string>& sections, const std::vector<library>& opened) {
  std::vector<std::string> names;
  names.reserve(opened.size());
  for (const auto& one : opened) names.push_back(one.name);
  std::sort(names.begin(), names.end());

  for (const auto& [section, ignored] : sections) {
    if (std::binary_search(names.begin(), names.end(), section)) continue;
    const std::string meant = nearest(section, names);
    std::string expected = meant.empty() ? "one of" : "[plugins." + meant + "], the nearest of";
    for (const auto& name : names) expected.append(&name == &names.front() ? " " : ", ").append(name);
    return blame("[plugins." + excerpt(section) + "]", {"belongs to no plugin that is loaded", expected});
  }
  return done{};
}

}  // namespace

result<registry> registry::load(const settings::plugins_section& chosen, const strategy::listener& told) {
  auto files = plugin_files(chosen.folder);
  if (!files) return std::move(files).problem();
  auto opened = open_all(*files);
  if (!opened) return std::move(opened).problem();
  if (auto checked = check_sections(chosen.config, *opened); !checked) return std::move(checked).problem();

  registry made;
  for (const auto& one : *opened) {
    const auto section = chosen.config.find(one.name);
    auto created = strategy::create(one, section == chosen.config.end() ? "{}" : section->second, told);
    if (!created) return std::move(created).problem();
    const std::string reason = (*created)->reason();
    const auto [place, is_new] = made.by_reason_.try_emplace(reason, *std::move(created));
    if (!is_new)
      return blame(place->second->in_words() + " and " + one.in_words(),
                   {"both answer to the reason " + reason, "one plugin of a reason"});
  }
  return made;
}

strategy* registry::find(std::string_view reason) {
  const auto found = by_reason_.find(reason);
  return found == by_reason_.end() ? nullptr : found->second.get();
}

std::vector<std::string> registry::reasons() const {
  std::vector<std::string> all;
  for (const auto& [reason, ignored] : by_reason_) all.push_back(reason);
  return all;
}

}  // namespace demur::plugin
