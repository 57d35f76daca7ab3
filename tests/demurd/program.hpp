#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <sys/types.h>
#include <vector>

namespace demur {

/// A process of one of the built programs, with its standard output and error in files of the working folder. Killed when
/// it goes out of scope.
class program {
public:
  /// `shell_before`: what a shell does before it becomes the program, e.g. `ulimit -n 300`.
  explicit program(const std::vector<std::string>& options, const std::string& shell_before = {},
                   const std::string& name = "demurd");
  program(const program&) = delete;
  program& operator=(const program&) = delete;
  ~program();

  void send(int signal);
  /// The exit code, -signal if a signal ended it. Fails the test after `patience`.
  int wait(std::chrono::seconds patience = std::chrono::seconds(30));
  /// Waits until standard error has such a text; returns false if the process ended without it.
  bool says(const std::string& text, std::chrono::seconds patience = std::chrono::seconds(30));
  pid_t id() const { return id_; }

  std::string out() const;
  std::string err() const;

private:
  bool has_ended();

  std::string out_file_;
  std::string err_file_;
  pid_t id_ = -1;
  bool ended_ = false;
  int status_ = 0;
};

/// All of a file; empty if it is not there.
std::string content_of(const std::string& file);
/// Waits until a file has so many bytes; fails the test after `patience`.
void wait_for_bytes(const std::string& file, std::size_t bytes,
                    std::chrono::seconds patience = std::chrono::seconds(30));

/// A connection to a port of this machine: sends, then reads to the end.
std::string exchange(int port, const std::string& sent);

}  // namespace demur
