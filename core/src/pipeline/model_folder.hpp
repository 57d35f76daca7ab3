#pragma once

#include "pipeline/actors.hpp"

namespace demur::pipeline {

/// Removes the files of versions that never went live, and of all but the newest `retrain.kept_versions` and the live
/// one.
result<done> prune_models(const surroundings& shared, store::reader& store);

}  // namespace demur::pipeline
