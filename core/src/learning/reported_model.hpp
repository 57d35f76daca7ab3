#pragma once

#include "domain/json_read.hpp"

#include <demur/trainer.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <string>

/// What becomes of the word of a trainer that is outside of this process.
namespace demur::learning {

/// What the parent had learned, as far as it has not faded to nothing by now.
std::map<std::string, double, std::less<>> weights_left_of_parent(const training_task& task);

/// The model and figures that a result reports. Without shared weights of its own, those of the parent go on fading.
training_outcome outcome_of(const training_task& task, training_result reported);

/// Moves a file to where the artefact of the task's model is kept, so that it is whole there or not at all. Errors:
/// `unavailable`; `too_large`, over `limit_mib`.
result<done> keep_artefact(const std::filesystem::path& file, const training_task& task, std::int64_t limit_mib);

}  // namespace demur::learning
