#include "pipeline/experiment_counts.hpp"

#include "domain/clock.hpp"
#include "learning/assignment.hpp"

#include <utility>

namespace demur::pipeline {

experiment_counts::experiment_counts(id experiment_id, const experiment_plan& plan, id past, std::int64_t max_users)
    : experiment_id_(experiment_id), max_users_(static_cast<std::size_t>(max_users)), place_{past, past} {
  for (const experiment_arm& arm : plan.arms) shares_.push_back(arm.share);
}

void experiment_counts::change(user& who, const learning::user_counts& after) {
  arms_[who.arm].replace(who.counts, after);
  who.counts = after;
}

experiment_counts::past_of_user* experiment_counts::past_of(const std::string& user_id) {
  const auto known = past_.find(user_id);
  if (known != past_.end()) return &known->second;
  if (past_.size() >= max_users_) return nullptr;
  return &past_[user_id];
}

void experiment_counts::show(id recorded_id, const std::string& user_id, std::int64_t impressions) {
  place_.through_recorded_id = recorded_id;
  if (impressions == 0) return;
  if (recorded_id < experiment_id_) {
    if (past_of_user* past = past_of(user_id)) past->impressions += impressions;
    return;
  }
  const auto known = users_.find(user_id);
  if (known != users_.end()) {
    learning::user_counts after = known->second.counts;
    after.impressions += impressions;
    change(known->second, after);
    return;
  }
  if (users_.size() >= max_users_) {
    impressions_left_out_ += impressions;
    return;
  }
  user& fresh = users_[user_id];
  fresh.first_recorded_id = recorded_id;
  fresh.arm = learning::assigned_arm(experiment_id_, user_id, shares_);
  fresh.counts.impressions = impressions;
  if (const auto past = past_.find(user_id); past != past_.end()) {
    fresh.counts.impressions_before = past->second.impressions;
    fresh.counts.dislikes_before = past->second.dislikes;
    past_.erase(past);
  }
  arms_[fresh.arm].add(fresh.counts);
  newcomers_.push_back(user_id);
}

/// By the millisecond, as dislikes have numbers of their own within it: what was committed before a set or an experiment was
/// made in an earlier one, see the journal.
void experiment_counts::dislike(id dislike_id, const std::string& user_id) {
  place_.through_dislike_id = dislike_id;
  const bool is_past = time_of(dislike_id) < time_of(experiment_id_);
  const auto known = users_.find(user_id);
  if (known == users_.end()) {
    if (!is_past) return;
    if (past_of_user* past = past_of(user_id)) ++past->dislikes;
    return;
  }
  learning::user_counts after = known->second.counts;
  if (is_past)
    ++after.dislikes_before;  // made before, committed after
  else if (time_of(dislike_id) >= time_of(known->second.first_recorded_id))
    ++after.dislikes;
  change(known->second, after);
}

void experiment_counts::set_likes(const std::string& user_id, std::int64_t likes) {
  const auto known = users_.find(user_id);
  if (known == users_.end()) return;
  learning::user_counts after = known->second.counts;
  after.likes = likes;
  change(known->second, after);
}

std::optional<timestamp> experiment_counts::shown_first_at(const std::string& user_id) const {
  const auto known = users_.find(user_id);
  if (known == users_.end()) return std::nullopt;
  return time_of(known->second.first_recorded_id);
}

std::vector<std::string> experiment_counts::take_newcomers() { return std::exchange(newcomers_, {}); }

std::vector<std::string> experiment_counts::users() const {
  std::vector<std::string> all;
  for (const auto& [user_id, counted] : users_) all.push_back(user_id);
  return all;
}

}  // namespace demur::pipeline
