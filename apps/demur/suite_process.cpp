#include "suite_process.hpp"

#include "failure.hpp"

#include <poll.h>
#include <spawn.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

namespace demur::cli {

suite_process::suite_process(const std::vector<std::string>& line) {
  std::array<int, 2> ends{};
  int failed = ::pipe2(ends.data(), O_CLOEXEC) == 0 ? 0 : errno;
  if (failed == 0) {
    read_end_ = ends[0];
    ::fcntl(read_end_, F_SETFL, O_NONBLOCK);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    // Ctrl-C is for this program, which then ends the other.
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP);
    std::vector<char*> words;
    for (const std::string& word : line) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    failed = ::posix_spawnp(&id_, words.front(), &files, &how, words.data(), environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    ::close(ends[1]);
  }
  if (failed == 0) return;
  if (read_end_ >= 0) ::close(read_end_);
  throw failure(cli::exit_code::refused, "the program " + line.front() + " cannot be run: " + std::strerror(failed) +
                                             "\n  allowed: a demur-plugin-host, by --plugin-host FILE");
}

suite_process::~suite_process() {
  ::close(read_end_);
  kill();
}

void suite_process::kill() {
  ::kill(-id_, SIGKILL);
  int status = 0;
  if (!status_ && ::waitpid(id_, &status, 0) == id_) status_ = status;
}

bool suite_process::look() {
  int status = 0;
  if (!status_ && ::waitpid(id_, &status, WNOHANG) == id_) status_ = status;
  return status_.has_value();
}

/// Does not wait for the end of the pipe: a process that the plugin left behind may hold it.
bool suite_process::read(const std::function<void(const std::string&)>& heard) {
  constexpr int glance_ms = 10;
  constexpr std::size_t longest_line = 64 * 1'024;
  // First whether it lives, then what it said: so nothing of it is missed.
  const bool is_over = look();
  pollfd readable{read_end_, POLLIN, 0};
  if (!is_over) ::poll(&readable, 1, glance_ms);
  std::array<char, 4'096> bytes;
  for (ssize_t got; (got = ::read(read_end_, bytes.data(), bytes.size())) > 0;) {
    for (const char byte : std::string_view(bytes.data(), static_cast<std::size_t>(got))) {
      if (byte != '\n' && unfinished_.size() < longest_line) {
        unfinished_.push_back(byte);
      } else if (byte == '\n') {
        heard(unfinished_);
        unfinished_.clear();
      }
    }
  }
  return !is_over;
}

std::string suite_process::bad_end() const {
  if (WIFSIGNALED(*status_)) {
    const char* name = ::sigabbrev_np(WTERMSIG(*status_));
    return "was killed by " + (name ? "SIG" + std::string(name) : "signal " + std::to_string(WTERMSIG(*status_)));
  }
  return WEXITSTATUS(*status_) == 0 ? "" : "ended the program with code " + std::to_string(WEXITSTATUS(*status_));
}

std::optional<int> suite_process::exit_code() const {
  return WIFEXITED(*status_) ? std::optional(WEXITSTATUS(*status_)) : std::nullopt;
}

}  // namespace demur::cli
