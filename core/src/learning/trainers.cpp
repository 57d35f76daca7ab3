#include "learning/trainers.hpp"

#include <utility>

namespace demur::learning {

std::unique_ptr<trainer> make_trainer(const settings& chosen, trainer_parts parts) {
  if (chosen.retrain.trainer == "command") return make_command_trainer(chosen);
  if (chosen.retrain.trainer == "webhook") return make_webhook_trainer(chosen, std::move(parts));
  return make_shared_weights_trainer();
}

}  // namespace demur::learning
