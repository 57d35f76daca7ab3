#include "plugin/isolated.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

// Whatever a plugin does to its process: this one goes on, says what happened and starts it again.
namespace demur::plugin {
namespace {

using namespace std::chrono_literals;
using boost::test_tools::per_element;

const std::string villain_in_words = "plugin villain 6.6.7 (plugins/villain.so) ";

std::string does(const std::string& deed) { return R"({"does": ")" + deed + "\"}"; }

/// The sentence of what it answers; `answered` if it does.
std::string sentence(strategy& asked, const std::string& text) {
  const auto said = asked.adjust(saying(text));
  return said ? "answered" : said.problem().detail;
}

/// The villain does it, and breaks down with a sentence that goes on so. Then it is started again and answers.
void breaks_down(const std::string& deed, const std::string& found) {
  const auto villain = isolated("villain");
  const dislike row = saying(deed);
  const dislike other = saying("");
  const std::vector<const dislike*> rows = {&other, &row, &other};
  villain->ask(rows, {});
  for (const auto& said : villain->answers()) {
    BOOST_REQUIRE_MESSAGE(!said, deed << " was let through");
    BOOST_TEST((said.problem().code == error_code::unavailable));
    BOOST_TEST(said.problem().detail.starts_with(villain_in_words + found), said.problem().detail);
  }
  BOOST_TEST(villain->figures().failures() == 1);
  BOOST_TEST((villain->state() == strategy_state::resting));
  const std::string meanwhile = sentence(*villain, "");
  const std::string since = found.substr(0, found.find(';'));
  BOOST_TEST(meanwhile.starts_with(villain_in_words + "is not running, as it " + since), meanwhile);
  BOOST_TEST(comes_to(*villain, strategy_state::serving), deed);
  BOOST_TEST(sentence(*villain, "") == "answered");
}

/// The villain does it, and nothing comes of it but this error of that one row.
void is_denied(const std::string& deed, const std::string& found) {
  const auto villain = isolated("villain");
  const auto said = villain->adjust(saying(deed));
  BOOST_REQUIRE_MESSAGE(!said, deed << " was let through");
  BOOST_TEST((said.problem().code == error_code::internal));
  BOOST_TEST(said.problem().detail.find(found) != std::string::npos, said.problem().detail);
  BOOST_TEST((villain->state() == strategy_state::serving));
  BOOST_TEST(sentence(*villain, "") == "answered");
}

void passes(const std::string& deed) {
  const auto villain = isolated("villain");
  BOOST_TEST(sentence(*villain, deed) == "answered", deed);
  BOOST_TEST(sentence(*villain, "") == "answered");
}

BOOST_AUTO_TEST_SUITE(breakdowns)

BOOST_AUTO_TEST_CASE(a_process_that_ends_is_said_to_have_ended_so) {
  breaks_down("crash", "was killed by SIGSEGV");
  breaks_down("abort", "was killed by SIGABRT");
  breaks_down("exit", "ended with status 7");
  breaks_down("throw in a thread", "was killed by SIGABRT (its last words: \"  what():  out of popcorn\")");
}

BOOST_AUTO_TEST_CASE(a_process_that_does_not_answer_is_stopped_at_the_deadline) {
  for (const char* deed : {"loop", "sleep"}) {
    isolation_options chosen = in_a_hurry();
    chosen.deadline = 100ms;
    const auto villain = isolated("villain", "{}", chosen);
    const auto began = std::chrono::steady_clock::now();
    BOOST_TEST(sentence(*villain, deed) ==
               villain_in_words + "gave no answer in 100 ms, and was stopped; expected one within the deadline.");
    const auto took = std::chrono::steady_clock::now() - began;
    BOOST_TEST((took >= 100ms && took < 5s));
    BOOST_TEST(comes_to(*villain, strategy_state::serving));
  }
}

#ifndef DEMUR_IS_SANITIZED  // where memory has no limit
BOOST_AUTO_TEST_CASE(a_process_that_takes_too_much_memory_ends_and_begins_without_it) {
  breaks_down("take everything", "ran out of memory; expected that 64 MiB are enough.");

  const auto villain = isolated("villain");
  int answered = 0;
  while (answered < 100 && sentence(*villain, "leak") == "answered") ++answered;
  BOOST_TEST(answered > 0);
  BOOST_TEST(answered < 8);
  BOOST_TEST((villain->state() == strategy_state::resting));
  BOOST_TEST(comes_to(*villain, strategy_state::serving));
  BOOST_TEST(sentence(*villain, "leak") == "answered");
}
#endif

BOOST_AUTO_TEST_CASE(a_call_that_no_strategy_makes_by_accident_ends_the_process) {
  const std::string done_for = "(), and was ended for it; expected that a plugin leaves the system alone.";
  breaks_down("open a socket", "called socket" + done_for);
  breaks_down("run a program", "called execve" + done_for);
  breaks_down("run a shell", "was killed by SIGSYS; expected that a plugin leaves the system alone.");
  breaks_down("fork", "called clone" + done_for);
  breaks_down("kill the server", "called kill" + done_for);
  breaks_down("kill everyone", "called kill" + done_for);
}

BOOST_AUTO_TEST_CASE(a_file_cannot_be_opened_once_the_plugin_is_created) {
  is_denied("open a file", "open: Operation not permitted");
  is_denied("write a file", "open: Operation not permitted");
}

BOOST_AUTO_TEST_CASE(a_plugin_that_is_being_created_reads_files_and_does_no_more) {
  BOOST_TEST(refusal_of("villain", does("open a file")) == "created");
  const auto refused = [](const std::string& deed, const std::string& found) {
    const std::string said = refusal_of("villain", does(deed));
    BOOST_TEST(said.find(found) != std::string::npos, deed << ": " << said);
  };
  refused("write a file", "open: Operation not permitted");
  refused("open a socket", "called socket()");
  refused("run a program", "called execve()");
  refused("fork", "called clone()");
  refused("kill the server", "called kill()");
  refused("crash", "plugins/villain.so was killed by SIGSEGV; expected that it goes on running.");
  BOOST_TEST(!std::filesystem::exists("villain_was_here"));
}

BOOST_AUTO_TEST_CASE(a_start_that_takes_too_long_is_given_up) {
  isolation_options chosen = in_a_hurry();
  chosen.start_timeout = 100ms;
  BOOST_TEST(refusal_of("villain", does("sleep"), chosen) ==
             "plugins/villain.so did not start in 100 ms; expected that loading and creating it takes less.");
}

BOOST_AUTO_TEST_CASE(noise_on_every_descriptor_is_no_answer) {
  breaks_down("write everywhere", "sent what is no answer");
}

BOOST_AUTO_TEST_CASE(a_plugin_cannot_close_the_stream_or_fill_the_servers_output) {
  passes("close everything");
  passes("talk without end");
  passes("think in a thread");
}

BOOST_AUTO_TEST_CASE(what_a_plugin_writes_through_its_input_stays_with_it) {
  const auto villain = isolated("villain");
  const dislike row = saying("scribble");
  BOOST_TEST(villain->adjust(row).has_value());
  BOOST_TEST(row.movie_title == "Saw II");
}

BOOST_AUTO_TEST_CASE(a_plugin_that_burns_time_between_answers_is_stopped) {
  isolation_options chosen = in_a_hurry();
  chosen.limits.cpu_time = 1s;
  const auto villain = isolated("villain", "{}", chosen);
  BOOST_TEST(sentence(*villain, "burn in a thread") == "answered");
  BOOST_TEST(comes_to(*villain, strategy_state::resting));
  const std::string found = villain->figures().last_failure();
  BOOST_TEST(found ==
             villain_in_words + "used 1 s of CPU time and gave no answer; expected answers, or that it rests.");
}

BOOST_AUTO_TEST_CASE(a_process_that_somebody_else_kills_is_missed_without_being_asked) {
  std::string told;
  const auto villain =
      isolated("villain", "{}", in_a_hurry(), [&](const strategy&, std::string_view said) { told = said; });
  BOOST_TEST(sentence(*villain, "say who you are") == "answered");
  ::kill(std::stoi(told), SIGKILL);
  BOOST_TEST(comes_to(*villain, strategy_state::resting));
  BOOST_TEST(villain->figures().last_failure().find("was killed by SIGKILL") != std::string::npos);
  BOOST_TEST(comes_to(*villain, strategy_state::serving));
}

BOOST_AUTO_TEST_CASE(nothing_of_the_servers_is_seen) {
  const int leaks = ::open("/dev/null", O_RDONLY);
  BOOST_REQUIRE(leaks > 2);
  ::setenv("DEMUR_TEST_SECRET", "popcorn", 1);
  std::string told;
  (void)isolated("villain", does("look around"), in_a_hurry(),
                 [&](const strategy&, std::string_view said) { told = said; });
  ::close(leaks);
  BOOST_TEST(told == "0 3 and no secret");
}

BOOST_AUTO_TEST_CASE(one_failure_too_many_is_a_quarantine_and_then_it_is_tried_again) {
  isolation_options chosen = in_a_hurry();
  chosen.failures = {.max_failures = 2, .within = 1h, .quarantine = 300ms, .first_delay = 1ms};
  const auto villain = isolated("villain", "{}", chosen);
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(sentence(*villain, "exit").find("ended with status 7") != std::string::npos);
    BOOST_TEST((villain->state() == strategy_state::resting));
    BOOST_TEST(comes_to(*villain, strategy_state::serving));
  }
  (void)sentence(*villain, "exit");
  const auto began = std::chrono::steady_clock::now();
  BOOST_TEST((villain->state() == strategy_state::quarantined));
  BOOST_TEST(sentence(*villain, "") == villain_in_words +
                                           "is quarantined after too many failures; the last time it ended with status "
                                           "7; expected that its process is there.");
  BOOST_TEST(comes_to(*villain, strategy_state::serving));
  BOOST_TEST((std::chrono::steady_clock::now() - began >= 290ms));
  BOOST_TEST(sentence(*villain, "") == "answered");
  BOOST_TEST(villain->figures().failures() == 3);
}

BOOST_AUTO_TEST_CASE(a_quarantine_of_no_length_is_for_good) {
  isolation_options chosen = in_a_hurry();
  chosen.failures = {.max_failures = 0, .within = 1h, .quarantine = 0ms, .first_delay = 1ms};
  const auto villain = isolated("villain", "{}", chosen);
  (void)sentence(*villain, "exit");
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(1ms);
    villain->wake();
  }
  BOOST_TEST((villain->state() == strategy_state::quarantined));
}

BOOST_AUTO_TEST_CASE(what_is_being_started_is_not_asked) {
  const auto villain = isolated("villain");
  (void)sentence(*villain, "exit");
  BOOST_TEST(comes_to(*villain, strategy_state::starting));
  BOOST_TEST(sentence(*villain, "") == villain_in_words +
                                           "is being started again, as it ended with status 7; expected that its "
                                           "process is there.");
  BOOST_TEST(comes_to(*villain, strategy_state::serving));
}

BOOST_AUTO_TEST_CASE(its_end_is_short_whatever_the_plugin_is_doing) {
  auto villain = isolated("villain");
  const dislike row = saying("loop");
  const dislike* const rows[] = {&row};
  villain->ask(rows, {});
  const auto began = std::chrono::steady_clock::now();
  villain.reset();
  BOOST_TEST((std::chrono::steady_clock::now() - began < 2s));
  BOOST_TEST(::waitpid(-1, nullptr, WNOHANG) == -1);  // no child is left, not even a dead one
}

/// Gone, or at least dead: who has no parent any more may wait long for someone to take note.
bool dies(const std::string& pid) {
  for (int i = 0; i < 5'000; ++i) {
    std::ifstream status("/proc/" + pid + "/stat");
    std::string number;
    std::string name;
    std::string state;
    if (!(status >> number >> name >> state) || state == "Z" || state == "X") return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

BOOST_AUTO_TEST_CASE(a_plugin_dies_with_its_server_whatever_it_is_doing) {
  int line[2];
  BOOST_REQUIRE(::pipe(line) == 0);
  const pid_t server = ::fork();
  if (server == 0) {
    const auto villain = isolated("villain", "{}", in_a_hurry(), [&](const strategy&, std::string_view said) {
      (void)!::write(line[1], said.data(), said.size());
    });
    (void)villain->adjust(saying("say who you are"));
    const dislike row = saying("sleep");
    const dislike* const rows[] = {&row};
    villain->ask(rows, {});
    while (true) ::pause();
  }
  char pid[16] = {};
  BOOST_REQUIRE(::read(line[0], pid, sizeof pid - 1) > 0);
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  BOOST_TEST(dies(pid), pid);
  for (const int end : line) ::close(end);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::plugin
