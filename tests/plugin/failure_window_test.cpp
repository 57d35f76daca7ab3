#include "plugin/failure_window.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace demur::plugin {
namespace {

using namespace std::chrono_literals;
using time = failure_window::time;

constexpr time start = time(1'000h);

/// Whether it may be tried from then on, and not a moment before.
bool waits_until(const failure_window& window, time then) {
  return window.may_try(then) && !window.may_try(then - 1ns);
}

BOOST_AUTO_TEST_SUITE(failure_windows)

BOOST_AUTO_TEST_CASE(what_never_failed_may_be_tried) {
  const failure_window window({});
  BOOST_TEST(window.may_try(start));
  BOOST_TEST(window.may_try(time::min()));
  BOOST_TEST(!window.is_quarantined());
}

BOOST_AUTO_TEST_CASE(the_delay_doubles_up_to_five_seconds) {
  failure_window window({.max_failures = 100, .within = 1h, .quarantine = 0ms, .first_delay = 100ms});
  time now = start;
  for (const auto delay : {100ms, 200ms, 400ms, 800ms, 1'600ms, 3'200ms, 5'000ms, 5'000ms}) {
    window.failed(now);
    BOOST_TEST(waits_until(window, now + delay), delay.count());
    now += delay;
  }
}

BOOST_AUTO_TEST_CASE(a_delay_longer_than_the_longest_is_cut) {
  failure_window window({.first_delay = 1h});
  window.failed(start);
  BOOST_TEST(waits_until(window, start + 5s));
}

BOOST_AUTO_TEST_CASE(one_failure_more_than_are_borne_is_a_quarantine) {
  failure_window window({.max_failures = 2, .within = 60s, .quarantine = 5min, .first_delay = 100ms});
  window.failed(start);
  window.failed(start + 1s);
  BOOST_TEST(!window.is_quarantined());
  window.failed(start + 2s);
  BOOST_TEST(window.is_quarantined());
  BOOST_TEST(waits_until(window, start + 2s + 5min));
}

BOOST_AUTO_TEST_CASE(failures_count_no_longer_than_the_window) {
  failure_window window({.max_failures = 2, .within = 60s, .quarantine = 5min, .first_delay = 100ms});
  window.failed(start);
  window.failed(start + 30s);
  window.failed(start + 60s);  // the first is gone by then
  BOOST_TEST(!window.is_quarantined());
  BOOST_TEST(waits_until(window, start + 60s + 200ms));
  window.failed(start + 90s - 1ns);
  BOOST_TEST(window.is_quarantined());
}

BOOST_AUTO_TEST_CASE(after_a_quarantine_it_counts_from_nothing) {
  failure_window window({.max_failures = 1, .within = 1h, .quarantine = 5min, .first_delay = 100ms});
  window.failed(start);
  window.failed(start);
  BOOST_TEST(window.is_quarantined());
  const time later = start + 5min;
  window.failed(later);
  BOOST_TEST(!window.is_quarantined());
  BOOST_TEST(waits_until(window, later + 100ms));
}

BOOST_AUTO_TEST_CASE(a_quarantine_of_no_length_is_for_good) {
  failure_window window({.max_failures = 0, .within = 60s, .quarantine = 0ms, .first_delay = 100ms});
  window.failed(start);
  BOOST_TEST(window.is_quarantined());
  BOOST_TEST(!window.may_try(start + 10'000h));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::plugin
