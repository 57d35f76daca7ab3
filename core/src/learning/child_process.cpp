#include "learning/child_process.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace demur::learning {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t longest_line = 4'096;
/// How often the time and `is_cancelled` are looked at.
constexpr auto look = 50ms;

class descriptor {
public:
  explicit descriptor(int number = -1) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() { close(); }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  int number() const { return number_; }

private:
  int number_;
};

/// What posix_spawn is told, freed with the object.
class spawn_plan {
public:
  spawn_plan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  spawn_plan(const spawn_plan&) = delete;
  spawn_plan& operator=(const spawn_plan&) = delete;
  ~spawn_plan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  /// The number of an error; 0: it runs.
  int run(const child_plan& plan, const descriptor& output, pid_t& pid) {
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output.number(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output.number(), STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(&actions_, plan.folder.c_str());
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    std::vector<std::string> words = plan.command;
    // A relative path is one from where this process is, not from where the program will be.
    std::error_code ignored;
    if (words[0].find('/') != std::string::npos) words[0] = std::filesystem::absolute(words[0], ignored).string();
    std::vector<std::string> added;
    for (const auto& [name, value] : plan.environment) added.push_back(name + "=" + value);
    std::vector<char*> arguments, variables;
    for (std::string& word : words) arguments.push_back(word.data());
    // Of two of one name the first counts.
    for (std::string& one : added) variables.push_back(one.data());
    for (char** one = environ; *one; ++one) variables.push_back(*one);
    arguments.push_back(nullptr);
    variables.push_back(nullptr);
    return ::posix_spawnp(&pid, words[0].c_str(), &actions_, &attributes_, arguments.data(), variables.data());
  }

private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

/// What a program wrote: its lines one by one, and the end of it all.
class output {
public:
  output(const child_plan& plan, descriptor from) : plan_(plan), from_(std::move(from)) {}

  /// False at the end. Waits for nothing.
  bool read_some() {
    std::array<char, 65'536> piece;
    const auto got = ::read(from_.number(), piece.data(), piece.size());
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    if (got == 0) return false;
    take({piece.data(), static_cast<std::size_t>(got)});
    return true;
  }
  void end_line() {
    if (!line_.empty() && !too_long_) plan_.on_line(line_);
    line_.clear();
    too_long_ = false;
  }
  std::string tail() {
    if (tail_.size() > plan_.tail_bytes) tail_.erase(0, tail_.size() - plan_.tail_bytes);
    return std::move(tail_);
  }
  int number() const { return from_.number(); }

private:
  void take(std::string_view text) {
    tail_ += text;
    if (tail_.size() > 2 * plan_.tail_bytes) tail_.erase(0, tail_.size() - plan_.tail_bytes);
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      too_long_ = too_long_ || line_.size() + end > longest_line;
      if (!too_long_) line_ += text.substr(0, end);
      if (end == text.size()) return;
      end_line();
      text.remove_prefix(end + 1);
    }
  }

  const child_plan& plan_;
  descriptor from_;
  std::string tail_, line_;
  bool too_long_ = false;
};

error cannot_start(const child_plan& plan, int why) {
  return {error_code::unavailable,
          "The program " + plan.command[0] + " cannot be started: " + ::strerrordesc_np(why) + ".",
          {},
          plan.command[0],
          {}};
}

/// Ends the group step by step when its time has come.
class patience {
public:
  patience(const child_plan& plan, pid_t group)
      : plan_(plan), group_(group), deadline_(clock::now() + plan.time_limit) {}

  void look_at_time(child_end& end) {
    const auto now = clock::now();
    if (!kill_at_) {
      end.is_cancelled = plan_.is_cancelled();
      end.is_late = !end.is_cancelled && now >= deadline_;
      if (!end.is_cancelled && !end.is_late) return;
      ::kill(-group_, SIGTERM);
      kill_at_ = now + plan_.grace;
    } else if (now >= *kill_at_) {
      ::kill(-group_, SIGKILL);
    }
  }

private:
  const child_plan& plan_;
  pid_t group_;
  clock::time_point deadline_;
  std::optional<clock::time_point> kill_at_;
};

/// The program has ended, what it left has not been waited for: so its group's number is still its own.
void bury(pid_t pid, child_end& end) {
  ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
}

}  // namespace

result<child_end> run_child(const child_plan& plan) {
  std::array<int, 2> numbers = {-1, -1};
  if (::pipe2(numbers.data(), O_CLOEXEC) != 0) return cannot_start(plan, errno);
  descriptor near(numbers[0]), far(numbers[1]);
  ::fcntl(near.number(), F_SETFL, O_NONBLOCK);
  pid_t pid = 0;
  if (const int why = spawn_plan().run(plan, far, pid)) return cannot_start(plan, why);
  far.close();
  child_end end;
  const descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (const int why = errno; handle.number() < 0) {
    bury(pid, end);
    return cannot_start(plan, why);
  }
  output words(plan, std::move(near));
  patience left(plan, pid);
  std::array<pollfd, 2> watched = {{{handle.number(), POLLIN, 0}, {words.number(), POLLIN, 0}}};
  while ((watched[0].revents & POLLIN) == 0) {
    if (::poll(watched.data(), watched.size(), static_cast<int>(look.count())) < 0) continue;
    if (watched[1].revents != 0 && !words.read_some()) watched[1].fd = -1;
    left.look_at_time(end);
  }
  bury(pid, end);
  // What is still in the pipe, but not what somebody who left the group may write for ever.
  for (int pieces = 0; pieces < 32 && watched[1].fd >= 0; ++pieces)
    if (::poll(&watched[1], 1, 0) <= 0 || !words.read_some()) break;
  words.end_line();
  end.tail = words.tail();
  return end;
}

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name ? "SIG" + std::string(name) : "signal " + std::to_string(number);
}

}  // namespace demur::learning
