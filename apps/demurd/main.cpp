#include "log.hpp"
#include "options.hpp"
#include "process.hpp"

#include <demur/runtime.hpp>
#include <demur/server.hpp>

#include <spdlog/spdlog.h>

#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

namespace demur::server_program {

namespace {

std::string absolute(const std::string& folder) {
  std::error_code ignored;
  const auto path = std::filesystem::absolute(folder, ignored);
  return ignored ? folder : path.lexically_normal().string();
}

/// What of a store's URL may be logged: all of a file's, of others no more than the backend, there may be a password.
std::string without_secrets(const std::string& url) {
  return url.starts_with("sqlite3:") ? url : url.substr(0, url.find(':'));
}

void log_start(const settings& chosen, const runtime& running, const server& front) {
  const std::string address = chosen.server.listen.substr(0, chosen.server.listen.rfind(':'));
  const std::int64_t port = front.port();
  log_event(spdlog::level::info, "started",
            {{"version", DEMUR_VERSION},
             {"listen", address + ":" + std::to_string(port)},
             {"port", port},
             {"data", absolute(chosen.data_folder)},
             {"store", without_secrets(chosen.store.url)},
             {"plugins", absolute(chosen.plugins.folder)},
             {"reasons", running.reasons()}});
}

exit_code could_not_start(const error& problem) {
  log_event(spdlog::level::err, "could not start: " + problem.detail, {});
  // Such as a plugin's own constants, which only the plugin can judge.
  return problem.code == error_code::bad_value ? bad_usage : failed;
}

exit_code serve(settings chosen) {
  chosen.plugins.folder = plugins_folder(chosen);
  stop_signals signals;
  tell_sqlite_of_threads();
  raise_file_limit(chosen.server.max_connections);
  auto running = runtime::start(chosen);
  if (!running) return could_not_start(running.problem());
  signals.expect_requests();
  auto front = server::start(**running, chosen);
  if (!front) return could_not_start(front.problem());
  log_start(chosen, **running, **front);

  const int signal = signals.wait();
  log_event(spdlog::level::info, "stopping; another signal ends it at once",
            {{"signal", std::string("SIG") + sigabbrev_np(signal)}});
  // In the order of flow: the front first, so that what it has accepted still finds the pipeline.
  const bool answered = (*front)->stop();
  const bool finished = (*running)->stop();
  if (answered && finished) {
    log_event(spdlog::level::info, "stopped", {});
    return clean;
  }
  log_event(spdlog::level::err, "stopped before all that was accepted was finished",
            {{"answered", answered}, {"finished", finished}});
  return failed;
}

exit_code print(const std::string& text) {
  std::cout << text << std::flush;
  if (std::cout) return clean;
  std::cerr << "demurd: cannot write to standard output\n";
  return failed;
}

exit_code run(int argc, char** argv) {
  open_standard_streams();
  ignore_harmless_signals();
  const auto read = read_options(argc, argv);
  if (const auto* ended = std::get_if<exit_code>(&read)) return *ended;
  const auto& given = std::get<options>(read);
  auto chosen = settle(given);
  if (!chosen) {
    std::cerr << "demurd: " << chosen.problem().detail << '\n';
    return bad_usage;
  }
  if (given.print_settings) return print(render_settings(*chosen));
  if (given.check) return print("The settings are good.\n");
  configure_log(chosen->log);
  return serve(*std::move(chosen));
}

}  // namespace

}  // namespace demur::server_program

int main(int argc, char** argv) {
  try {
    return demur::server_program::run(argc, argv);
  } catch (const std::exception& unforeseen) {
    std::cerr << "demurd: " << unforeseen.what() << '\n';
    return demur::server_program::failed;
  }
}
