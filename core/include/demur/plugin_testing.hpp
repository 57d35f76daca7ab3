#pragma once

#include <demur/plugin.h>
#include <demur/plugin_testing_host.hpp>
#include <demur/plugin_testing_values.hpp>

#include <cmath>
#include <exception>
#include <initializer_list>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

/// Tests a strategy without a server and without a framework: a plain program, built of the plugin's sources and this
/// (`demur_add_plugin_test` of the CMake package does it), whose exit code tells.
///
///     #include <demur/plugin_testing.hpp>
///
///     using demur::testing::dislike;
///
///     static void each_genre_counts_for_less() {
///       demur::testing::host host(demur_plugin_entry(), R"({"factor": 0.25})");
///       const auto answer = host.adjust(dislike().user("ann").genres({"Horror", "Thriller"}));
///       DEMUR_CHECK(answer.magnitude("genre:Horror") == -0.25);
///       DEMUR_CHECK_EQUAL(answer.in_words(), "genre:Horror -0.25; genre:Thriller -0.25");
///     }
///
///     int main() { return demur::testing::run({each_genre_counts_for_less}); }
///
/// Not thread-safe.
namespace demur::testing {

/// Numbers that differ in nothing but rounding.
inline bool near(double left, double right, double tolerance = 1e-9) { return std::abs(left - right) <= tolerance; }

/// Does a sentence say that?
inline bool contains(std::string_view sentence, std::string_view part) {
  return sentence.find(part) != std::string_view::npos;
}

namespace detail {

struct tally {
  int checks = 0;
  int failures = 0;
};
inline tally& counted() {
  static tally all;
  return all;
}

/// Counts a check and tells one that failed; `more` is said beside the expression.
inline void check(bool good, const char* expression, const char* file, int line, const std::string& more = "") {
  ++counted().checks;
  if (good) return;
  ++counted().failures;
  std::cerr << file << ":" << line << ": failed: " << expression << more << std::endl;
}

template <class Found, class Expected>
void check_equal(const Found& found, const Expected& expected, const char* expression, const char* file, int line) {
  std::ostringstream more;
  more.precision(17);
  more << std::boolalpha << "\n  found:    " << found << "\n  expected: " << expected;
  check(found == expected, expression, file, line, more.str());
}

}  // namespace detail

/// Runs the tests, one after the other; what one throws is a failure of its own. What main() returns: 0 if all held, and
/// there was something to hold.
inline int run(std::initializer_list<void (*)()> tests) {
  auto& all = detail::counted();
  for (const auto test : tests) {
    try {
      test();
    } catch (const std::exception& thrown) {
      ++all.failures;
      std::cerr << "a test ended early: " << thrown.what() << std::endl;
    }
  }
  std::cout << tests.size() << " tests, " << all.checks << " checks, " << all.failures << " failures" << std::endl;
  if (all.checks == 0) std::cerr << "nothing was checked" << std::endl;
  return all.failures == 0 && all.checks > 0 ? 0 : 1;
}

}  // namespace demur::testing

/// Something that must be true.
#define DEMUR_CHECK(...) \
  ::demur::testing::detail::check(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
/// Two things that must be equal; says both if they are not.
#define DEMUR_CHECK_EQUAL(found, expected) \
  ::demur::testing::detail::check_equal(found, expected, #found " == " #expected, __FILE__, __LINE__)
