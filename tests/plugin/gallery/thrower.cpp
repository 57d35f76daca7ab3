// A plugin in C++ that does without plugin.hpp, and lets an exception go where none may.
#include <demur/plugin.h>

#include <stdexcept>
#include <string_view>

namespace {

/// What the build named throws, all else goes on.
void pass(std::string_view function) {
  if (function != THROWS_FROM) return;
#ifdef THROWS_A_NUMBER
  throw 42;
#else
  throw std::runtime_error("out of popcorn");
#endif
}

const demur_strategy_1 strategy = {
    sizeof strategy,
    [](const void*) -> demur_text {
      pass("reason");
      return DEMUR_TEXT("thrower");
    },
    [](const void*) -> double {
      pass("half_life_days");
      return 0.0;
    },
    [](void*, const demur_dislike*, const demur_sink*) -> demur_status {
      pass("adjust");
      return DEMUR_OK;
    },
    nullptr,
};

int instance = 0;

const demur_plugin plugin = {
    sizeof plugin,
    DEMUR_ABI_MAJOR,
    DEMUR_ABI_MINOR,
    DEMUR_TEXT("thrower"),
    DEMUR_TEXT("1.0.0"),
    [](const demur_host* host, demur_text config) -> void* {
      pass("create");
      if (std::string_view(config.data, config.size) != "{}") {
        host->report(host->state, DEMUR_TEXT("no settings"));
        return nullptr;
      }
      return &instance;
    },
    [](void*) { pass("destroy"); },
    [](const void*, const char* id) -> const void* {
      pass("get_interface");
      return std::string_view(id) == DEMUR_STRATEGY_1 ? &strategy : nullptr;
    },
};

}  // namespace

const demur_plugin* demur_plugin_entry() {
  pass("entry");
  return &plugin;
}
