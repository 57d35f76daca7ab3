#include "demurd/process.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <functional>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace demur::server_program {
namespace {

/// Runs `life` in a process of its own, which says through a pipe where it is; `signals` sends it what it gets.
/// The exit code.
int exit_of(const std::function<void(int say)>& life, const std::function<void(pid_t, int heard)>& signals) {
  int ends[2];
  BOOST_REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    life(ends[1]);
    _exit(42);
  }
  close(ends[1]);
  signals(child, ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  close(ends[0]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void say(int to) { BOOST_REQUIRE(write(to, "x", 1) == 1); }
void hear(int from) {
  char any = 0;
  BOOST_REQUIRE(read(from, &any, 1) == 1);
}
void hang() { std::this_thread::sleep_for(std::chrono::minutes(1)); }

BOOST_AUTO_TEST_SUITE(signals)

BOOST_AUTO_TEST_CASE(the_first_signal_ends_the_wait_and_the_second_the_process) {
  const auto life = [](int to) {
    stop_signals taken;
    taken.expect_requests();
    say(to);
    if (taken.wait() != SIGINT) _exit(43);
    say(to);
    hang();
  };
  const int code = exit_of(life, [](pid_t child, int from) {
    hear(from);
    kill(child, SIGINT);
    hear(from);
    kill(child, SIGTERM);
  });
  BOOST_TEST(code == 1);
}

BOOST_AUTO_TEST_CASE(a_signal_before_requests_are_expected_ends_a_start_that_hangs) {
  const auto life = [](int to) {
    stop_signals taken;
    say(to);
    hang();
  };
  const int code = exit_of(life, [](pid_t child, int from) {
    hear(from);
    kill(child, SIGTERM);
  });
  BOOST_TEST(code == 0);
}

BOOST_AUTO_TEST_CASE(without_a_signal_it_goes_out_of_scope) {
  const auto life = [](int) {
    { const stop_signals taken; }
    {
      stop_signals taken;
      taken.expect_requests();
    }
    _exit(0);
  };
  BOOST_TEST(exit_of(life, [](pid_t, int) {}) == 0);
}

BOOST_AUTO_TEST_CASE(a_lost_client_and_a_full_file_do_not_end_the_process) {
  const auto life = [](int to) {
    ignore_harmless_signals();
    say(to);
    raise(SIGPIPE);
    raise(SIGXFSZ);
    _exit(0);
  };
  BOOST_TEST(exit_of(life, [](pid_t, int from) { hear(from); }) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::server_program
