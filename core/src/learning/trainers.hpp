#pragma once

#include "learning/retrain_desk.hpp"

#include <demur/settings.hpp>
#include <demur/trainer.hpp>

#include <functional>
#include <memory>
#include <string>

namespace demur::learning {

/// Sends a body to the pipeline elsewhere; a POST, signed. Blocks up to half a minute, or until it is cancelled. Errors:
/// `unavailable`: nobody took it. Must not throw.
using webhook_sender = std::function<result<done>(const std::string& body, const std::function<bool()>& is_cancelled)>;

/// What a trainer needs of the rooms above.
struct trainer_parts {
  webhook_sender send;
  std::shared_ptr<retrain_desk> desk;
};

/// The trainer that `retrain.trainer` names. The settings must have passed check_settings.
std::unique_ptr<trainer> make_trainer(const settings& chosen, trainer_parts parts);

/// Has a program train; see docs/trainers.md for what it is given and what it must leave.
std::unique_ptr<trainer> make_command_trainer(const settings& chosen);

/// Has a pipeline elsewhere train: tells it, and waits at the desk for its word.
std::unique_ptr<trainer> make_webhook_trainer(const settings& chosen, trainer_parts parts);

}  // namespace demur::learning
