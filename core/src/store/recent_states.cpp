#include "store/recent_states.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace demur::store {

namespace {

const std::vector<feature_state>* find_user(const recent_states::states_by_user& users, std::string_view user_id) {
  const auto found = users.find(user_id);
  return found == users.end() ? nullptr : &found->second;
}

const std::vector<feature_state>* find_user(const std::vector<user_state>& users, std::string_view user_id) {
  const auto found = std::ranges::lower_bound(users, user_id, {},
                                              [](const user_state& user) -> std::string_view { return user.user_id; });
  return found == users.end() || found->user_id != user_id ? nullptr : &found->features;
}

std::vector<feature_state> chosen_of(const std::vector<feature_state>& states, std::span<const std::string> features) {
  std::vector<feature_state> chosen;
  auto wanted = features.begin();
  for (const feature_state& state : states) {
    wanted = std::lower_bound(wanted, features.end(), state.feature);
    if (wanted == features.end()) break;
    if (*wanted == state.feature) chosen.push_back(state);
  }
  return chosen;
}

}  // namespace

std::vector<feature_state> put_over(std::vector<feature_state> older, std::vector<feature_state> newer) {
  if (older.empty()) return newer;
  if (newer.empty()) return older;
  std::vector<feature_state> both;
  both.reserve(older.size() + newer.size());
  auto old = older.begin();
  for (feature_state& state : newer) {
    for (; old != older.end() && old->feature < state.feature; ++old) both.push_back(std::move(*old));
    if (old != older.end() && old->feature == state.feature) ++old;
    both.push_back(std::move(state));
  }
  std::move(old, older.end(), std::back_inserter(both));
  return both;
}

void recent_states::put(user_state changed) {
  const auto [at, is_new] = waiting_.try_emplace(std::move(changed.user_id));
  at->second = put_over(std::move(at->second), std::move(changed.features));
}

void recent_states::expect(std::vector<user_state> changed) {
  const std::lock_guard held(lock_);
  expected_.push_back(std::move(changed));
}

void recent_states::commit(id through) {
  const std::lock_guard held(lock_);
  if (expected_.empty()) throw std::logic_error("A batch was committed that nobody expected.");
  for (user_state& user : expected_.front()) put(std::move(user));
  expected_.pop_front();
  if (through != 0) through_ = through;
}

void recent_states::add(std::vector<user_state> changed, id through) {
  const std::lock_guard held(lock_);
  for (user_state& user : changed) put(std::move(user));
  through_ = through;
}

void recent_states::forget_expected() {
  const std::lock_guard held(lock_);
  expected_.clear();
}

id recent_states::through() const {
  const std::lock_guard held(lock_);
  return through_;
}

std::size_t recent_states::waiting() const {
  const std::lock_guard held(lock_);
  return waiting_.size();
}

const recent_states::slice& recent_states::take() {
  const std::lock_guard held(lock_);
  if (taken_.users.empty()) {
    taken_.users = std::exchange(waiting_, {});
  } else {
    for (auto& [user_id, states] : waiting_) {
      auto& older = taken_.users[user_id];
      older = put_over(std::move(older), std::move(states));
    }
    waiting_.clear();
  }
  taken_.through = through_;
  return taken_;
}

void recent_states::merged() {
  states_by_user gone;  // freed when the lock is not held any more
  const std::lock_guard held(lock_);
  gone = std::exchange(taken_.users, {});
}

void recent_states::clear() {
  const std::lock_guard held(lock_);
  expected_.clear();
  waiting_.clear();
  taken_.users.clear();
  through_ = 0;
}

std::vector<feature_state> recent_states::of(std::string_view user_id) const {
  const std::lock_guard held(lock_);
  const auto* waiting = find_user(waiting_, user_id);
  const auto* taken = find_user(taken_.users, user_id);
  return put_over(taken ? *taken : std::vector<feature_state>{}, waiting ? *waiting : std::vector<feature_state>{});
}

std::vector<feature_state> recent_states::of(std::string_view user_id, std::span<const std::string> features,
                                             view seen) const {
  const std::lock_guard held(lock_);
  const auto* waiting = find_user(waiting_, user_id);
  const auto* taken = find_user(taken_.users, user_id);
  auto found = put_over(taken ? chosen_of(*taken, features) : std::vector<feature_state>{},
                        waiting ? chosen_of(*waiting, features) : std::vector<feature_state>{});
  if (seen == view::committed) return found;
  for (const auto& batch : expected_)
    if (const auto* coming = find_user(batch, user_id))
      found = put_over(std::move(found), chosen_of(*coming, features));
  return found;
}

}  // namespace demur::store
