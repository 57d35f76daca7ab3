#include "domain/clock.hpp"
#include "learning/trainers.hpp"
#include "pipeline/load.hpp"
#include "pipeline/spawn.hpp"
#include "plugin/registry.hpp"
#include "runtime/parts.hpp"
#include "runtime/webhook.hpp"

#include <demur/actors.hpp>

#include <spdlog/spdlog.h>

#include <filesystem>
#include <string_view>
#include <utility>

namespace demur {

namespace {

/// As plugin.h promises: what a plugin says reaches the host's log.
void log_report(const plugin::strategy& from, std::string_view said) {
  spdlog::info("{} says: {}", from.in_words(), said);
}

/// All that the actors share: made first, gone last.
result<pipeline::surroundings_ptr> surround(const settings& chosen, runtime_parts parts) {
  std::error_code failed;
  const std::filesystem::path models = std::filesystem::path(chosen.data_folder) / "models";
  std::filesystem::create_directories(models, failed);
  if (failed)
    return error{error_code::unavailable,
                 "The data folder " + chosen.data_folder + " cannot be made: " + failed.message(), "data_folder",
                 chosen.data_folder, "a folder that can be written"};
  auto promoted = pipeline::load_promoted(chosen);
  if (!promoted) return std::move(promoted).problem();
  const auto copies = std::filesystem::path(chosen.data_folder) / "plugins";
  auto strategies = plugin::registry::load(chosen.plugins, copies, *promoted, log_report);
  if (!strategies) return std::move(strategies).problem();
  auto live = pipeline::load_live_model(chosen, models);
  if (!live) return std::move(live).problem();
  std::shared_ptr<learning::retrain_desk> desk;
  if (!parts.trainer) {
    if (chosen.retrain.trainer == "webhook") desk = std::make_shared<learning::retrain_desk>();
    parts.trainer = learning::make_trainer(chosen, {webhook_of(chosen.trainer.webhook), desk});
  }
  auto shared = std::make_shared<pipeline::surroundings>(chosen, parts.clock ? std::move(parts.clock) : system_clock(),
                                                         *std::move(strategies), *std::move(live),
                                                         std::move(parts.trainer), models);
  shared->desk = std::move(desk);
  return shared;
}

}  // namespace

result<composed> compose(caf::actor_system& system, const settings& chosen, runtime_parts parts) {
  if (auto checked = check_settings(chosen); !checked) return std::move(checked).problem();
  auto shared = surround(chosen, std::move(parts));
  if (!shared) return std::move(shared).problem();
  auto begin = pipeline::load(**shared);
  if (!begin) return std::move(begin).problem();
  const pipeline::spawner with{system, *shared};
  pipeline_handles doors;
  doors.pipeline = pipeline::spawn_door(with, *std::move(begin));
  doors.queries = pipeline::spawn_queries(with, doors.pipeline);
  doors.reasons = [all = *shared] { return all->strategies->reasons(); };
  return composed{std::move(doors), *std::move(shared)};
}

result<pipeline_handles> spawn_pipeline(caf::actor_system& system, const settings& chosen, runtime_parts parts) {
  auto made = compose(system, chosen, std::move(parts));
  if (!made) return std::move(made).problem();
  return std::move(made->doors);
}

}  // namespace demur
