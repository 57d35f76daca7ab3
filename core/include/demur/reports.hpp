#pragma once

#include <demur/types.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What is told of the strategies and of what they would do. Field names are those of the JSON.
namespace demur {

/// A plugin that is loaded, or a file that was refused.
struct plugin_report {
  std::string name;  ///< empty: of a file that did not get so far
  std::string version;
  std::string file;  ///< in the plugin folder
  std::string hash;  ///< of the file's content
  std::string abi;   ///< `1.1`
  std::vector<std::string> reasons;
  std::string role;       ///< live, shadow, or refused
  std::string isolation;  ///< none or process
  std::string state;      ///< serving, starting, resting, quarantined, or refused
  std::int64_t calls = 0;
  std::int64_t failures = 0;
  std::int64_t pending = 0;       ///< dislikes that wait for it
  std::int64_t late_batches = 0;  ///< that took longer than the deadline and were waited for
  std::optional<double> p50_us;   ///< of a dislike; null before the first
  std::optional<double> p99_us;
  std::string problem;  ///< the last failure, or why it was refused; empty: none

  friend bool operator==(const plugin_report&, const plugin_report&) = default;
};

/// What a reload came to. Names of plugins, or of files where there is no plugin.
struct plugin_changes {
  std::vector<std::string> loaded;
  std::vector<std::string> replaced;
  std::vector<std::string> forgotten;
  std::vector<std::string> unchanged;
  std::map<std::string, std::string> refused;  ///< file: the sentence
};

struct plugin_promotion {
  std::string reason;
  std::string live;    ///< who was the shadow
  std::string shadow;  ///< who was live
};

/// A shadow beside its live strategy, since the process started or one of them was replaced.
struct shadow_report {
  std::string reason;
  std::string live;
  std::string live_version;
  std::string shadow;
  std::string shadow_version;
  std::optional<timestamp> since;    ///< of the first dislike that both were asked about
  std::int64_t compared = 0;         ///< dislikes that both answered
  std::int64_t same = 0;             ///< of them, those with the same answer
  std::int64_t live_failures = 0;    ///< dislikes that only the shadow answered
  std::int64_t shadow_failures = 0;  ///< dislikes that only the live one answered
  struct band {
    double up_to = 0.0;  ///< of |difference|
    std::int64_t features = 0;
  };
  /// Features by the difference of their magnitudes, shadow less live; one that only one of them adjusts counts as 0 there.
  std::vector<band> differences;
  double mean_difference = 0.0;  ///< signed
  struct example {
    id dislike_id = 0;
    std::string user_id;
    std::string feature_affected;
    double live_magnitude = 0.0;
    double shadow_magnitude = 0.0;
  };
  std::vector<example> worst;  ///< the largest differences, at most 10
};

/// The retrain that runs or, where none does, the last one.
struct retrain_status {
  std::string state = "idle";  ///< idle or running
  id retrain_id = 0;           ///< 0: there was none
  std::string trainer;
  std::optional<timestamp> started_at;
  std::string phase;  ///< of the running one, as in training_progress; else empty
  std::int64_t epoch = 0;
  std::int64_t epochs = 0;  ///< 0: not known
  std::optional<double> loss;
  std::optional<double> eta_s;
  std::string outcome;  ///< of the last one: published, failed, ...; empty while one runs
  std::string detail;   ///< why it failed; empty: it did not, or it was before the process started

  friend bool operator==(const retrain_status&, const retrain_status&) = default;
};

/// A part of a file of a training set: whole lines.
struct training_page {
  std::string text;
  std::optional<std::int64_t> next_cursor;  ///< pass it back to go on; null at the end
};

struct feature_impact_request {
  std::string reason;       ///< empty: of whatever reason
  std::string family;       ///< genre, cast or franchise; empty: all of them
  std::int64_t limit = 20;  ///< 1 to 500
};

/// How much a feature drives dislikes.
struct feature_impact {
  std::string feature;
  std::int64_t dislikes = 0;
  std::string baseline;        ///< what `exposures` are: impressions, or rows of the catalogue
  std::int64_t exposures = 0;  ///< of items with the feature
  double log_odds = 0.0;       ///< ln of how many times as often, an exposure; shrunken. Above 0: more often
  double low = 0.0;            ///< of its 95 % interval
  double high = 0.0;
  double q = 1.0;               ///< false discovery rate among the features of the family
  std::int64_t users = 0;       ///< who disliked it; at least so many if not `users_exact`
  std::int64_t half_users = 0;  ///< the fewest users who made half of its dislikes
  double top_share = 0.0;       ///< of its dislikes, by the user who made most
  bool users_exact = true;      ///< false: too many users to tell apart; half_users and top_share are estimates
};

struct feature_impact_report {
  std::string reason;  ///< as asked
  std::string family;
  std::int64_t dislikes = 0;             ///< of the reason, over all users
  std::int64_t impressions = 0;          ///< known
  std::int64_t catalogue = 0;            ///< rows
  std::int64_t compared = 0;             ///< features with a baseline, of which these are the strongest
  std::int64_t without_baseline = 0;     ///< features of which neither impressions nor the catalogue know
  std::vector<feature_impact> features;  ///< by the lower end of the interval, highest first
};

/// What a dislike would do, if it were sent now. Nothing of it is stored.
struct preview_request {
  dislike_request dislike;
  std::vector<rerank_candidate> candidates;  ///< up to 1,000
};

struct preview_answer {
  std::string user_id;
  std::string reason;
  std::string strategy;
  std::string strategy_version;
  std::optional<double> weight;     ///< of the training example; null: none would be made
  std::vector<impact> adjustments;  ///< without ids
  bool adjustment_pending = false;  ///< the strategy cannot be asked now; the dislike would wait for it
  bool filtered = false;
  std::vector<pattern> patterns;  ///< new or risen, without ids
  bool retraining_triggered = false;
  std::string explanation;  ///< the strategy's own words; empty: it has none
  std::map<std::string, double>
      suggested_reasons;  ///< where feedback_text was sent: how well it fits, 0 to 1, by reason
  struct moved_candidate {
    std::optional<id> movie_id;
    std::string movie_title;
    double score = 0.0;
    std::optional<double> adjusted_score_before;  ///< null: it is hidden
    std::optional<double> adjusted_score_after;
  };
  std::vector<moved_candidate> candidates;  ///< as they were sent
  id model_version_id = 0;
};

}  // namespace demur
