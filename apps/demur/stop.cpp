#include "stop.hpp"

#include <csignal>

namespace demur::cli {

namespace {

volatile sig_atomic_t stop_flag = 0;

extern "C" void note_stop(int) { stop_flag = 1; }

}  // namespace

void catch_stop_signals() {
  stop_flag = 0;
  struct sigaction action {};
  action.sa_handler = note_stop;
  // One shot: who presses Ctrl-C twice does not want to wait for tables.
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool stop_requested() { return stop_flag != 0; }

}  // namespace demur::cli
