#include "plugin/check_apart.hpp"

#include "domain/json_document.hpp"
#include "domain/text.hpp"
#include "plugin/fault.hpp"
#include "plugin/host_process.hpp"

#include <poll.h>
#include <spawn.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace demur::plugin {

namespace {

using steady = std::chrono::steady_clock;

/// What the lines of demur-plugin-host tell. Lines that tell nothing are passed over.
class told_steps {
public:
  void read(std::string_view bytes) {
    constexpr std::size_t longest_line = 64 * 1'024;
    for (const char byte : bytes) {
      if (byte != '\n') {
        if (line_.size() < longest_line) line_.push_back(byte);
        continue;
      }
      read_line();
      line_.clear();
    }
  }

  const std::string& last_begun() const { return begun_; }
  const std::optional<fault>& failed() const { return failed_; }
  bool is_at_the_end() const { return begun_ == "end"; }

private:
  void read_line() {
    json_document document;
    if (document.parse(line_) || document.root().type() != json_kind::object) return;
    const auto member = [root = document.root()](std::string_view name) -> std::string {
      json_value at = root.first();
      for (std::size_t i = 0; i < root.size(); ++i, at = at.next().next())
        if (at.text() == name && at.next().type() == json_kind::string) return std::string(at.next().text());
      return "";
    };
    const std::string state = member("state");
    if (state == "begin") begun_ = member("step");
    if (state == "failed" && !failed_)
      failed_ = fault{member("found") + " (step " + member("step") + " of the plugin check)", member("expected")};
  }

  std::string line_;
  std::string begun_;
  std::optional<fault> failed_;
};

/// demur-plugin-host at work, leader of a process group, which ends with the object.
class child {
public:
  child() = default;
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    if (read_end_ >= 0) ::close(read_end_);
    if (id_ <= 0) return;
    ::kill(-id_, SIGKILL);
    if (!status_) ::waitpid(id_, nullptr, 0);
  }

  /// 0, or the number of the system's error.
  int start(const std::vector<std::string>& line) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno;
    read_end_ = ends[0];
    ::fcntl(read_end_, F_SETFL, O_NONBLOCK);

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    // What the plugin prints is for nobody, and what this process has open is not for the plugin.
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&how, &all);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    std::vector<char*> words;
    for (const std::string& word : line) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    const int failed = ::posix_spawn(&id_, words.front(), &files, &how, words.data(), passed_environment().data());
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    ::close(ends[1]);
    if (failed != 0) id_ = 0;
    return failed;
  }

  /// Passes on what it says until it has ended; false if that took too long. Does not wait for the end of the pipe: a
  /// process that the plugin left behind may hold it.
  bool follow(told_steps& told, steady::time_point until) {
    constexpr int glance_ms = 5;
    for (;;) {
      int status = 0;
      if (!status_ && ::waitpid(id_, &status, WNOHANG) == id_) status_ = status;
      read_into(told);
      if (status_) return true;
      if (steady::now() >= until) return false;
      pollfd readable{read_end_, POLLIN, 0};
      ::poll(&readable, 1, glance_ms);
    }
  }

  /// After follow() was true: what it ended with, if not as it should.
  std::optional<std::string> bad_end() const {
    if (WIFSIGNALED(*status_)) return "was killed by " + name_of_signal(WTERMSIG(*status_));
    if (WEXITSTATUS(*status_) == 0) return std::nullopt;
    return "ended the program with code " + std::to_string(WEXITSTATUS(*status_));
  }

private:
  void read_into(told_steps& told) {
    std::array<char, 4'096> bytes;
    for (ssize_t got; (got = ::read(read_end_, bytes.data(), bytes.size())) > 0;)
      told.read({bytes.data(), static_cast<std::size_t>(got)});
  }

  pid_t id_ = 0;
  int read_end_ = -1;
  std::optional<int> status_;
};

}  // namespace

result<done> check_apart(const std::filesystem::path& host_program, const std::filesystem::path& file,
                         const std::filesystem::path& shown, const std::string& config,
                         std::chrono::milliseconds limit) {
  child host;
  const auto until = steady::now() + limit;
  if (const int failed = host.start({host_program.string(), "check", file.string(), "--config", config, "--quick"}))
    return error{error_code::unavailable,
                 "The program " + host_program.string() + " cannot be run: " + std::strerror(failed), "plugins",
                 host_program.string(), "the program that tries plugins out"};
  told_steps told;
  const bool ended = host.follow(told, until);
  if (told.failed()) return blame(shown.string(), *told.failed());
  const std::string where = " in step " + excerpt(told.last_begun()) + " of the plugin check";
  if (!ended)
    return blame(shown.string(), {"was not ready after " + std::to_string(limit.count()) + " ms" + where,
                                  "that each call comes back soon"});
  if (const auto bad_end = host.bad_end()) return blame(shown.string(), {*bad_end + where, "that it comes back"});
  if (!told.is_at_the_end())
    return blame(shown.string(), {"ended the program" + where, "that it leaves the process to its host"});
  return done{};
}

}  // namespace demur::plugin
