#pragma once

#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace demur::cli {

/// A program that runs, leader of a process group; what is left of the group ends with the object.
class suite_process {
public:
  /// The program and its arguments; looked for in PATH if it has no `/`. Throws failure if it cannot be run.
  explicit suite_process(const std::vector<std::string>& line);
  suite_process(const suite_process&) = delete;
  suite_process& operator=(const suite_process&) = delete;
  ~suite_process();

  /// Passes on the lines that the program has printed by now, waiting a moment for more; false once it has ended.
  bool read(const std::function<void(const std::string&)>& heard);
  void kill();

  /// After the end. `was killed by SIGSEGV`, `ended the program with code 1`; empty: code 0.
  std::string bad_end() const;
  /// Nothing if a signal ended it.
  std::optional<int> exit_code() const;

private:
  bool look();

  pid_t id_ = 0;
  int read_end_ = -1;
  std::string unfinished_;
  std::optional<int> status_;
};

}  // namespace demur::cli
