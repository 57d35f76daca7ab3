#include "plugin/failure_window.hpp"

#include <algorithm>

namespace demur::plugin {

void failure_window::failed(time at) {
  while (!failures_.empty() && failures_.front() + policy_.within <= at) failures_.pop_front();
  quarantined_ = static_cast<std::int64_t>(failures_.size()) >= policy_.max_failures;
  if (quarantined_) {
    failures_.clear();
    next_ = policy_.quarantine.count() == 0 ? time::max() : at + policy_.quarantine;
    return;
  }
  failures_.push_back(at);
  std::chrono::milliseconds delay = std::min(policy_.first_delay, longest_delay);
  for (std::size_t i = 1; i < failures_.size() && delay < longest_delay; ++i)
    delay = std::min(2 * delay, longest_delay);
  next_ = at + delay;
}

}  // namespace demur::plugin
