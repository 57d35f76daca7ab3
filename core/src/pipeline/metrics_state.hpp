#pragma once

#include "pipeline/actors.hpp"

#include <demur/types.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace demur::pipeline {

/// The system-wide figures: a fold of what was committed, of dislikes in the order of their ids, and of recommendation sets.
/// How the two mix makes no difference.
class metrics_state {
public:
  void count(const case_entry& entry);
  /// In order of recorded_id.
  void count(const recorded_set& shown);
  /// Its parent first.
  void count(const model_version& version);
  /// This version is live now; its id is 0 if that is the empty model.
  void serve(const model_version& version);
  void set_impressions(genre_impressions_ptr shown) { impressions_ = std::move(shown); }

  feedback_metrics figures(timestamp now) const;
  id through_dislike_id() const { return through_dislike_id_; }
  id through_recorded_id() const { return through_recorded_id_; }

  std::string save() const;
  /// False if the text is not one that `save` wrote.
  bool restore(std::string_view text);

private:
  void count_dislike(const case_entry& entry);
  std::int64_t known_examples(id model_version_id) const;
  dislike_trend recent_trend(timestamp now) const;

  /// An hour of dislikes and of what was shown, by created_at.
  struct window {
    std::int64_t dislikes = 0;
    std::int64_t with_score = 0;
    double score_sum = 0.0;
    std::int64_t with_error = 0;
    double error_sum = 0.0;
    std::int64_t adjustments = 0;
    double magnitude_sum = 0.0;
    std::int64_t impressions = 0;
    std::int64_t of_shown = 0;  ///< dislikes that name a recommendation set which was known
  };
  window& hour_of(timestamp created_at);
  /// Over the hours in [from, to).
  window sum_of(timestamp from, timestamp to) const;
  void compare_weeks(timestamp now, feedback_metrics& out) const;
  struct shown_and_disliked {
    std::int64_t impressions = 0;
    std::int64_t dislikes = 0;
  };

  id through_dislike_id_ = 0;
  id through_recorded_id_ = 0;
  std::int64_t dislikes_ = 0;
  std::int64_t examples_ = 0;
  std::int64_t with_score_ = 0;
  double score_sum_ = 0.0;
  std::int64_t with_error_ = 0;
  double error_sum_ = 0.0;
  double max_error_ = 0.0;
  double min_error_ = 0.0;
  std::map<std::string, std::int64_t> by_reason_;
  std::map<std::string, std::int64_t> by_genre_;
  std::map<id, shown_and_disliked> by_version_;
  leak_figures leak_;
  std::map<timestamp, window> windows_;

  // Of the model versions; not in the snapshot, for there are few and the store has them.
  std::map<id, std::int64_t> known_examples_;  ///< of the versions that are or were live: its own and its parents'
  std::set<id> rejected_, failed_;
  std::optional<timestamp> first_retrain_at_;
  std::optional<timestamp> last_retrain_at_;
  id model_version_id_ = 0;

  genre_impressions_ptr impressions_;
};

}  // namespace demur::pipeline
