#pragma once

#include "plugin/conformance.hpp"
#include "plugin/exports.hpp"
#include "plugin/in_process_strategy.hpp"
#include "plugin/library.hpp"
#include "plugin/trial_host.hpp"

#include <demur/plugin.h>
#include <demur/types.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The steps of the suite and what they share; for conformance*.cpp only.
namespace demur::plugin {

/// The plugin that is put to the test, and what is known of it by now.
struct test_subject {
  const conformance_options& options;
  library_symbols symbols{};        ///< from `file` on
  std::optional<library> opened{};  ///< from `entry` on
  std::string reason{};             ///< from `ids` on
  bool has_batch_form = false;
  bool is_over = false;  ///< set by a step after which no other makes sense

  /// So many, and fewer if it must be quick.
  std::size_t count(std::size_t usual, std::size_t quick) const { return options.quick ? quick : usual; }
  const demur_plugin& entry() const { return *opened->entry; }
};

/// What a step came to.
struct finding {
  step_state state = step_state::passed;
  fault what{};
};

inline finding pass(std::string found = {}) { return {step_state::passed, {std::move(found), {}}}; }
inline finding note(fault what) { return {step_state::noted, std::move(what)}; }
inline finding fail(fault what) { return {step_state::failed, std::move(what)}; }
/// There is nothing left to go on with.
inline finding fail_for_good(test_subject& subject, fault what) {
  subject.is_over = true;
  return fail(std::move(what));
}

inline fault fault_of(const error& problem) { return {problem.found, problem.allowed}; }
/// The fault with the circumstances in front.
inline fault when(std::string_view circumstances, fault wrong) {
  wrong.found = std::string(circumstances) + ": " + wrong.found;
  return wrong;
}

/// An instance as the host makes it.
inline result<std::unique_ptr<in_process_strategy>> make_strategy(const test_subject& subject) {
  return in_process_strategy::create(*subject.opened, subject.options.config);
}

using step_function = finding (*)(test_subject&);

// Of the file: conformance_file.cpp.
finding check_file(test_subject& subject);
finding check_exports(test_subject& subject);
finding check_load(test_subject& subject);
finding check_entry(test_subject& subject);
finding check_settings(test_subject& subject);
finding check_ids(test_subject& subject);
// Of the answers: conformance_answers.cpp.
finding check_bounds(test_subject& subject);
finding check_determinism(test_subject& subject);
finding check_hostile_inputs(test_subject& subject);
// Of the border: conformance_border.cpp.
finding check_views(test_subject& subject);
finding check_services(test_subject& subject);
finding check_old_host(test_subject& subject);
// Of what it costs: conformance_cost.cpp.
finding check_leaks(test_subject& subject);
finding check_threads(test_subject& subject);
finding check_speed(test_subject& subject);

}  // namespace demur::plugin
