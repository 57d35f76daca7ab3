#include "plugin/conformance.hpp"

#include "plugin/conformance_steps.hpp"

#include <array>

namespace demur::plugin {

namespace {

struct step {
  const char* name;
  step_function run;
  bool takes_time = false;  ///< left out where it must be quick
};

/// Each relies on those before it.
constexpr std::array<step, 15> steps = {{{"file", check_file},
                                         {"exports", check_exports},
                                         {"load", check_load},
                                         {"entry", check_entry},
                                         {"settings", check_settings},
                                         {"ids", check_ids},
                                         {"bounds", check_bounds},
                                         {"determinism", check_determinism},
                                         {"hostile_inputs", check_hostile_inputs},
                                         {"views", check_views},
                                         {"services", check_services},
                                         {"old_host", check_old_host},
                                         {"threads", check_threads},
                                         {"leaks", check_leaks, true},
                                         {"speed", check_speed, true}}};

}  // namespace

std::string_view to_string(step_state value) {
  switch (value) {
    case step_state::begun:
      return "begin";
    case step_state::passed:
      return "passed";
    case step_state::noted:
      return "noted";
    case step_state::failed:
      return "failed";
  }
  return "failed";
}

bool check_conformance(const conformance_options& options, const std::function<void(const step_report&)>& told) {
  test_subject subject{options};
  bool all_passed = true;
  for (const step& one : steps) {
    if (one.takes_time && options.quick) continue;
    told({one.name, step_state::begun, {}});
    const finding made = one.run(subject);
    told({one.name, made.state, made.what});
    all_passed = all_passed && made.state != step_state::failed;
    if (subject.is_over) break;
  }
  return all_passed;
}

}  // namespace demur::plugin
