#include "learning/trainers.hpp"

namespace demur::learning {

std::unique_ptr<trainer> make_trainer(const settings& chosen) {
  if (chosen.retrain.trainer == "command") return make_command_trainer(chosen);
  return make_shared_weights_trainer();
}

}  // namespace demur::learning
