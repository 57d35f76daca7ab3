#pragma once

#include "domain/faded_sum.hpp"

#include <demur/types.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the rooms of the pipeline fill in, page by page, and the store writes down in one transaction.
namespace demur {

/// How something fades that does not fade by halves: it holds for hold_days, then goes in a straight line over rise_days.
struct straight_rise {
  double hold_days = 0.0;  ///< 0 to 36,500; `for_ever`
  double rise_days = 0.0;  ///< 0 to 36,500

  friend bool operator==(const straight_rise&, const straight_rise&) = default;
};
inline constexpr double for_ever = -1.0;

/// A straight rise of a weight under way.
struct rising_weight {
  timestamp begins_at{};
  double magnitude = 0.0;  ///< [-1, 0]: the weight is multiplied by 1 + magnitude while it holds
  straight_rise along;

  friend bool operator==(const rising_weight&, const rising_weight&) = default;
};

/// What one reason did to one feature of one user: a line of feature_weights.
///
/// The same line serves four kinds of feature, so that all a user's state lies on one page of the store:
/// - `genre:Horror`, `cast:...`, `franchise:...`: how often it was disliked, and the sum of ln(1 + m), fading;
/// - `movie:12` or `title:...`, the disliked item: a sum of -1 per dislike; it is hidden while that has not faded, or, if
///   there is a rise, while that holds;
/// - `dislikes`, the user's tally: how many, and a quickly fading count, which shows bursts.
struct reason_state {
  std::string reason;
  std::int64_t dislikes = 0;
  faded_sum sum;
  id last_dislike_id = 0;               ///< of the tally and of items; 0 for what only weighs
  std::optional<rising_weight> rise{};  ///< of the newest dislike that brought one

  friend bool operator==(const reason_state&, const reason_state&) = default;
};

/// All of one (user, feature).
struct feature_state {
  std::string feature;
  std::vector<reason_state> by_reason;  ///< sorted by reason

  friend bool operator==(const feature_state&, const feature_state&) = default;
};

/// What is kept of a user, or the part of it that somebody works on.
struct user_state {
  std::string user_id;
  std::vector<feature_state> features;  ///< sorted by feature

  friend bool operator==(const user_state&, const user_state&) = default;
};

/// The features of a user that somebody asks for.
struct user_features {
  std::string user_id;
  std::vector<std::string> features;  ///< sorted, distinct
};

/// The impact_type of the row that says: this item is hidden for ever. It moves no weight.
inline constexpr std::string_view filter_impact = "filter";

/// An impact and the half-life it fades with (its row's column half_life_days; 0: never).
struct recorded_impact {
  impact row;
  double half_life_days = 0.0;
  std::optional<straight_rise> rise;  ///< how it fades instead; of a `filter`: it holds so long, not for ever
  std::int64_t strategy_version_id = 0;
};

/// A version of a strategy that has adjusted something: a row of strategy_versions.
struct strategy_version {
  std::int64_t strategy_version_id = 0;  ///< 1, 2, ...
  std::string name;
  std::string version;
  std::string hash;  ///< of the plugin's file
  timestamp first_used_at{};
};

/// What a shadow would have done: a row of shadow_adjustments.
struct shadow_adjustment {
  id dislike_id = 0;
  std::int64_t strategy_version_id = 0;
  std::string feature_affected;
  double adjustment_magnitude = 0.0;
};

/// How often a user has disliked a feature by now, this dislike included.
struct feature_count {
  std::string feature;  ///< `reason:wrong_genre`, `genre:Horror`, ...
  std::int64_t dislikes = 0;
};

/// What pattern analysis must know of the user.
struct user_so_far {
  std::int64_t dislikes = 0;
  double burst = 0.0;                   ///< dislikes of late, a quickly fading count
  std::vector<feature_count> features;  ///< those of this dislike
};

/// What a recommendation set held of what its user had refused before: see leak.hpp.
struct set_leak {
  std::int64_t disliked_movies = 0;
  std::int64_t blamed_movies = 0;

  friend bool operator==(const set_leak&, const set_leak&) = default;
};

/// A recommendation set as it was stored: a row of recommendation_sets with its items.
struct recorded_set {
  id recorded_id = 0;  ///< ascends from set to set
  recommendation_set shown;
  std::optional<set_leak> leak;  ///< nothing: the user had disliked nothing
};

/// One dislike on its way; or one that had to wait for its strategy, with what that says at last.
struct case_entry {
  dislike row;                              ///< ingestion
  id readjustment_id = 0;                   ///< not 0: only the impacts are new
  std::optional<training_example> example;  ///< weighting; taken back where the strategy wants none
  std::vector<recorded_impact> impacts;     ///< adjustment
  bool filtered = false;                    ///< adjustment
  std::string strategy;                     ///< adjustment; name of the plugin that was asked
  std::string strategy_version;             ///< adjustment
  std::vector<pattern> patterns;            ///< pattern analysis: new or risen
  bool retraining_triggered = false;        ///< pattern analysis
  id model_version_id = 0;                  ///< adjustment: the one that served
  double training_factor = 1.0;             ///< of a readjustment: for the example that is there already
  user_so_far user;                         ///< adjustment; not stored
  std::optional<id> recommended_by;         ///< journal: the model version of the set that it names, if that was known

  /// Its place among all entries.
  id entry_id() const { return readjustment_id == 0 ? row.dislike_id : readjustment_id; }
};

/// A dislike that waits for its strategy: a row of pending_adjustments.
struct pending_adjustment {
  dislike row;
  std::int64_t attempts = 0;  ///< in which the strategy's process ended
};

/// Where a shadow's answer to a dislike differs from that of the live strategy.
struct shadow_difference {
  std::string feature_affected;
  double live_magnitude = 0.0;  ///< 0: not adjusted
  double shadow_magnitude = 0.0;
};
/// Of one dislike.
struct shadow_differences {
  id dislike_id = 0;
  std::string user_id;
  std::string reason;
  std::string live;
  std::string shadow;
  std::vector<shadow_difference> differences;  ///< sorted by feature, never empty
};

/// What became of dislikes that waited.
struct readjustment {
  id readjustment_id = 0;            ///< ingestion; 0: nobody was asked again
  std::vector<case_entry> adjusted;  ///< by dislike_id, each with the id above
  std::vector<id> given_up;          ///< dislikes that stay without adjustments
  std::vector<id> failed;            ///< dislikes that wait on, with one attempt more
};

/// A receipt to be kept for repeats of the same request.
struct idempotency_record {
  id answer_id = 0;  ///< of the first dislike that it answers
  std::string user_id;
  std::string key;
  std::string body_digest;
  std::string answer;  ///< the JSON of the first answer
  timestamp expires_at{};
};

/// The running counts of one room (`part`: patterns, metrics) at some dislike, so that a start needs to read only what
/// came after. The text is the room's own.
struct snapshot {
  std::string part;
  id through_dislike_id = 0;
  id through_recorded_id = 0;  ///< of the recommendation sets
  std::string text;
};

/// One batch. Ids ascend with the entries.
struct case_file {
  std::vector<case_entry> entries;
  std::vector<user_state> users;  ///< the features that this batch touches, sorted by user; adjustment has them
  std::vector<pattern> patterns;  ///< rows to write: new, risen or with a new frequency
  std::vector<idempotency_record> idempotency;
  std::optional<retrain_cause> retrain_due;  ///< with this batch a retrain became due
  id shown_through = 0;              ///< recommendation sets up to this were counted before it; 0: no further ones
  demur::readjustment readjustment;  ///< comes after the entries
  std::vector<strategy_version> new_strategies;
  std::vector<shadow_adjustment> shadows;
  std::vector<shadow_differences> shadow_news;  ///< for the live stream; not stored

  /// Nothing is to be written.
  bool empty() const {
    return entries.empty() && readjustment.adjusted.empty() && readjustment.given_up.empty() &&
           readjustment.failed.empty();
  }
  /// With it, everything of the batch is told; 0: nothing was.
  id last_id() const {
    if (readjustment.readjustment_id != 0) return readjustment.readjustment_id;
    return entries.empty() ? 0 : entries.back().row.dislike_id;
  }
};

}  // namespace demur
