#pragma once

#include <demur/settings.hpp>
#include <demur/trainer.hpp>

#include <memory>

namespace demur::learning {

/// The trainer that `retrain.trainer` names. The settings must have passed check_settings.
std::unique_ptr<trainer> make_trainer(const settings& chosen);

/// Has a program train; see docs/trainers.md for what it is given and what it must leave.
std::unique_ptr<trainer> make_command_trainer(const settings& chosen);

}  // namespace demur::learning
