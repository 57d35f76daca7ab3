#include "plugin/registry.hpp"

#include "domain/nearest.hpp"
#include "domain/text.hpp"
#include "plugin/check_apart.hpp"
#include "plugin/fault.hpp"
#include "plugin/in_process_strategy.hpp"
#include "plugin/isolated_strategy.hpp"

#include <algorithm>
#include <set>
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

plugin_report report_of(const strategy& held, std::string role) {
  const strategy_info& info = held.info();
  const call_figures& figures = held.figures();
  plugin_report made;
  made.name = info.name;
  made.version = info.version;
  made.file = info.file.string();
  made.hash = info.digest;
  made.abi = std::to_string(DEMUR_ABI_MAJOR) + "." + std::to_string(info.abi_minor);
  made.reasons = {info.reason};
  made.role = std::move(role);
  made.isolation = held.isolation();
  made.state = to_string(held.state());
  made.calls = figures.calls();
  made.failures = figures.failures();
  made.late_batches = figures.late_batches();
  made.p50_us = figures.microseconds(50.0);
  made.p99_us = figures.microseconds(99.0);
  made.problem = figures.last_failure();
  return made;
}

}  // namespace

registry::registry(settings::plugins_section chosen, fs::path copies, std::map<std::string, std::string> promoted,
                   strategy::listener told)
    : chosen_(std::move(chosen)),
      copies_(std::move(copies)),
      told_(std::move(told)),
      promoted_(std::move(promoted)),
      current_(std::make_shared<const seats>()) {}

result<std::unique_ptr<registry>> registry::load(const settings::plugins_section& chosen, const fs::path& copies,
                                                 const std::map<std::string, std::string>& promoted,
                                                 strategy::listener told) {
  std::error_code failed;
  fs::create_directories(copies, failed);
  if (failed)
    return error{error_code::unavailable, "The folder " + copies.string() + " cannot be made: " + failed.message(),
                 "data_folder", copies.string(), "a folder that can be written"};
  auto files = plugin_files(chosen.folder);
  if (!files) return std::move(files).problem();
  std::unique_ptr<registry> made(new registry(chosen, copies, promoted, std::move(told)));
  for (const fs::path& file : *files) {
    auto one = made->open(file, false);
    if (!one) return std::move(one).problem();
    made->loaded_.push_back(*std::move(one));
  }
  if (auto checked = made->check_sections(made->loaded_); !checked) return std::move(checked).problem();
  auto seated = made->seat_all(made->loaded_);
  if (!seated) return std::move(seated).problem();
  made->current_.store(*std::move(seated));
  return made;
}

settings::plugin_options registry::options_of(const std::string& name) const {
  const auto own = chosen_.options.find(name);
  settings::plugin_options all = own == chosen_.options.end() ? settings::plugin_options{} : own->second;
  if (!all.isolation) all.isolation = chosen_.isolation;
  if (!all.deadline) all.deadline = chosen_.deadline;
  if (!all.memory_mib) all.memory_mib = chosen_.memory_mib;
  return all;
}

std::string registry::section_of(const std::string& name) const {
  const auto section = chosen_.config.find(name);
  return section == chosen_.config.end() ? "{}" : section->second;
}

/// `check_first`: this process is at work already, and must not meet anything in the file that a trial could have shown.
result<registry::loaded> registry::open(const fs::path& file, bool check_first) const {
  auto copy = keep_copy(file, copies_);
  if (!copy) return std::move(copy).problem();
  const std::string stem = file.stem().string();
  if (check_first) {
    auto checked = check_apart(host_program_of(chosen_), *copy, file, section_of(stem), chosen_.start_timeout);
    if (!checked) return std::move(checked).problem();
  }
  auto made = *options_of(stem).isolation == "process" ? start_apart(*copy, file) : start_here(*copy, file);
  if (!made) return std::move(made).problem();
  const std::string digest = (*made)->info().digest;
  return loaded{file, digest, *std::move(made)};
}

/// Nothing of the library is mapped here, so its settings are found by the name of its file.
result<std::unique_ptr<strategy>> registry::start_apart(const fs::path& copy, const fs::path& file) const {
  const std::string stem = file.stem().string();
  auto made =
      isolated_strategy::create(isolation_of(chosen_, options_of(stem)), copy, file, stem, section_of(stem), told_);
  if (!made) return std::move(made).problem();
  return std::unique_ptr<strategy>(*std::move(made));
}

result<std::unique_ptr<strategy>> registry::start_here(const fs::path& copy, const fs::path& file) const {
  auto opened = open_library(copy, file);
  if (!opened) return std::move(opened).problem();
  const settings::plugin_options options = options_of(opened->name);
  if (*options.isolation == "process")
    return blame(opened->in_words(), {"is to run in a process of its own, for which it is looked up by its file's name",
                                      "the file " + opened->name + ".so"});
  auto made = in_process_strategy::create(*opened, section_of(opened->name), *options.deadline, told_);
  if (!made) return std::move(made).problem();
  return std::unique_ptr<strategy>(*std::move(made));
}

/// A section that nobody reads is a typing error, and its plugin would run with other constants than were meant.
result<done> registry::check_sections(const std::vector<loaded>& all) const {
  std::set<std::string> names;
  for (const loaded& one : all) names.insert(one.held->name());
  const std::vector<std::string> sorted(names.begin(), names.end());
  for (const auto& [section, ignored] : chosen_.config) {
    if (names.contains(section)) continue;
    const std::string meant = nearest(section, sorted);
    std::string expected = meant.empty() ? "one of" : "[plugins." + meant + "], the nearest of";
    for (const auto& name : sorted) expected.append(&name == &sorted.front() ? " " : ", ").append(name);
    return blame("[plugins." + excerpt(section) + "]", {"belongs to no plugin that is loaded", expected});
  }
  return done{};
}

/// Who sits where, or why not all of them can.
result<std::shared_ptr<const seats>> registry::seat_all(const std::vector<loaded>& all) const {
  std::map<std::string, const loaded*> by_name;
  std::map<std::string, std::string> shadow_of;  // shadow: live
  for (const loaded& one : all) {
    const auto [twin, is_new] = by_name.emplace(one.held->name(), &one);
    if (!is_new)
      return blame(twin->second->file.string() + " and " + one.file.string(),
                   {"both hold a plugin called " + one.held->name(), "one plugin of a name"});
    if (const std::string shadow = options_of(one.held->name()).shadow; !shadow.empty())
      shadow_of[shadow] = one.held->name();
  }
  auto seated = std::make_shared<seats>();
  for (const auto& [name, one] : by_name) {
    if (shadow_of.contains(name)) continue;
    const auto [place, is_new] = seated->try_emplace(one->held->reason(), seat{one->held, nullptr});
    if (!is_new)
      return blame(
          place->second.live->in_words() + " and " + one->held->in_words(),
          {"both answer to the reason " + one->held->reason(), "one plugin of a reason, or one as the shadow"});
  }
  for (const auto& [name, live] : shadow_of) {
    const auto shadow = by_name.find(name);
    const auto expected = [&, live = live] {
      return "a plugin for the reason of " + live + " that is not live itself";
    };
    const std::string subject = "[plugins." + live + "] shadow";
    if (shadow == by_name.end()) return blame(subject, {"names " + name + ", which is not loaded", expected()});
    const auto place = seated->find(shadow->second->held->reason());
    if (place == seated->end() || place->second.live->name() != live)
      return blame(subject, {"names " + shadow->second->held->in_words() + ", which answers to " +
                                 shadow->second->held->reason(),
                             expected()});
    place->second.shadow = shadow->second->held;
    const auto chosen = promoted_.find(place->first);
    if (chosen != promoted_.end() && chosen->second == name) std::swap(place->second.live, place->second.shadow);
  }
  return std::shared_ptr<const seats>(std::move(seated));
}

std::vector<std::string> registry::reasons() const {
  const auto seated = current();
  std::vector<std::string> all;
  for (const auto& [reason, ignored] : *seated) all.push_back(reason);
  return all;
}

plugin_changes registry::reload(bool and_forget) {
  const std::lock_guard one_at_a_time(changing_);
  plugin_changes changes;
  auto files = plugin_files(chosen_.folder);
  if (!files) {
    changes.refused[chosen_.folder] = files.problem().detail;
    return changes;
  }
  std::map<fs::path, std::string> refused;
  for (const fs::path& file : *files) {
    const auto known = std::ranges::find(loaded_, file, &loaded::file);
    const std::string label = known == loaded_.end() ? file.filename().string() : known->held->name();
    // Known by its content before it is checked: a check costs a process and a while.
    const auto digest = digest_of(file);
    if (known != loaded_.end() && digest && *digest == known->digest) {
      changes.unchanged.push_back(label);
      continue;
    }
    auto next = open(file, true);
    std::vector<loaded> all = loaded_;
    const auto refuse = [&](const error& why) {
      refused[file] = changes.refused[file.filename().string()] = why.detail;
    };
    if (!next) {
      refuse(next.problem());
      continue;
    }
    if (known != loaded_.end())
      all[static_cast<std::size_t>(known - loaded_.begin())] = *next;
    else
      all.insert(std::ranges::upper_bound(all, file, {}, &loaded::file), *next);
    auto seated = seat_all(all);
    if (!seated) {
      refuse(seated.problem());
      continue;
    }
    (known != loaded_.end() ? changes.replaced : changes.loaded).push_back(next->held->name());
    loaded_ = std::move(all);
    current_.store(*std::move(seated));
  }
  if (and_forget) {
    std::vector<loaded> left;
    for (const loaded& one : loaded_) {
      if (std::ranges::find(*files, one.file) != files->end())
        left.push_back(one);
      else
        changes.forgotten.push_back(one.held->name());
    }
    if (auto seated = seat_all(left); seated) {
      loaded_ = std::move(left);
      current_.store(*std::move(seated));
    } else {
      changes.forgotten.clear();
      changes.refused[chosen_.folder] = seated.problem().detail;
    }
  }
  const std::lock_guard held(refusing_);
  refused_ = std::move(refused);
  return changes;
}

namespace {

bool sits_in(const seat& one, const std::string& name) {
  return one.live->name() == name || (one.shadow && one.shadow->name() == name);
}

}  // namespace

result<plugin_promotion> registry::promotion_of(const std::string& name) const {
  const auto seated = current();
  const auto found = std::ranges::find_if(*seated, [&](const auto& one) { return sits_in(one.second, name); });
  if (found == seated->end())
    return error{error_code::not_found, "There is no plugin " + quoted_excerpt(name) + ".", "name", excerpt(name),
                 "the name of a plugin that is loaded"};
  const auto& [reason, seat] = *found;
  if (!seat.shadow)
    return error{error_code::conflict, "The plugin " + name + " has no shadow that could be promoted.", "name", name,
                 "a plugin with `shadow` in its section of the settings"};
  return plugin_promotion{reason, seat.shadow->name(), seat.live->name()};
}

result<plugin_promotion> registry::promote(const std::string& name) {
  const std::lock_guard one_at_a_time(changing_);
  auto meant = promotion_of(name);
  if (!meant) return meant;
  auto next = std::make_shared<seats>(*current());
  seat& swapped = next->at(meant->reason);
  std::swap(swapped.live, swapped.shadow);
  promoted_[meant->reason] = meant->live;
  current_.store(std::move(next));
  return meant;
}

std::vector<plugin_report> registry::reports() const {
  const std::lock_guard held(refusing_);
  const auto seated = current();
  std::vector<plugin_report> all;
  for (const auto& [reason, seat] : *seated) {
    all.push_back(report_of(*seat.live, "live"));
    if (seat.shadow) all.push_back(report_of(*seat.shadow, "shadow"));
  }
  for (const auto& [file, why] : refused_) {
    plugin_report refused;
    refused.file = file.string();
    refused.role = refused.state = "refused";
    refused.problem = why;
    all.push_back(std::move(refused));
  }
  std::ranges::stable_sort(all, {}, &plugin_report::name);
  return all;
}

}  // namespace demur::plugin
