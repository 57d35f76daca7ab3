#pragma once

#include "domain/by_text.hpp"

#include <demur/types.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace demur::pipeline {

/// Delays, of which the newest are kept.
class recent_delays {
public:
  void add(std::chrono::steady_clock::duration delay);
  std::int64_t count() const { return count_; }
  const std::vector<float>& newest_ms() const { return newest_ms_; }

private:
  static constexpr std::size_t most = 4'096;
  std::int64_t count_ = 0;
  std::vector<float> newest_ms_;  ///< a ring, in no order
};

/// How long dislikes wait until they are felt, since the process started. Callable from any thread. A dislike waits for an
/// answer to its user as long as it is among the newest 100,000; then it counts in no time to effect.
class effect_times {
public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr std::size_t most_waiting = 100'000;

  /// The dislike is committed: from now on every answer reflects it.
  void committed(const std::string& user_id, id dislike_id, time_point accepted_at, time_point now);
  /// An answer to the user reflects his dislikes up to this one.
  void answered(const std::string& user_id, id newest_dislike_id, time_point now);

  delay_figures time_to_visible() const;
  delay_figures time_to_effect() const;

private:
  delay_figures figures(const recent_delays& of) const;
  struct waiting {
    id dislike_id = 0;
    time_point accepted_at;
  };

  mutable std::mutex lock_;
  std::atomic<std::size_t> users_waiting_ = 0;    ///< most answers are to users who have nothing to wait for
  by_text<std::deque<waiting>> waiting_;          ///< by user, in the order of their ids
  std::deque<std::pair<std::string, id>> order_;  ///< of all that came, answered or not
  recent_delays visible_, effect_;
};

}  // namespace demur::pipeline
