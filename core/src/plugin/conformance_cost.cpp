#include "plugin/conformance_steps.hpp"
#include "plugin/trial_dislikes.hpp"

#include <malloc.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <thread>

// Of a sanitizer's run-time library, if there is one: then malloc is not the C library's, and mallinfo2 knows nothing.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

namespace demur::plugin {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr std::size_t rows_at_once = 200;
constexpr std::size_t leak_calls = 20'000;
constexpr std::size_t warm_up_calls = 1'000;
constexpr auto longest_search = 1s;
/// What buffers may still grow by once they are warm.
constexpr std::ptrdiff_t growth_allowed = 32 * 1'024;
constexpr std::size_t leak_lives = 200;
constexpr std::ptrdiff_t growth_of_lives_allowed = 2 * 1'024;

std::ptrdiff_t allocated_bytes() {
  if (__sanitizer_get_current_allocated_bytes)
    return static_cast<std::ptrdiff_t>(__sanitizer_get_current_allocated_bytes());
  const struct mallinfo2 info = ::mallinfo2();
  return static_cast<std::ptrdiff_t>(info.uordblks + info.hblkhd);
}

std::size_t count_threads() {
  std::error_code unreadable;
  const std::filesystem::directory_iterator tasks("/proc/self/task", unreadable);
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

/// Dislikes and the pointers to them that a strategy is asked with.
class question {
public:
  question(std::size_t count, const std::string& reason) : rows_(trial_dislikes(count, reason)) {
    for (const dislike& row : rows_) pointers_.push_back(&row);
  }

  void put_to(strategy& asked) const {
    asked.ask(pointers_, offered_);
    (void)asked.answers();
  }
  std::size_t size() const { return rows_.size(); }

private:
  std::vector<dislike> rows_;
  std::vector<const dislike*> pointers_;
  services offered_ = trial_services();
};

/// Puts the question until there were so many calls or the time is over. Returns how many there were.
std::size_t put_often(const question& asked, strategy& strategy, std::size_t calls) {
  const auto began = steady::now();
  std::size_t made = 0;
  for (; made < calls && steady::now() - began < longest_search; made += asked.size()) asked.put_to(strategy);
  return made;
}

void live(const test_subject& subject, std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) {
    trial_host host;
    const trial_instance made(subject.entry(), host, subject.options.config);
  }
}

std::string in_bytes(std::ptrdiff_t bytes) { return std::to_string(bytes) + " bytes"; }

}  // namespace

finding check_threads(test_subject& subject) {
  const std::size_t before = count_threads();
  {
    auto made = make_strategy(subject);
    if (!made) return fail(fault_of(made.problem()));
    question(20, subject.reason).put_to(**made);
  }
  // One that was waited for may show for a moment more.
  std::size_t after = count_threads();
  for (int i = 0; i < 20 && after > before; ++i, after = count_threads()) std::this_thread::sleep_for(2ms);
  if (after > before)
    return note({"leaves " + std::to_string(after - before) + " more threads behind after destroy()",
                 "as many threads as before"});
  return pass("leaves no thread behind");
}

finding check_leaks(test_subject& subject) {
  auto made = make_strategy(subject);
  if (!made) return fail(fault_of(made.problem()));
  const question asked(rows_at_once, subject.reason);
  put_often(asked, **made, warm_up_calls);
  const std::ptrdiff_t before = allocated_bytes();
  const std::size_t calls = put_often(asked, **made, leak_calls);
  const std::ptrdiff_t growth = allocated_bytes() - before;
  if (growth > growth_allowed)
    return fail({"took " + in_bytes(growth) + " in " + std::to_string(calls) + " calls and did not give them back",
                 "at most " + in_bytes(growth_allowed)});

  live(subject, leak_lives);
  const std::ptrdiff_t before_lives = allocated_bytes();
  live(subject, leak_lives);
  const std::ptrdiff_t growth_of_lives = allocated_bytes() - before_lives;
  if (growth_of_lives > growth_of_lives_allowed)
    return fail({"took " + in_bytes(growth_of_lives) + " in " + std::to_string(leak_lives) +
                     " times create() and destroy() and did not give them back",
                 "at most " + in_bytes(growth_of_lives_allowed)});
  return pass("took " + in_bytes(std::max<std::ptrdiff_t>(growth, 0)) + " in " + std::to_string(calls) + " calls");
}

finding check_speed(test_subject& subject) {
  auto made = make_strategy(subject);
  if (!made) return fail(fault_of(made.problem()));
  const question asked(rows_at_once, subject.reason);
  std::array<double, 5> runs{};
  for (double& one : runs) {
    const auto began = steady::now();
    asked.put_to(**made);
    one = std::chrono::duration<double, std::nano>(steady::now() - began).count() / static_cast<double>(asked.size());
  }
  std::ranges::nth_element(runs, runs.begin() + runs.size() / 2);
  const auto median = static_cast<std::int64_t>(runs[runs.size() / 2]);
  fault found{"takes " + std::to_string(median) + " ns for a dislike", "at most 1000000 ns"};
  constexpr std::int64_t slowest = 1'000'000;
  return median > slowest ? fail(std::move(found)) : note({std::move(found.found), {}});
}

}  // namespace demur::plugin
