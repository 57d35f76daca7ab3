#pragma once

#include <demur/types.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Experiments: what two groups of users make of two models, or of a model with and without their feedback. Field names
/// are those of the JSON.
namespace demur {

/// What the users of one arm get. Demur gives it to who asks for a ranking with the experiment's id; where another
/// recommender ranks, it asks who is in which arm, and acts on it.
struct experiment_arm {
  std::string name;
  std::optional<id> model_version_id;  ///< null: whichever is live
  bool feedback = true;                ///< false: what a user disliked is hidden, and changes nothing else
  double share = 0.5;                  ///< of the users, above 0; relative to the sum over the arms

  friend bool operator==(const experiment_arm&, const experiment_arm&) = default;
};

struct experiment_plan {
  std::string name;
  std::vector<experiment_arm> arms;        ///< two: the control, then the candidate
  double alpha = 0.05;                     ///< of a false decision, however often one looks
  double tau = 0.01;                       ///< size of the differences in the rate that are looked for
  double max_like_drop = 0.1;              ///< share of the control's likes per impression that the candidate may lose
  std::int64_t min_impressions = 1'000;    ///< of each arm, before anything is decided
  std::int64_t max_impressions = 100'000;  ///< of each arm; then the experiment is inconclusive
  std::string on_win = "none";             ///< promote: the candidate's version goes live; or none
  std::string on_loss = "none";            ///< rollback: to the version before the live one; or none

  friend bool operator==(const experiment_plan&, const experiment_plan&) = default;
};

enum class experiment_state { running, won, lost, inconclusive, stopped };
std::string_view to_string(experiment_state value);
/// Back from to_string; nothing if it is no such name.
std::optional<experiment_state> experiment_state_of(std::string_view name);

/// What was asked of the versions when an experiment was decided.
struct experiment_action {
  std::string wanted;                  ///< promote or rollback
  id model_version_id = 0;             ///< to be promoted, or to give way
  std::optional<std::string> problem;  ///< why it could not be done, empty: it is done; null: no answer yet

  friend bool operator==(const experiment_action&, const experiment_action&) = default;
};

struct experiment_arm_report {
  experiment_arm arm;
  std::int64_t users = 0;  ///< who were shown something
  std::int64_t impressions = 0;
  std::int64_t dislikes = 0;           ///< of these users, each from what he was shown first on
  std::int64_t likes = 0;              ///< the same
  std::optional<double> dislike_rate;  ///< per impression; null without any
  std::optional<double> like_rate;
};

/// Candidate less control, per impression; null where nothing can be said yet. The interval has probability 1 - alpha at
/// all times at once.
struct rate_comparison {
  std::optional<double> difference;
  std::optional<double> low;
  std::optional<double> high;
  std::optional<double> variance_reduction;  ///< that the users' past brought (CUPED), 0 to 1
};

/// Of an experiment that has ended: as of its last look.
struct experiment_report {
  id experiment_id = 0;
  experiment_plan plan;
  experiment_state state = experiment_state::running;
  timestamp since{};
  std::optional<timestamp> decided_at;
  std::string decision;                     ///< in words; empty while it runs
  std::optional<experiment_action> action;  ///< null: none was wanted
  std::vector<experiment_arm_report> arms;
  std::int64_t looks = 0;
  double p = 1.0;  ///< always valid: the least of all looks
  rate_comparison dislikes_per_impression;
  rate_comparison likes_per_impression;
  double sample_ratio_p = 1.0;  ///< that the arms' numbers of users come from their shares; under 0.001: look into it
  std::int64_t impressions_left_out = 0;  ///< of users who came after experiments.max_users others
};

/// What can be asked for; the answer is a list, of one report but for `list`.
struct experiment_request {
  enum class verb { begin, list, show, stop };
  verb wanted = verb::list;
  experiment_plan plan;  ///< begin
  id experiment_id = 0;  ///< show, stop
};

struct experiment_assignment {
  id experiment_id = 0;
  std::string user_id;
  std::string arm;
  id model_version_id = 0;  ///< of a live arm: the one that is live now
  bool feedback = true;
};

}  // namespace demur
