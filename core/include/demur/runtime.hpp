#pragma once

#include <demur/experiments.hpp>
#include <demur/recommendations.hpp>
#include <demur/reports.hpp>
#include <demur/settings.hpp>
#include <demur/trainer.hpp>
#include <demur/types.hpp>

#include <future>
#include <memory>
#include <string>
#include <vector>

namespace demur {

/// What an embedder may bring instead of the defaults.
struct runtime_parts {
  clock_source clock;                       ///< default: the system's clock
  std::unique_ptr<demur::trainer> trainer;  ///< default: what retrain.trainer names
};

/// The whole system without its web front, for a program that is itself the recommender: store, plugins and actors,
/// composed and running. Every function may be called from any thread; futures become ready once the store has
/// committed (writes) or answered (reads), and never throw. What is passed in is checked as the HTTP front checks it
/// (api.md). Errors of all: `bad_value` and `no_identity` (names the field), `overloaded` and `too_many` (a queue is full),
/// `unavailable` (the store or the pipeline is down, no answer in `server.request_timeout`, or `stop` was called).
class runtime {
public:
  /// Opens the store, loads the plugins, starts the actors. `bad_value`: the settings are not allowed (check_settings).
  static result<std::unique_ptr<runtime>> start(const settings& chosen, runtime_parts parts = {});

  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;
  /// Stops, if `stop` was not called.
  ~runtime();

  /// Records one dislike. `idempotency_key`: a repeat of the same key by the same user gets the first receipt.
  std::future<result<receipt>> dislike(dislike_request request, std::string idempotency_key = {});
  /// Records many in one transaction: one result per row, in order; good rows are stored though others are refused.
  std::future<result<std::vector<result<receipt>>>> dislike_all(std::vector<dislike_request> requests);

  std::future<result<std::int64_t>> add_movies(std::vector<movie> movies);
  /// A rating without a time is from now.
  std::future<result<std::int64_t>> add_ratings(std::vector<user_rating> ratings);
  std::future<result<id>> add_recommendation_set(recommendation_set shown);

  std::future<result<rerank_answer>> rerank(rerank_request request);
  /// What the model recommends to a user; logged as a recommendation set, so that it is an impression. `conflict`: no
  /// model that ranks serves, as nobody has liked anything before the last retrain.
  std::future<result<recommendations>> recommend(recommendation_request request);
  /// Why an item stands where it stands for a user, and what lifting each of his dislikes would do.
  std::future<result<explanation>> explain(std::string user_id, id movie_id);
  std::future<result<history_page>> history(std::string user_id, std::int64_t limit = 50, id cursor = 0);
  /// An empty user: over all users.
  std::future<result<pattern_summary>> patterns(std::string user_id);
  std::future<result<feedback_metrics>> metrics();
  std::future<result<std::vector<demur::model_version>>> models();
  /// One version, with the dislikes that it claimed, newest first. `not_found`.
  std::future<result<model_version_page>> model_version(id model_version_id, std::int64_t limit = 50, id cursor = 0);
  std::future<result<retrain_ticket>> retrain();
  /// This version becomes live; answers it. `not_found`; `conflict`: it is live, has no readable file, or a retrain runs.
  std::future<result<demur::model_version>> promote_model(id model_version_id);
  /// The live version is taken out of service, and why (up to 500 characters): its parent serves again and is answered, its
  /// id 0 if that is the empty model. `not_found`; `conflict`: it is not the live one, its parent has no readable file, or
  /// a retrain runs.
  std::future<result<demur::model_version>> rollback_model(id model_version_id, std::string reason = {});
  /// The retrain that runs, or the last one.
  std::future<result<retrain_status>> retrain_progress();
  /// Ends the retrain that runs, and gives its examples back; its id. `conflict`: none runs, or it is trained already.
  std::future<result<id>> cancel_retrain();

  /// What a dislike would do, and to these candidates, if it were sent now.
  std::future<result<preview_answer>> preview(preview_request request);
  /// The plugins that are loaded, and the files that were refused.
  std::future<result<std::vector<plugin_report>>> plugins();
  /// Loads plugins that are new or have changed, lets go those whose files are gone.
  std::future<result<plugin_changes>> reload_plugins();
  /// How a plugin's shadow does beside it; either name of the two. `not_found`: there is none.
  std::future<result<shadow_report>> shadow(std::string plugin);
  /// The shadow becomes live, for good, and the live one its shadow. `not_found`, `conflict`: there is no shadow.
  std::future<result<plugin_promotion>> promote(std::string plugin);

  /// Which features drive dislikes.
  std::future<result<feature_impact_report>> feature_impact(feature_impact_request request = {});
  /// Begins an experiment. `conflict`: as many run as may.
  std::future<result<experiment_report>> begin_experiment(experiment_plan plan);
  /// The newest hundred, newest first.
  std::future<result<std::vector<experiment_report>>> experiments();
  /// `not_found`: there is none of that id.
  std::future<result<experiment_report>> experiment(id experiment_id);
  /// Ends it undecided. `not_found`; `conflict`: it has ended already.
  std::future<result<experiment_report>> stop_experiment(id experiment_id);
  /// Which arm the user is in. `not_found`; `conflict`: it has ended.
  std::future<result<experiment_assignment>> assignment(id experiment_id, std::string user_id);

  /// The reasons that are loaded, sorted.
  std::vector<std::string> reasons() const;

  /// Takes nothing new, finishes what was accepted, ends the actors and the trainer. Returns whether all was finished in
  /// `server.drain_timeout`; a second call returns the same, one at the same time waits for the first. Takes a second
  /// longer at most. What does not end by then is left to itself: a trainer that does not look at `cancelled` keeps its
  /// thread, and what comes of it is thrown away; an actor that hangs in a plugin or on the disk keeps the memory of the
  /// runtime. Then it is best to end the process.
  bool stop();

  /// For the rooms above this one (the web front); not part of the public interface.
  struct parts;
  parts& internals() { return *parts_; }

private:
  explicit runtime(std::unique_ptr<parts> parts);
  std::unique_ptr<parts> parts_;
};

}  // namespace demur
