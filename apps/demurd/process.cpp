#include "process.hpp"

#include "log.hpp"
#include "options.hpp"

#include <spdlog/spdlog.h>
#include <sqlite3.h>

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace demur::server_program {

namespace {

/// Files beside the connections: the store's, models, plugins, event queues, standard streams.
constexpr std::int64_t other_files = 256;

sigset_t stopping_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void open_standard_streams() {
  int lowest = 0;
  while (lowest >= 0 && lowest <= STDERR_FILENO) lowest = open("/dev/null", O_RDWR);
  if (lowest > STDERR_FILENO) close(lowest);
}

void ignore_harmless_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

void tell_sqlite_of_threads() {
  if (sqlite3_config(SQLITE_CONFIG_MULTITHREAD) != SQLITE_OK || sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK)
    spdlog::warn("SQLite takes no settings; it will be somewhat slower");
}

void raise_file_limit(std::int64_t connections) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised{limit.rlim_max, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  const auto wanted = static_cast<rlim_t>(connections + other_files);
  if (limit.rlim_cur >= wanted) return;
  log_event(spdlog::level::warn,
            "too few open files are allowed for server.max_connections; raise the hard limit of files",
            {{"max_connections", connections},
             {"wanted", static_cast<std::int64_t>(wanted)},
             {"allowed", static_cast<std::int64_t>(limit.rlim_cur)}});
}

stop_signals::stop_signals() {
  const sigset_t set = stopping_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  taker_ = std::thread([this] { take(); });
}

stop_signals::~stop_signals() {
  over_ = true;
  // Blocked everywhere: it ends nothing but the wait.
  pthread_kill(taker_.native_handle(), SIGTERM);  // NOLINT(bugprone-bad-signal-to-kill-thread)
  taker_.join();
}

void stop_signals::expect_requests() { requests_expected_ = true; }

int stop_signals::wait() { return asked_.get(); }

void stop_signals::take() {
  const sigset_t set = stopping_signals();
  int signal = 0;
  sigwait(&set, &signal);
  if (over_) return;
  // No destructors: whatever hangs must not keep the process.
  if (!requests_expected_) _exit(clean);
  first_.set_value(signal);
  sigwait(&set, &signal);
  if (!over_) _exit(failed);
}

}  // namespace demur::server_program
