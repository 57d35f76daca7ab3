#pragma once

#include <demur/error.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The value types of the public interface. Field names are those of the tables and of the JSON.
namespace demur {

/// Milliseconds since 1970-01-01 UTC; the resolution of everything stored and shown.
using timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where "now" comes from. Injected everywhere, so that a result never depends on the wall clock.
/// Must be callable from any thread and must not throw.
using clock_source = std::function<timestamp()>;

/// Unique across nodes, below 2^53 (exact in JavaScript), sorted by time of creation.
using id = std::int64_t;

/// What a client posts: "I did not want this, because ...". Limits: see api.md, checked by `validate`.
struct dislike_request {
  std::string user_id;
  std::optional<id> movie_id;
  std::string movie_title;
  std::optional<id> recommendation_set_id;
  std::optional<double> predicted_score;  ///< 0.0 to 1.0
  std::string reason;                     ///< empty: not_interested
  std::optional<std::string> feedback_text;
  std::vector<std::string> genres;
  std::vector<std::string> cast;
  std::optional<std::string> franchise;
  std::string context;                  ///< a JSON object as text, or empty
  std::optional<timestamp> created_at;  ///< in the past, for imports; default: now

  friend bool operator==(const dislike_request&, const dislike_request&) = default;
};

/// A row of user_dislikes.
struct dislike {
  id dislike_id = 0;
  std::string user_id;
  std::optional<id> movie_id;
  std::string movie_title;
  std::optional<id> recommendation_set_id;
  std::optional<double> predicted_score;
  std::string reason;
  std::optional<std::string> feedback_text;
  timestamp created_at{};
  std::vector<std::string> genres;
  std::vector<std::string> cast;
  std::optional<std::string> franchise;
  std::string context;
  double half_life_days = 0.0;  ///< with which the dislike's hold on its item fades; 0: never
  /// The same user's dislike before this one, 0 if it is the first: the user's history is a chain.
  id previous_dislike_id = 0;
  bool adjustment_pending = false;  ///< its strategy could not be asked yet; no column of the table

  friend bool operator==(const dislike&, const dislike&) = default;
};

/// A row of negative_training_examples. It has the id of the dislike it was made from.
struct training_example {
  id example_id = 0;
  std::string user_id;
  std::optional<id> movie_id;
  std::string movie_title;
  double actual_rating = 0.0;
  std::optional<double> predicted_rating;
  std::optional<double> error;  ///< predicted - actual; null where nothing was predicted
  double weight = 0.8;          ///< importance at created_at, before it fades
  bool used_in_training = false;

  friend bool operator==(const training_example&, const training_example&) = default;
};

/// A row of dislike_feedback_impact, with the weights it moved between.
struct impact {
  id impact_id = 0;
  id dislike_id = 0;
  id model_version_id = 0;
  std::string impact_type;            ///< genre_weight, cast_weight, franchise_weight, ... or `filter`
  std::string feature_affected;       ///< `genre:Horror`, `movie:12`
  double adjustment_magnitude = 0.0;  ///< in [-1, 1)
  timestamp applied_at{};
  double weight_before = 1.0;  ///< personal times shared weight, at applied_at
  double weight_after = 1.0;

  friend bool operator==(const impact&, const impact&) = default;
};

enum class severity { none, low, medium, high };

/// A row of dislike_patterns. An empty user_id means: over all users.
struct pattern {
  id pattern_id = 0;
  std::string user_id;
  std::string pattern_type;   ///< reason, genre, cast, franchise, burst, catalogue_defect
  std::string pattern_value;  ///< `Horror`, `wrong_genre`, `movie:12`
  std::int64_t frequency = 0;
  demur::severity severity = severity::none;
  timestamp identified_at{};

  friend bool operator==(const pattern&, const pattern&) = default;
};

/// What the sender of a dislike is told once everything is on disk.
struct receipt {
  id dislike_id = 0;
  std::string user_id;
  std::optional<id> example_id;  ///< null for already_watched
  std::optional<double> weight;  ///< of the example; null where there is none
  std::vector<impact> adjustments;
  std::string strategy;  ///< name of the plugin that answers to the reason
  std::string strategy_version;
  bool adjustment_pending = false;  ///< it could not be asked; the adjustments follow when it can
  bool filtered = false;            ///< is this item now hidden from this user
  std::vector<pattern> patterns;
  bool retraining_triggered = false;
  id model_version_id = 0;

  friend bool operator==(const receipt&, const receipt&) = default;
};

/// A catalogue row.
struct movie {
  id movie_id = 0;
  std::string movie_title;
  std::vector<std::string> genres;
  std::vector<std::string> cast;
  std::optional<std::string> franchise;
  std::vector<std::string> directors{};  ///< for trainers; no strategy sees them

  friend bool operator==(const movie&, const movie&) = default;
};

/// A positive or graded signal; weight 1.0 in training.
struct user_rating {
  std::string user_id;
  id movie_id = 0;
  std::optional<double> rating;  ///< 0.5 to 5.0 in steps of 0.5; null where `liked` was sent
  bool liked = false;            ///< sent as such, or rating >= 4.0
  timestamp created_at{};
};

struct recommended_item {
  std::optional<id> movie_id;
  std::string movie_title;
  std::optional<double> predicted_score;
  std::optional<double> propensity;  ///< probability with which it was shown, (0, 1]
};

/// What was shown to whom, by which model version.
struct recommendation_set {
  id recommendation_set_id = 0;  ///< 0: to be given by the store
  std::string user_id;
  id model_version_id = 0;
  timestamp created_at{};
  std::vector<recommended_item> items;
};

struct rerank_candidate {
  std::optional<id> movie_id;
  std::string movie_title;
  double score = 0.0;  ///< 0.0 to 1.0
  std::vector<std::string> genres;
  std::vector<std::string> cast;
  std::optional<std::string> franchise;
  bool has_features = false;  ///< false: take genres, cast and franchise from the catalogue
};

struct rerank_request {
  std::string user_id;
  std::vector<rerank_candidate> candidates;  ///< 1 to 1,000
  bool scores_of_model = false;              ///< the candidates bring none: the model's are taken
  std::optional<id> model_version_id{};      ///< null: the live one
  std::optional<id> experiment_id{};         ///< the user's arm says which version, and whether feedback counts
  bool feedback = true;                      ///< false: what he disliked is hidden, and changes nothing else
};

/// For each family that a candidate has values in, the mean weight of those values.
struct family_multipliers {
  std::optional<double> genre;
  std::optional<double> cast;
  std::optional<double> franchise;
};

struct reranked_candidate {
  std::optional<id> movie_id;
  std::string movie_title;
  double score = 0.0;
  double adjusted_score = 0.0;
  double multiplier = 1.0;  ///< the product of `multipliers`
  family_multipliers multipliers;
};

struct filtered_candidate {
  std::optional<id> movie_id;
  std::string movie_title;
  std::string reason;
  id dislike_id = 0;
  std::optional<timestamp> until;  ///< null: for ever
};

struct rerank_answer {
  std::string user_id;
  id model_version_id = 0;
  std::string arm{};                           ///< of the experiment; empty: none was named, or it has ended
  std::vector<reranked_candidate> candidates;  ///< by adjusted score, ties in the given order
  std::vector<filtered_candidate> filtered;
};

/// A page of a user's dislikes, newest first.
struct history_page {
  std::string user_id;
  std::int64_t total = 0;
  std::vector<dislike> dislikes;
  std::optional<id> next_cursor;  ///< pass it back to go on; null at the end
};

struct dislike_trend {
  std::int64_t total_dislikes = 0;
  std::optional<double> avg_predicted_score;  ///< over those that had one
};

struct pattern_summary {
  std::optional<std::string> user_id;  ///< null: over all users
  std::map<std::string, std::int64_t> reason_distribution;
  dislike_trend recent_trend;
  std::int64_t total_dislikes = 0;
  std::vector<pattern> patterns;
};

struct error_window {
  timestamp from{};
  timestamp to{};
  std::int64_t count = 0;
  std::optional<double> avg_prediction_error;
};

struct magnitude_window {
  timestamp from{};
  timestamp to{};
  std::int64_t count = 0;                           ///< adjustments in the window
  std::optional<double> mean_adjustment_magnitude;  ///< mean of |magnitude|
};

struct dislike_rate {
  std::int64_t impressions = 0;
  std::int64_t dislikes = 0;
  double rate = 0.0;  ///< dislikes / impressions
};

/// Recommendation sets for users who had disliked something by then, and what leaked into them: movies that the user had
/// disliked and that are still to be hidden from him, and movies with a feature that his stated reasons still lower.
struct leak_figures {
  std::int64_t sets = 0;
  std::int64_t leaking_sets = 0;  ///< with one of either kind
  std::int64_t movies = 0;        ///< in all of these sets
  std::int64_t disliked_movies = 0;
  std::int64_t blamed_movies = 0;  ///< may be disliked ones too
};

/// How long something took, since the process started. The quantiles are of the newest 4,096.
struct delay_figures {
  std::int64_t count = 0;
  std::optional<double> p50_ms;
  std::optional<double> p99_ms;
};

/// A figure over the last seven days, and over the seven before; null where there was nothing to count.
struct week_on_week {
  std::optional<double> this_week;
  std::optional<double> week_before;
};

/// How a strategy has done since the process started.
struct strategy_figures {
  std::int64_t calls = 0;
  std::int64_t failures = 0;  ///< dislikes that stayed without adjustments: it threw, or said what is not allowed
};

/// The system-wide figures; the first five are the seed's.
struct feedback_metrics {
  std::int64_t total_negative_examples = 0;
  std::optional<double> avg_prediction_error;
  std::optional<double> max_error;
  std::optional<double> min_error;
  std::optional<double> average_dislike_predicted_score;
  std::int64_t total_dislikes = 0;
  std::int64_t untrained_negative_examples = 0;
  std::map<std::string, std::int64_t> dislikes_by_reason;
  std::vector<error_window> error_trend;
  std::map<std::string, dislike_rate> dislike_rate_by_genre;  ///< only genres with known impressions
  /// By the version that made a recommendation set: what was shown, and how many dislikes name it.
  std::map<id, dislike_rate> dislike_rate_by_model_version;
  std::vector<magnitude_window> adjustment_magnitude_trend;
  // The seed's indicators of improvement, to the hour: where the loop helps, the week before had more.
  week_on_week prediction_error_by_week;
  week_on_week dislike_rate_by_week;          ///< of dislikes that name a known set, an impression
  week_on_week adjustment_magnitude_by_week;  ///< falls as adjustments converge
  leak_figures leak;
  delay_figures time_to_visible;  ///< a dislike was accepted, until every answer reflects it
  delay_figures time_to_effect;   ///< until the first answer to its user that reflects it: a ranking or recommendations
  dislike_trend recent_trend;     ///< over the last 30 days, to the hour
  std::int64_t retrain_count = 0;      ///< versions that went live
  std::int64_t rejected_retrains = 0;  ///< by the gate
  std::int64_t failed_retrains = 0;
  std::optional<timestamp> last_retrain_at;
  std::optional<double> mean_retrain_interval_s;
  std::map<std::string, strategy_figures> strategies;  ///< by reason
  id model_version_id = 0;
};

/// Why a retrain became due.
struct retrain_cause {
  std::string rule;  ///< count, mean_error, feature, drift, manual
  std::int64_t unused_examples = 0;
  std::optional<double> mean_error;
  std::string feature;                          ///< of the rule `feature`, else empty
  std::int64_t feature_dislikes = 0;            ///< unused examples with that feature
  std::int64_t distinct_users = 0;              ///< of that feature, counted up to the quorum
  std::optional<double> dislike_rate_before{};  ///< of the rule `drift`: dislikes an impression, over the long run
  std::optional<double> dislike_rate_now{};     ///< since it rose
  std::int64_t impressions_since = 0;           ///< since it rose

  friend bool operator==(const retrain_cause&, const retrain_cause&) = default;
};

/// `retired`: another one took its place; `rejected`: it was trained and not let go live; `rolled_back`: it was live and
/// was taken out of service because of what it did.
enum class model_state { training, live, retired, rejected, failed, rolled_back };

/// A version knows the examples up to claim_through: its parent's, and those that it claimed itself.
struct model_version {
  id model_version_id = 0;
  id parent_id = 0;  ///< 0: the empty model
  timestamp created_at{};
  model_state state = model_state::training;
  std::string trainer;
  retrain_cause cause;
  std::int64_t claimed_examples = 0;
  id claim_after = 0;  ///< it claimed the examples of the dislikes in (claim_after, claim_through]
  id claim_through = 0;
  std::string data_hash;  ///< a digest of what it was trained on, in the trainer's own words; empty: it said none
  std::map<std::string, double> metrics;
  std::string reason;  ///< why it was rejected, failed or rolled back; else empty
};

/// A version with a page of the dislikes that it claimed, newest first.
struct model_version_page {
  model_version version;
  std::vector<id> claimed_dislikes;
  std::optional<id> next_cursor;  ///< pass it back to go on; null at the end
};

struct retrain_ticket {
  id retrain_id = 0;  ///< becomes the model_version_id
  std::int64_t claimed_examples = 0;
};

std::string_view to_string(severity value);
std::string_view to_string(model_state value);
/// Back from to_string; nothing if it is no such name.
std::optional<severity> severity_of(std::string_view name);
std::optional<model_state> model_state_of(std::string_view name);

}  // namespace demur
