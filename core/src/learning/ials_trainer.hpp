#pragma once

#include <demur/settings.hpp>
#include <demur/trainer.hpp>

#include <memory>

namespace demur::learning {

/// Makes both parts of a model: the shared weights, as make_shared_weights_trainer() does, and where anybody likes
/// anything a ranking model, by weighted iALS (docs/learning.md), that must pass the gate.
std::unique_ptr<trainer> make_ials_trainer(const settings& chosen);

}  // namespace demur::learning
