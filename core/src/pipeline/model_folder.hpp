#pragma once

#include "pipeline/actors.hpp"

namespace demur::pipeline {

/// Removes all model files but those of the live version, of the newest `retrain.kept_versions` others that are retired,
/// rejected or rolled back, and of those that running experiments name.
result<done> prune_models(const surroundings& shared, store::reader& store);

}  // namespace demur::pipeline
