#pragma once

#include <demur/error.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace demur::learning {

/// What a program is run with.
struct child_plan {
  std::vector<std::string> command;  ///< the program, by path or by its name in PATH, and its arguments; not empty
  std::filesystem::path folder;      ///< in which it runs
  std::vector<std::pair<std::string, std::string>> environment;  ///< beside that of this process
  std::chrono::milliseconds time_limit{0};
  std::chrono::milliseconds grace{5'000};  ///< from SIGTERM to SIGKILL
  std::size_t tail_bytes = 65'536;         ///< of its output, the end that is kept
  std::function<bool()> is_cancelled = [] { return false; };
  std::function<void(std::string_view line)> on_line = [](std::string_view) {};  ///< of its output, up to 4 KiB
};

struct child_end {
  bool is_cancelled = false;
  bool is_late = false;
  int exit_code = 0;  ///< where it exited
  int signal = 0;     ///< that ended it; 0: none
  std::string tail;   ///< the end of what it wrote
};

/// Runs a program in a process group of its own, with no file but /dev/null for its input and a pipe for its output, and
/// waits for its end. At the time limit, or when cancelled, the group is sent SIGTERM and after the grace SIGKILL. When
/// the program has ended, so has what is left of its group. Errors: `unavailable`: it cannot be started.
result<child_end> run_child(const child_plan& plan);

/// `SIGSEGV`
std::string signal_name(int number);

}  // namespace demur::learning
