#pragma once

#include "pipeline/dislike_stream.hpp"
#include "pipeline/pattern_state.hpp"

#include <demur/settings.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demur::testing {

inline const std::vector<std::string> five_reasons = {"already_watched", "franchise_fatigue", "not_interested",
                                                      "poor_quality", "wrong_genre"};

/// Counts over all users, with dislikes to feed them.
struct counting {
  settings chosen;
  dislike_stream stream;
  pipeline::pattern_state state{chosen, five_reasons};

  /// After a change to `chosen`.
  void restart() { state = pipeline::pattern_state(chosen, five_reasons); }

  case_entry count(const said& what) {
    case_entry entry = stream.next(what);
    state.count(entry);
    return entry;
  }
  /// What is found with the last of `times` of the same dislike.
  std::vector<pattern> say(const said& what, int times = 1) {
    case_entry last;
    for (int i = 0; i < times; ++i) last = count(what);
    return patterns_of(last);
  }
  std::vector<pattern> patterns_of(const case_entry& entry) const {
    std::vector<pattern> found;
    state.find_patterns(entry, found);
    return found;
  }
  /// The same of `users` users, one each.
  std::vector<pattern> crowd(int users, said what, const std::string& prefix = "user ") {
    std::vector<pattern> last;
    for (int i = 0; i < users; ++i) {
      what.user = prefix + std::to_string(i);
      last = say(what);
    }
    return last;
  }
  void put(const movie& row) { state.shown().put_movie(nullptr, row); }
  /// `count` movies without a feature in common with others.
  void put_others(int count) {
    for (int i = 0; i < count; ++i) put(film(1'000 + i, {"Other"}));
  }
};

inline const pattern* find(const std::vector<pattern>& found, std::string_view user, std::string_view type,
                           std::string_view value) {
  const auto place = std::find_if(found.begin(), found.end(), [&](const pattern& one) {
    return one.user_id == user && one.pattern_type == type && one.pattern_value == value;
  });
  return place == found.end() ? nullptr : &*place;
}

inline severity grade(const std::vector<pattern>& found, std::string_view user, std::string_view type,
                      std::string_view value) {
  const pattern* one = find(found, user, type, value);
  return one ? one->severity : severity::none;
}

}  // namespace demur::testing
