#include "learning/trainers.hpp"

#include "learning/ials_trainer.hpp"

#include <utility>

namespace demur::learning {

std::unique_ptr<trainer> make_trainer(const settings& chosen, trainer_parts parts) {
  if (chosen.retrain.trainer == "command") return make_command_trainer(chosen);
  if (chosen.retrain.trainer == "webhook") return make_webhook_trainer(chosen, std::move(parts));
  if (chosen.retrain.trainer == "shared_weights") return make_shared_weights_trainer();
  return make_ials_trainer(chosen);
}

}  // namespace demur::learning
