#include "sandbox.hpp"

#include "filters.hpp"
#include "plugin/wire.hpp"

#include <linux/capability.h>
#include <malloc.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <signal.h>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

// Sanitizers keep their shadow in terabytes of address space, and take signals for themselves that are to be seen as what
// they are.
#if defined(__SANITIZE_ADDRESS__)
#define DEMUR_IS_INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DEMUR_IS_INSTRUMENTED 1
#endif
#endif
#ifdef DEMUR_IS_INSTRUMENTED
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  // No symbols in its report, for which another program is run, and no search for leaks, for which threads are traced.
  return "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:symbolize=0:detect_leaks=0";
}
#endif

namespace demur::plugin_host_program {

namespace {

void must(bool worked, const char* what) {
  if (worked) return;
  const std::string words = std::string("the sandbox cannot be closed: ") + what + ": " + std::strerror(errno) + "\n";
  (void)!::write(STDERR_FILENO, words.data(), words.size());
  ::_exit(plugin::wire::ended_without_sandbox);
}

void limit(decltype(RLIMIT_AS) resource, rlim_t most, const char* what) {
  const rlimit both{most, most};
  must(::setrlimit(resource, &both) == 0, what);
}

/// A signal at the death of a parent would come when the thread is gone that started this process. A pipe breaks with the
/// whole server, and the system can be told to kill who holds its end; the plugin cannot be in the way of that.
void die_with_the_server() {
  must(::fcntl(plugin::wire::lifeline, F_SETOWN, ::getpid()) == 0 &&
           ::fcntl(plugin::wire::lifeline, F_SETSIG, SIGKILL) == 0 &&
           ::fcntl(plugin::wire::lifeline, F_SETFL, O_ASYNC) == 0,
       "the lifeline");
  pollfd asked{plugin::wire::lifeline, POLLIN, 0};
  if (::poll(&asked, 1, 0) != 0) ::_exit(plugin::wire::ended_in_order);
}

/// The server may be root; then a file that is not root's own is none of the plugin's either.
void drop_capabilities() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  must(::syscall(SYS_capset, &head, none) == 0, "capset");
}

}  // namespace

void lock_up(std::uint64_t memory_mib) {
  die_with_the_server();
  must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
  drop_capabilities();

  // The server has the first word on the processors.
  constexpr int politeness = 5;
  must(::setpriority(PRIO_PROCESS, 0, politeness) == 0, "setpriority");

  // A leak ends here, and a new process begins without it; as an exception it would fail every dislike from now on.
  std::set_new_handler([] { ::_exit(plugin::wire::ended_out_of_memory); });
  // Each arena reserves 64 MiB of what may be taken; and no plugin needs more than two.
  ::mallopt(M_ARENA_MAX, 2);
#ifndef DEMUR_IS_INSTRUMENTED
  constexpr int mebibyte = 20;
  limit(RLIMIT_AS, rlim_t{memory_mib} << mebibyte, "RLIMIT_AS");
#else
  (void)memory_mib;
#endif
  limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
  limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE");
  constexpr rlim_t descriptors = 32;  // a library opens one after another
  limit(RLIMIT_NOFILE, descriptors, "RLIMIT_NOFILE");

  must(watch_forbidden_calls(), "sigaction");
  must(allow_loading(), "the filter for loading");
}

void close_the_door() { must(allow_thinking(), "the filter for thinking"); }

}  // namespace demur::plugin_host_program
