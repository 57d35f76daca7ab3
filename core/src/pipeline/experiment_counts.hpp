#pragma once

#include "domain/by_text.hpp"
#include "domain/experiment_records.hpp"
#include "learning/experiment_rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace demur::pipeline {

/// What one experiment has counted. A fold of the store, from the users' past on: all that it makes of a recommendation
/// set or a dislike follows from their ids, so it does not matter how what was committed is cut into portions.
///
/// A user is in the experiment from the first set on that he was shown after it began; his arm is his by hash, whatever
/// model the set names. From then on every dislike of his counts, not only those that name a set: who names sets may differ
/// between the arms, who dislikes does not. What came before the experiment is his past.
class experiment_counts {
public:
  /// `past`: before which nothing matters. `max_users`: later ones are not counted, in either arm; as many users who have
  /// a past are remembered until they are shown something, those beyond have none.
  experiment_counts(id experiment_id, const experiment_plan& plan, id past, std::int64_t max_users);

  void show(id recorded_id, const std::string& user_id, std::int64_t impressions);
  void dislike(id dislike_id, const std::string& user_id);
  /// Of a user who is in it.
  void set_likes(const std::string& user_id, std::int64_t likes);

  /// Where to read on.
  const experiment_place& place() const { return place_; }
  const learning::both_arms& arms() const { return arms_; }
  std::int64_t impressions_left_out() const { return impressions_left_out_; }

  /// When a user was shown something first; nothing if he is not in it.
  std::optional<timestamp> shown_first_at(const std::string& user_id) const;
  /// Users who have come in since the last call.
  std::vector<std::string> take_newcomers();
  std::vector<std::string> users() const;

private:
  struct user {
    id first_recorded_id = 0;
    std::size_t arm = 0;
    learning::user_counts counts;
  };
  struct past_of_user {
    std::int64_t impressions = 0;
    std::int64_t dislikes = 0;
  };

  void change(user& who, const learning::user_counts& after);
  /// Null: there is no room.
  past_of_user* past_of(const std::string& user_id);

  id experiment_id_;
  std::vector<double> shares_;
  std::size_t max_users_;
  experiment_place place_;
  by_text<user> users_;
  by_text<past_of_user> past_;  ///< of those who are not in it
  std::vector<std::string> newcomers_;
  learning::both_arms arms_;
  std::int64_t impressions_left_out_ = 0;
};

}  // namespace demur::pipeline
