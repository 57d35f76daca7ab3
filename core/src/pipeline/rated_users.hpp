#pragma once

#include <demur/types.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace demur::pipeline {

/// Who has rated something since somebody looked last. Callable from any thread. Holds at most `most` users; beyond that it
/// only knows that it may have been anybody.
class rated_users {
public:
  static constexpr std::size_t most = 100'000;

  struct noted {
    std::set<std::string> users;
    bool anybody = false;  ///< more than `users`, nobody knows who
  };

  /// Nobody looks: nothing is noted.
  void want(bool wanted) { wanted_ = wanted; }

  /// After the commit.
  void note(const std::vector<user_rating>& ratings) {
    if (!wanted_) return;
    const std::scoped_lock one_at_a_time(lock_);
    for (const user_rating& row : ratings) {
      if (noted_.users.size() >= most) noted_.anybody = true;
      if (noted_.anybody) return;
      noted_.users.insert(row.user_id);
    }
  }

  noted take() {
    const std::scoped_lock one_at_a_time(lock_);
    return std::exchange(noted_, {});
  }

private:
  std::atomic<bool> wanted_ = false;
  std::mutex lock_;
  noted noted_;
};

}  // namespace demur::pipeline
