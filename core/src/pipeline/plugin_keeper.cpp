#include "pipeline/spawn.hpp"
#include "plugin/folder_watch.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace demur::pipeline {

namespace {

/// A file that is being copied is left alone until the folder is quiet for so long.
constexpr std::chrono::milliseconds quiet{200};

struct plugin_keeper_state {
  const char* name = "plugin_keeper";
  surroundings_ptr shared;
  std::unique_ptr<plugin::folder_watch> watch;
  bool changed = true;                         ///< it may have, between the first load and the watch
  std::map<std::string, std::string> refused;  ///< as it was told last

  plugin_changes reload(bool by_hand) {
    plugin_changes changes = shared->strategies->reload(by_hand);
    for (const std::string& one : changes.loaded) spdlog::info("plugins: {} was loaded", one);
    for (const std::string& one : changes.replaced) spdlog::info("plugins: {} was replaced", one);
    for (const std::string& one : changes.forgotten) spdlog::info("plugins: {} was let go", one);
    for (const auto& [file, why] : changes.refused)
      if (const auto told = refused.find(file); told == refused.end() || told->second != why)
        spdlog::warn("plugins: {} was refused: {}", file, why);
    refused = changes.refused;
    return changes;
  }

  void look() {
    if (watch->changed()) {
      changed = true;
    } else if (std::exchange(changed, false)) {
      reload(false);
    }
  }
};
using plugin_keeper_pointer = plugin_keeper_actor::stateful_pointer<plugin_keeper_state>;

plugin_keeper_actor::behavior_type plugin_keeper(plugin_keeper_pointer self, surroundings_ptr shared) {
  auto& state = self->state;
  state.shared = std::move(shared);
  const settings::plugins_section& chosen = state.shared->chosen.plugins;
  if (chosen.watch) {
    state.watch = std::make_unique<plugin::folder_watch>(chosen.folder);
    self->delayed_send(self, quiet, tick_atom::value);
  }
  return {
      [self](reload_atom) {
        return reply<plugin_changes>{{}, self->state.reload(true)};
      },
      [self](promote_atom, const std::string& plugin) -> reply<plugin_promotion> {
        auto made = self->state.shared->strategies->promote(plugin);
        if (!made) return {std::move(made).problem(), {}};
        spdlog::info("plugins: {} answers to {} now, {} is its shadow", made->live, made->reason, made->shadow);
        return {{}, *std::move(made)};
      },
      [self](tick_atom) {
        self->state.look();
        self->delayed_send(self, quiet, tick_atom::value);
      },
  };
}

}  // namespace

plugin_keeper_actor spawn_plugin_keeper(const spawner& with) {
  if (with.threads_of_their_own) return with.system.spawn<caf::detached>(plugin_keeper, with.shared);
  return with.system.spawn(plugin_keeper, with.shared);
}

}  // namespace demur::pipeline
