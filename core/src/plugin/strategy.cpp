#include "plugin/strategy.hpp"

namespace demur::plugin {

std::string strategy_info::in_words() const { return "plugin " + name + " " + version + " (" + file.string() + ")"; }

std::string_view to_string(strategy_state value) {
  switch (value) {
    case strategy_state::serving:
      return "serving";
    case strategy_state::starting:
      return "starting";
    case strategy_state::resting:
      return "resting";
    case strategy_state::quarantined:
      return "quarantined";
  }
  return "quarantined";
}

result<verdict> strategy::adjust(const dislike& row, const services& from) {
  const dislike* const rows[] = {&row};
  ask(rows, from);
  return std::move(answers().front());
}

error strategy::lacks(const char* id) const {
  return {error_code::not_found, in_words() + " has no " + id + ".", "plugin", "none", id};
}

error strategy::failed(error problem) {
  figures_.failed(problem.detail);
  return problem;
}

}  // namespace demur::plugin
