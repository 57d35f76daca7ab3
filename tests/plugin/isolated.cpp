#include "plugin/isolated.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

namespace demur::plugin {

using namespace std::chrono_literals;

#ifdef DEMUR_IS_SANITIZED
constexpr int slowness = 20;
#else
constexpr int slowness = 1;
#endif

std::filesystem::path built(const std::string& name) {
  auto file = std::filesystem::path(DEMUR_TEST_PLUGIN_DIR) / (name + ".so");
  if (!std::filesystem::exists(file)) file = std::filesystem::path(DEMUR_PLUGIN_DIR) / (name + ".so");
  BOOST_REQUIRE_MESSAGE(std::filesystem::exists(file), file << " was not built");
  return file;
}

isolation_options in_a_hurry() {
  isolation_options chosen;
  chosen.host_program = std::filesystem::path(DEMUR_BIN_DIR) / "demur-plugin-host";
  chosen.deadline = 2s * slowness;
  chosen.start_timeout = 5s * slowness;
  chosen.limits.memory_mib = 64;
  chosen.failures.first_delay = 10ms;
  return chosen;
}

std::unique_ptr<isolated_strategy> isolated(const std::string& name, const std::string& config,
                                            const isolation_options& chosen, const strategy::listener& told,
                                            const std::string& called) {
  auto made = isolated_strategy::create(chosen, built(name), "plugins/" + name + ".so", called.empty() ? name : called,
                                        config, told);
  if (!made) BOOST_FAIL(made.problem().detail);
  return *std::move(made);
}

std::string refusal_of(const std::string& name, const std::string& config, const isolation_options& chosen) {
  const auto made = isolated_strategy::create(chosen, built(name), "plugins/" + name + ".so", name, config);
  return made ? "created" : made.problem().detail;
}

dislike saying(const std::string& text) {
  dislike row;
  row.user_id = "ben";
  row.movie_title = "Saw II";
  row.reason = "villain";
  row.feedback_text = text;
  return row;
}

bool comes_to(strategy& woken, strategy_state state) {
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (woken.state() != state && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(1ms);
    woken.wake();
  }
  return woken.state() == state;
}

}  // namespace demur::plugin
