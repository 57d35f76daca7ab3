#pragma once

#include "pipeline/actors.hpp"

#include <demur/types.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace demur::pipeline {

/// The system-wide figures: a fold of what was committed, in order of dislike_id.
class metrics_state {
public:
  void count(const case_entry& entry);
  /// Its parent first.
  void count(const model_version& version);
  /// This version is live now; its id is 0 if that is the empty model.
  void serve(const model_version& version);
  void set_impressions(genre_impressions_ptr shown) { impressions_ = std::move(shown); }

  feedback_metrics figures(timestamp now) const;
  id through_dislike_id() const { return through_dislike_id_; }

  std::string save() const;
  /// False if the text is not one that `save` wrote.
  bool restore(std::string_view text);

private:
  void count_dislike(const case_entry& entry);
  std::int64_t known_examples(id model_version_id) const;
  dislike_trend recent_trend(timestamp now) const;

  /// An hour of dislikes, by created_at.
  struct window {
    std::int64_t dislikes = 0;
    std::int64_t with_score = 0;
    double score_sum = 0.0;
    std::int64_t with_error = 0;
    double error_sum = 0.0;
    std::int64_t adjustments = 0;
    double magnitude_sum = 0.0;
  };

  id through_dislike_id_ = 0;
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
  std::map<timestamp, window> windows_;

  // Of the model versions; not in the snapshot, for there are few and the store has them.
  std::map<id, std::int64_t> known_examples_;  ///< of the versions that are or were live: its own and its parents'
  std::optional<timestamp> first_retrain_at_;
  std::optional<timestamp> last_retrain_at_;
  id model_version_id_ = 0;

  genre_impressions_ptr impressions_;
};

}  // namespace demur::pipeline
