#include <demur/experiments.hpp>
#include <demur/trainer.hpp>
#include <demur/types.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace demur {

namespace {

template <class Value, std::size_t Size>
using names = std::array<std::pair<Value, std::string_view>, Size>;

constexpr names<severity, 4> severities{
    {{severity::none, "none"}, {severity::low, "low"}, {severity::medium, "medium"}, {severity::high, "high"}}};

constexpr names<model_state, 6> model_states{{{model_state::training, "training"},
                                              {model_state::live, "live"},
                                              {model_state::retired, "retired"},
                                              {model_state::rejected, "rejected"},
                                              {model_state::failed, "failed"},
                                              {model_state::rolled_back, "rolled_back"}}};

constexpr names<training_phase, 5> training_phases{{{training_phase::waiting, "waiting"},
                                                    {training_phase::reading, "reading"},
                                                    {training_phase::training, "training"},
                                                    {training_phase::evaluating, "evaluating"},
                                                    {training_phase::exporting, "exporting"}}};

constexpr names<experiment_state, 5> experiment_states{{{experiment_state::running, "running"},
                                                        {experiment_state::won, "won"},
                                                        {experiment_state::lost, "lost"},
                                                        {experiment_state::inconclusive, "inconclusive"},
                                                        {experiment_state::stopped, "stopped"}}};

template <class Value, std::size_t Size>
std::string_view name_in(const names<Value, Size>& all, Value value) {
  const auto at = std::find_if(all.begin(), all.end(), [value](const auto& entry) { return entry.first == value; });
  return at == all.end() ? std::string_view{} : at->second;
}

template <class Value, std::size_t Size>
std::optional<Value> value_in(const names<Value, Size>& all, std::string_view name) {
  const auto at = std::find_if(all.begin(), all.end(), [name](const auto& entry) { return entry.second == name; });
  if (at == all.end()) return std::nullopt;
  return at->first;
}

}  // namespace

std::string_view to_string(severity value) { return name_in(severities, value); }
std::string_view to_string(model_state value) { return name_in(model_states, value); }
std::string_view to_string(experiment_state value) { return name_in(experiment_states, value); }

std::string_view to_string(training_phase value) { return name_in(training_phases, value); }

std::optional<severity> severity_of(std::string_view name) { return value_in(severities, name); }
std::optional<model_state> model_state_of(std::string_view name) { return value_in(model_states, name); }
std::optional<training_phase> training_phase_of(std::string_view name) { return value_in(training_phases, name); }
std::optional<experiment_state> experiment_state_of(std::string_view name) { return value_in(experiment_states, name); }

}  // namespace demur
