#pragma once

#include <demur/error.hpp>
#include <demur/trainer.hpp>

#include <filesystem>
#include <memory>
#include <set>

/// Models on disk: `<folder>/<model_version_id>.model`, and beside it, where the model ranks, `.ranking`. A file is written
/// aside, synced and renamed, so that under its name there is never half a model; its first line carries a checksum of
/// the rest, and one of the file beside it.
namespace demur::learning {

std::filesystem::path model_path(const std::filesystem::path& folder, id model_version_id);
std::filesystem::path ranking_path(const std::filesystem::path& folder, id model_version_id);
/// Of a file that its trainer left beside it: `<folder>/<model_version_id>.artefact`.
std::filesystem::path artefact_path(const std::filesystem::path& folder, id model_version_id);

/// Errors: `unavailable` with the file and what the system said.
result<done> save_model(const std::filesystem::path& folder, const model& trained);

/// Errors: `unavailable` naming the file, what was found and what was expected.
result<std::shared_ptr<const model>> load_model(const std::filesystem::path& folder, id model_version_id);

/// Removes model files, and artefacts, that are not of these versions, and leftovers of a write that a crash cut short.
void remove_other_models(const std::filesystem::path& folder, const std::set<id>& kept);

}  // namespace demur::learning
