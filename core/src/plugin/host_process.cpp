#include "plugin/host_process.hpp"

#include "domain/text.hpp"

#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <signal.h>
#include <string_view>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace demur::plugin {

namespace {

using namespace std::chrono_literals;

/// Above the numbers that the process is given, so that one is not overwritten before it is passed on.
descriptor out_of_the_way(int number) {
  constexpr int above = 10;
  descriptor moved(number < 0 ? -1 : ::fcntl(number, F_DUPFD_CLOEXEC, above));
  if (number >= 0) ::close(number);
  return moved;
}

struct two_ends {
  descriptor near;
  descriptor far;
};

/// `opens` fills in two numbers: of the end to read at, or the near one, and of the other.
template <class Open>
std::optional<two_ends> ends(const Open& opens) {
  std::array<int, 2> numbers = {-1, -1};
  if (opens(numbers.data()) != 0) return std::nullopt;
  descriptor near = out_of_the_way(numbers[0]);
  descriptor far = out_of_the_way(numbers[1]);
  if (!near || !far) return std::nullopt;
  return two_ends{std::move(near), std::move(far)};
}

/// What posix_spawn is told, freed with the object.
class spawn_plan {
public:
  spawn_plan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    // What this process ignores or blocks is its own affair. A group of its own: Ctrl-C at the terminal is for the server,
    // which still wants answers while it stops.
    sigset_t all;
    sigset_t none;
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

  void give(const descriptor& ours, int as) { posix_spawn_file_actions_adddup2(&actions_, ours.number(), as); }

  /// The number of an error; 0: it runs.
  int run(const std::filesystem::path& program, pid_t& pid) {
    // Libraries of the server may have opened files without O_CLOEXEC.
    posix_spawn_file_actions_addclosefrom_np(&actions_, wire::channel + 1);
    std::string name = program.string();
    std::string verb = "serve";
    const std::array<char*, 3> arguments = {name.data(), verb.data(), nullptr};
    return ::posix_spawn(&pid, name.c_str(), &actions_, &attributes_, arguments.data(), passed_environment().data());
  }

private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

error cannot_start(const std::filesystem::path& program, int why) {
  const std::string found = "cannot be started (" + std::string(::strerrordesc_np(why)) + ")";
  return {error_code::unavailable,
          "The program " + program.string() + " " + found + "; expected demur-plugin-host, at plugins.host_program.",
          "plugins.host_program", program.string(), "demur-plugin-host"};
}

}  // namespace

std::vector<char*> passed_environment() {
  std::vector<char*> passed;
  for (char** one = environ; *one; ++one) {
    const std::string_view line = *one;
    const std::string_view name = line.substr(0, line.find('='));
    if (name == "LD_LIBRARY_PATH" || name.ends_with("SAN_OPTIONS")) passed.push_back(*one);
  }
  passed.push_back(nullptr);
  return passed;
}

std::string name_of_signal(int number) {
  const char* name = ::sigabbrev_np(number);
  return name ? "SIG" + std::string(name) : "signal " + std::to_string(number);
}

descriptor::~descriptor() {
  if (number_ >= 0) ::close(number_);
}

result<std::unique_ptr<host_process>> host_process::start(const std::filesystem::path& program,
                                                          const process_limits& limits) {
  auto channel = ends([](int* both) { return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both); });
  auto lifeline = ends([](int* both) { return ::pipe2(both, O_CLOEXEC); });
  // Full, it takes no more, instead of making anyone wait.
  auto words = ends([](int* both) { return ::pipe2(both, O_CLOEXEC | O_NONBLOCK); });
  if (!channel || !lifeline || !words) return cannot_start(program, errno);
  // A batch goes out at once, while its process is only waking up. The system gives as much of it as it has for everyone.
  for (const descriptor* end : {&channel->near, &channel->far}) {
    const int bytes = 1 << 20;
    ::setsockopt(end->number(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }

  spawn_plan plan;
  plan.give(lifeline->near, wire::lifeline);
  plan.give(words->far, STDOUT_FILENO);
  plan.give(words->far, STDERR_FILENO);
  plan.give(channel->far, wire::channel);
  pid_t pid = 0;
  if (const int why = plan.run(program, pid)) return cannot_start(program, why);
  std::unique_ptr<host_process> made(
      new host_process(limits, pid, std::move(channel->near), std::move(lifeline->far), std::move(words->near)));
  if (!made->handle_) return cannot_start(program, errno);
  return made;
}

host_process::host_process(const process_limits& limits, pid_t pid, descriptor channel, descriptor lifeline,
                           descriptor words)
    : limits_(limits),
      pid_(pid),
      handle_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
      channel_(std::move(channel)),
      lifeline_(std::move(lifeline)),
      words_(std::move(words)) {
  renew_cpu_time(std::chrono::steady_clock::now());
}

host_process::~host_process() {
  if (!is_reaped_) (void)end();
}

void host_process::send() {
  const std::string_view all = outbox_.bytes();
  while (sent_ < all.size()) {
    const ssize_t count =
        ::send(channel_.number(), all.data() + sent_, all.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    // A process that is gone shows where its answer is read.
    if (count < 0) return;
    sent_ += static_cast<std::size_t>(count);
  }
  outbox_.clear();
  sent_ = 0;
}

bool host_process::receive() {
  const auto room = inbox_.room();
  const ssize_t count = ::recv(channel_.number(), room.data(), room.size(), MSG_DONTWAIT);
  if (count > 0) inbox_.added(static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

bool host_process::arrives_soon(time until) {
  constexpr auto soon = 30us;
  const auto room = inbox_.room();
  const time end = std::min(until, std::chrono::steady_clock::now() + soon);
  do {
    const ssize_t count = ::recv(channel_.number(), room.data(), room.size(), MSG_DONTWAIT);
    if (count > 0) {
      inbox_.added(static_cast<std::size_t>(count));
      return true;
    }
    if (count == 0) return false;
    ::sched_yield();
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

host_process::stream host_process::exchange(time until) {
  if (!has_sent_all()) send();
  if (has_sent_all() && arrives_soon(until)) return stream::open;
  while (true) {
    const auto left = std::max<std::chrono::nanoseconds>(until - std::chrono::steady_clock::now(), 0ns);
    const timespec wait = {static_cast<std::time_t>(left / 1s), static_cast<long>((left % 1s).count())};
    pollfd asked{channel_.number(), static_cast<short>(has_sent_all() ? POLLIN : POLLIN | POLLOUT), 0};
    const int found = ::ppoll(&asked, 1, &wait, nullptr);
    if (found < 0 && errno == EINTR) continue;
    if (found <= 0) return stream::late;
    if ((asked.revents & POLLOUT) != 0) send();
    if ((asked.revents & ~POLLOUT) != 0 && !receive()) return stream::over;
    return stream::open;
  }
}

void host_process::renew_cpu_time(time now) {
  clockid_t clock{};
  timespec used{};
  if (now < renewed_ + 1s || ::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return;
  renewed_ = now;
  rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
  limit.rlim_cur = static_cast<rlim_t>(used.tv_sec + 1 + limits_.cpu_time.count());
  ::prlimit(pid_, RLIMIT_CPU, &limit, nullptr);
}

bool host_process::is_gone_within(std::chrono::milliseconds wait) const {
  pollfd asked{handle_.number(), POLLIN, 0};
  return ::poll(&asked, 1, static_cast<int>(wait.count())) == 1;
}

fault host_process::end() {
  // One that broke off is on its way out, and there is a cause to be heard.
  constexpr auto a_moment = 100ms;
  constexpr auto at_most = 1s;
  bool was_gone = is_gone_within(0ms);
  if (!was_gone) {
    pollfd asked{channel_.number(), POLLIN, 0};
    const bool broke_off = ::poll(&asked, 1, 0) == 1 && (asked.revents & POLLHUP) != 0;
    was_gone = broke_off && is_gone_within(a_moment);
  }
  if (!was_gone) {
    ::kill(pid_, SIGKILL);
    (void)is_gone_within(at_most);
  }
  fault found = was_gone ? how_it_ended() : fault{"closed its end of the stream", "that it leaves that to the host"};
  if (!was_gone) (void)::waitpid(pid_, nullptr, WNOHANG);
  is_reaped_ = true;
  if (const std::string said = last_words(); !said.empty()) found.found += " (" + said + ")";
  return found;
}

fault host_process::how_it_ended() {
  constexpr const char* expected = "that it goes on running";
  constexpr const char* forbidden = "that a plugin leaves the system alone";
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG) != 0 || info.si_pid != pid_)
    return {"ended for a cause that nobody told", expected};
  const int status = info.si_status;
  if (info.si_code != CLD_EXITED) {
    if (status == SIGXCPU)
      return {"used " + std::to_string(limits_.cpu_time.count()) + " s of CPU time and gave no answer",
              "answers, or that it rests"};
    // With all signals blocked, as the C library has them while it starts a program, the process cannot say which.
    return {"was killed by " + name_of_signal(status), status == SIGSYS ? forbidden : expected};
  }
  if (status == wire::ended_out_of_memory)
    return {"ran out of memory", "that " + std::to_string(limits_.memory_mib) + " MiB are enough"};
  const auto call = static_cast<std::size_t>(status - wire::ended_by_call);
  if (status >= wire::ended_by_call && call < wire::forbidden_calls.size())
    return {"called " + std::string(wire::forbidden_calls[call]) + "(), and was ended for it", forbidden};
  return {"ended with status " + std::to_string(status), expected};
}

std::string host_process::last_words() {
  std::string said;
  std::array<char, 4'096> some{};
  for (ssize_t count = 0; (count = ::read(words_.number(), some.data(), some.size())) > 0;)
    said.append(some.data(), static_cast<std::size_t>(count));
  while (said.ends_with('\n')) said.pop_back();
  said.erase(0, said.rfind('\n') + 1);
  return said.empty() ? said : "its last words: " + quoted_excerpt(said);
}

}  // namespace demur::plugin
