#pragma once

#include "pipeline/actors.hpp"

namespace demur::pipeline {

/// Removes all model files but those of the live version and of the newest `retrain.kept_versions` others that are retired,
/// rejected or rolled back.
result<done> prune_models(const surroundings& shared, store::reader& store);

}  // namespace demur::pipeline
