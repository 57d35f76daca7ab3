#pragma once

#include "plugin/library.hpp"
#include "plugin/strategy.hpp"

#include <demur/error.hpp>
#include <demur/reports.hpp>
#include <demur/settings.hpp>
#include <demur/types.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demur::plugin {

/// Who answers to one reason.
struct seat {
  std::shared_ptr<strategy> live;
  std::shared_ptr<strategy> shadow;  ///< asked too, and never obeyed; null: none
};
using seats = std::map<std::string, seat, std::less<>>;

/// The strategies that are loaded, one a reason, and how they come and go. Who works with strategies takes `current` once
/// for a batch and keeps it that long: so a change falls between two batches, and who was replaced lives until nobody has
/// him. One thread asks the strategies; the rest of this is for any thread.
class registry {
public:
  /// Loads every `*.so` of the folder, in the order of their names, each with its section of the settings. All or
  /// nothing: an error names the file, what was found and what was expected. An error, too: a folder that is not there
  /// or has no plugin, two plugins of one name or reason, a section that belongs to no plugin. `copies`: a folder of the
  /// host's, made if it is not there, that libraries are loaded from. `promoted`: by reason, the plugin that was made live
  /// by `promote`. `told` hears what plugins report, see strategy::listener.
  static result<std::unique_ptr<registry>> load(const settings::plugins_section& chosen,
                                                const std::filesystem::path& copies,
                                                const std::map<std::string, std::string>& promoted = {},
                                                strategy::listener told = {});

  /// As of now.
  std::shared_ptr<const seats> current() const { return current_.load(std::memory_order_acquire); }
  /// Sorted.
  std::vector<std::string> reasons() const;

  /// Looks for files that are new or have changed and loads them; what does not load, or fails its check, is refused, and
  /// what was there before goes on serving. `by_hand`: a plugin whose file is gone is let go, and one that is quarantined
  /// is tried again. Blocks; one at a time.
  plugin_changes reload(bool by_hand);
  /// The shadow of this plugin becomes live and the plugin its shadow; either name of the two will do. `not_found`: there is
  /// no such plugin; `conflict`: it has no shadow.
  result<plugin_promotion> promote(const std::string& name);

  /// What `promote` would do. Does not wait for a reload.
  result<plugin_promotion> promotion_of(const std::string& name) const;

  /// All that are loaded, sorted by name, and the files that were refused. Does not wait for a reload.
  std::vector<plugin_report> reports() const;

private:
  struct loaded {
    std::filesystem::path file;
    std::filesystem::path copy;
    std::string digest;
    std::shared_ptr<strategy> held;
  };

  registry(settings::plugins_section chosen, std::filesystem::path copies, std::map<std::string, std::string> promoted,
           strategy::listener told);
  /// Copies that an earlier process left.
  void remove_stale_copies() const;
  result<loaded> open(const std::filesystem::path& file, bool check_first) const;
  result<std::shared_ptr<const seats>> seat_all(const std::vector<loaded>& all) const;
  void forget_gone(std::vector<loaded>& all, const std::vector<std::filesystem::path>& files,
                   plugin_changes& changes) const;
  static bool serves_as_it_is(const loaded& known, bool by_hand);
  result<std::vector<loaded>> with_file(std::vector<loaded> all, const std::filesystem::path& file) const;
  result<done> check_sections(const std::vector<loaded>& all) const;
  result<std::unique_ptr<strategy>> start_apart(const std::filesystem::path& copy,
                                                const std::filesystem::path& file) const;
  result<std::unique_ptr<strategy>> start_here(const std::filesystem::path& copy,
                                               const std::filesystem::path& file) const;
  std::string section_of(const std::string& name) const;
  settings::plugin_options options_of(const std::string& name) const;

  const settings::plugins_section chosen_;
  const std::filesystem::path copies_;
  const strategy::listener told_;

  std::mutex changing_;  ///< held by who changes what is loaded, for as long as that takes
  std::map<std::string, std::string> promoted_;
  std::vector<loaded> loaded_;  ///< sorted by file

  mutable std::mutex refusing_;
  std::map<std::filesystem::path, std::string> refused_;  ///< file: the sentence
  std::atomic<std::shared_ptr<const seats>> current_;
};

}  // namespace demur::plugin
