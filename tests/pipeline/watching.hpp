#pragma once

#include "pipeline/counting.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

namespace demur::testing {

/// Looks after each dislike whether a retrain is due.
struct watching : counting {
  /// With which rule a retrain is due after this dislike; empty: it is not. Both ways to ask must agree.
  std::string rule_after(const said& what) {
    const auto why = due_after(what);
    return why ? why->rule : std::string();
  }
  std::optional<retrain_cause> due_after(const said& what) {
    const auto why = state.retrain_due(count(what));
    BOOST_TEST(why.has_value() == state.retrain_due().has_value());
    return why;
  }
  /// The rule with the last of `times` of it; before that none may hold.
  std::string rule_of(int times, const said& what) {
    for (int i = 1; i < times; ++i) BOOST_TEST(rule_after(what) == "");
    return rule_after(what);
  }
  std::string rule_of_users(int users, said what, const std::string& prefix = "user ") {
    std::string last;
    for (int i = 0; i < users; ++i) {
      BOOST_TEST(last == "");
      what.user = prefix + std::to_string(i);
      last = rule_after(what);
    }
    return last;
  }
  /// A catalogue in which one in twenty is Horror.
  void put_horror() {
    put(film(1, {"Horror"}));
    put_others(19);
  }
};

}  // namespace demur::testing
