#include "filters.hpp"

#include "plugin/wire.hpp"

#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <signal.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace demur::plugin_host_program {

namespace {

using conditions = std::vector<scmp_arg_cmp>;

scmp_arg_cmp is(unsigned argument, scmp_datum_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp is_not(unsigned argument, scmp_datum_t value) { return {argument, SCMP_CMP_NE, value, 0}; }
/// Of the bits of `mask`, exactly `value` are set.
scmp_arg_cmp has(unsigned argument, scmp_datum_t mask, scmp_datum_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

/// Memory, time, threads and an end.
constexpr std::initializer_list<const char*> thinking = {"brk",
                                                         "mmap",
                                                         "munmap",
                                                         "mremap",
                                                         "mprotect",
                                                         "madvise",
                                                         "futex",
                                                         "set_robust_list",
                                                         "get_robust_list",
                                                         "rseq",
                                                         "membarrier",
                                                         "sched_yield",
                                                         "set_tid_address",
                                                         "sigaltstack",
                                                         "rt_sigprocmask",
                                                         "rt_sigreturn",
                                                         "restart_syscall",
                                                         "clock_gettime",
                                                         "clock_getres",
                                                         "gettimeofday",
                                                         "time",
                                                         "times",
                                                         "nanosleep",
                                                         "clock_nanosleep",
                                                         "getrusage",
                                                         "getcpu",
                                                         "sched_getaffinity",
                                                         "sysinfo",
                                                         "uname",
                                                         "getrandom",
                                                         "getpid",
                                                         "gettid",
                                                         "getppid",
                                                         "getuid",
                                                         "geteuid",
                                                         "getgid",
                                                         "getegid",
                                                         "exit",
                                                         "exit_group"};

constexpr std::initializer_list<const char*> loading = {
    "read",       "readv",      "pread64", "lseek",    "close",      "fstat",     "stat",       "lstat",
    "newfstatat", "statx",      "statfs",  "fstatfs",  "access",     "faccessat", "faccessat2", "readlink",
    "readlinkat", "getdents64", "getcwd",  "recvfrom", "arch_prctl", "seccomp"};

/// A filter that is being made. What goes wrong is remembered.
class filter {
public:
  filter() : made_(::seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
    // For what is called as another machine would, the numbers mean other calls. Threads that are there already obey too.
    // We have given up new rights ourselves.
    for (const auto& [what, value] : {std::pair{SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS},
                                      {SCMP_FLTATR_CTL_TSYNC, 1U},
                                      {SCMP_FLTATR_CTL_NNP, 0U},
                                      {SCMP_FLTATR_CTL_OPTIMIZE, 2U}})
      keep(made_ ? ::seccomp_attr_set(made_, what, value) : -ENOMEM);
  }
  filter(const filter&) = delete;
  filter& operator=(const filter&) = delete;
  ~filter() { ::seccomp_release(made_); }

  void add(std::uint32_t action, const char* call, const conditions& where = {}) {
    const int number = ::seccomp_syscall_resolve_name(call);
    // Not every machine has every call.
    if (number == __NR_SCMP_ERROR || wrong_ != 0) return;
    keep(::seccomp_rule_add_array(made_, action, number, static_cast<unsigned>(where.size()), where.data()));
  }
  void allow(const char* call, const conditions& where = {}) { add(SCMP_ACT_ALLOW, call, where); }
  void allow_all(std::initializer_list<const char*> calls) {
    for (const char* call : calls) allow(call);
  }
  void forbid(const char* call, const conditions& where = {}) { add(SCMP_ACT_TRAP, call, where); }

  bool load() {
    if (wrong_ == 0) keep(::seccomp_load(made_));
    errno = -wrong_;
    return wrong_ == 0;
  }

private:
  void keep(int code) {
    if (wrong_ == 0 && code < 0) wrong_ = code;
  }

  scmp_filter_ctx made_;
  int wrong_ = 0;
};

/// Signals to this very process are its own affair; threads are not processes.
void forbid_calls(filter& rules) {
  const auto self = static_cast<scmp_datum_t>(::getpid());
  for (const char* call : plugin::wire::forbidden_calls) {
    const bool by_process = std::strcmp(call, "kill") == 0 || std::strcmp(call, "tgkill") == 0;
    if (by_process) {
      rules.allow(call, {is(0, self)});
      rules.forbid(call, {is_not(0, self)});
    } else if (std::strcmp(call, "clone") == 0) {
      rules.allow(call, {has(0, CLONE_THREAD, CLONE_THREAD)});
      rules.forbid(call, {has(0, CLONE_THREAD, 0)});
    } else {
      rules.forbid(call);
    }
  }
}

void allow_common(filter& rules) {
  rules.allow_all(thinking);
  rules.allow("prctl", {is(0, PR_SET_NAME)});
  for (const int end : {STDOUT_FILENO, STDERR_FILENO, plugin::wire::channel})
    for (const char* call : {"write", "writev"}) rules.allow(call, {is(0, static_cast<scmp_datum_t>(end))});
  // Its flags lie in memory, where no filter sees them; the C library then takes clone.
  rules.add(SCMP_ACT_ERRNO(ENOSYS), "clone3");
  rules.allow("sendto", {is(0, plugin::wire::channel)});
}

/// Of wire::forbidden_calls, in their order.
std::array<int, plugin::wire::forbidden_calls.size()> forbidden_numbers;
static_assert(plugin::wire::ended_by_call + plugin::wire::forbidden_calls.size() <= 256, "the status is a byte");

void leave_for(int, siginfo_t* what, void*) {
  for (std::size_t i = 0; i < forbidden_numbers.size(); ++i)
    if (forbidden_numbers[i] == what->si_syscall) ::_exit(plugin::wire::ended_by_call + static_cast<int>(i));
  ::_exit(EXIT_FAILURE);
}

}  // namespace

bool watch_forbidden_calls() {
  for (std::size_t i = 0; i < forbidden_numbers.size(); ++i)
    forbidden_numbers[i] = ::seccomp_syscall_resolve_name(plugin::wire::forbidden_calls[i]);
  struct sigaction how {};
  how.sa_sigaction = leave_for;
  how.sa_flags = SA_SIGINFO;
  return ::sigaction(SIGSYS, &how, nullptr) == 0;
}

bool allow_loading() {
  filter rules;
  allow_common(rules);
  rules.allow_all(loading);
  forbid_calls(rules);
  constexpr scmp_datum_t writes = O_ACCMODE | O_CREAT | O_TRUNC;
  rules.allow("open", {has(1, writes, O_RDONLY)});
  rules.allow("openat", {has(2, writes, O_RDONLY)});
  // To be read only: a limit could be raised again.
  rules.allow("prlimit64", {is(2, 0)});
  return rules.load();
}

bool allow_thinking() {
  filter rules;
  allow_common(rules);
  // What the first filter forbids stays forbidden.
  rules.allow_all({"clone", "kill", "tgkill"});
  for (const char* call : {"read", "recvfrom"}) rules.allow(call, {is(0, plugin::wire::channel)});
  return rules.load();
}

}  // namespace demur::plugin_host_program
