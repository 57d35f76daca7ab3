#include "pipeline/effect_times.hpp"

#include <algorithm>

namespace demur::pipeline {

void recent_delays::add(std::chrono::steady_clock::duration delay) {
  const float ms = std::chrono::duration<float, std::milli>(delay).count();
  if (newest_ms_.size() < most)
    newest_ms_.push_back(ms);
  else
    newest_ms_[static_cast<std::size_t>(count_) % most] = ms;
  ++count_;
}

delay_figures effect_times::figures(const recent_delays& of) const {
  delay_figures made;
  std::vector<float> sorted;
  {
    const std::scoped_lock one_at_a_time(lock_);
    made.count = of.count();
    sorted = of.newest_ms();
  }
  if (sorted.empty()) return made;
  std::sort(sorted.begin(), sorted.end());
  const auto quantile = [&](std::size_t percent) {
    return static_cast<double>(sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)]);
  };
  made.p50_ms = quantile(50);
  made.p99_ms = quantile(99);
  return made;
}

void effect_times::committed(const std::string& user_id, id dislike_id, time_point accepted_at, time_point now) {
  const std::scoped_lock one_at_a_time(lock_);
  visible_.add(now - accepted_at);
  if (order_.size() >= most_waiting) {
    const auto& [oldest_user, oldest] = order_.front();
    const auto found = waiting_.find(oldest_user);
    if (found != waiting_.end() && found->second.front().dislike_id == oldest) {
      found->second.pop_front();
      if (found->second.empty()) waiting_.erase(found);
    }
    order_.pop_front();
  }
  waiting_[user_id].push_back({dislike_id, accepted_at});
  order_.emplace_back(user_id, dislike_id);
  users_waiting_ = waiting_.size();
}

void effect_times::answered(const std::string& user_id, id newest_dislike_id, time_point now) {
  if (users_waiting_ == 0) return;
  const std::scoped_lock one_at_a_time(lock_);
  const auto found = waiting_.find(user_id);
  if (found == waiting_.end()) return;
  auto& waits = found->second;
  for (; !waits.empty() && waits.front().dislike_id <= newest_dislike_id; waits.pop_front())
    effect_.add(now - waits.front().accepted_at);
  if (found->second.empty()) waiting_.erase(found);
  users_waiting_ = waiting_.size();
}

delay_figures effect_times::time_to_visible() const { return figures(visible_); }

delay_figures effect_times::time_to_effect() const { return figures(effect_); }

}  // namespace demur::pipeline
