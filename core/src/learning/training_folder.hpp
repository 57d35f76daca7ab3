#pragma once

#include <demur/error.hpp>
#include <demur/settings.hpp>
#include <demur/trainer.hpp>

#include <filesystem>
#include <string>

/// A training set as files, for trainers that are no C++ (docs/trainers.md): opinions.csv, movies.csv, task.json.
namespace demur::learning {

/// Where the folders of trainings lie. `chosen`: the setting; empty: `training` in the data folder.
std::filesystem::path training_home(const std::string& chosen, const settings& all);

/// Makes a folder of the version's own, empty whatever was there before, for this user alone. Errors: `unavailable`.
result<std::filesystem::path> make_training_folder(const std::filesystem::path& home, id model_version_id);

/// Writes the files. Errors: `unavailable` with the file and what the system said; what the training set says.
result<done> write_training_set(const std::filesystem::path& folder, const training_task& task, const settings& all);

/// Removes all but the newest `kept` folders of trainings.
void remove_old_trainings(const std::filesystem::path& home, std::int64_t kept);

/// The first `limit` bytes of a file and no more; an error if it is longer. Errors: `unavailable`, `too_large`.
result<std::string> read_file(const std::filesystem::path& file, std::int64_t limit);

}  // namespace demur::learning
