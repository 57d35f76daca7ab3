#pragma once

#include <demur/experiments.hpp>
#include <demur/recommendations.hpp>
#include <demur/reports.hpp>
#include <demur/runtime.hpp>
#include <demur/settings.hpp>
#include <demur/types.hpp>

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The map of the system for those who bring their own caf::actor_system: every public actor, a line per message.
/// The messages between the rooms of the pipeline stand in `pipeline/actors.hpp`.
namespace demur {

using submit_atom = caf::atom_constant<caf::atom("submit")>;
using retrain_atom = caf::atom_constant<caf::atom("retrain")>;
using metrics_atom = caf::atom_constant<caf::atom("metrics")>;
using subscribe_atom = caf::atom_constant<caf::atom("subscribe")>;
using events_atom = caf::atom_constant<caf::atom("events")>;
using history_atom = caf::atom_constant<caf::atom("history")>;
using patterns_atom = caf::atom_constant<caf::atom("patterns")>;
using rerank_atom = caf::atom_constant<caf::atom("rerank")>;
using recommend_atom = caf::atom_constant<caf::atom("recommend")>;
using explain_atom = caf::atom_constant<caf::atom("explain")>;
using models_atom = caf::atom_constant<caf::atom("models")>;
using movies_atom = caf::atom_constant<caf::atom("movies")>;
using ratings_atom = caf::atom_constant<caf::atom("ratings")>;
using shown_atom = caf::atom_constant<caf::atom("shown")>;
using ready_atom = caf::atom_constant<caf::atom("ready")>;
using drain_atom = caf::atom_constant<caf::atom("drain")>;
using preview_atom = caf::atom_constant<caf::atom("preview")>;
using plugins_atom = caf::atom_constant<caf::atom("plugins")>;
using reload_atom = caf::atom_constant<caf::atom("reload")>;
using shadow_atom = caf::atom_constant<caf::atom("shadow")>;
using promote_atom = caf::atom_constant<caf::atom("promote")>;
using rollback_atom = caf::atom_constant<caf::atom("rollback")>;
using model_atom = caf::atom_constant<caf::atom("model")>;
using progress_atom = caf::atom_constant<caf::atom("progress")>;
using cancel_atom = caf::atom_constant<caf::atom("cancel")>;
using result_atom = caf::atom_constant<caf::atom("result")>;
using page_atom = caf::atom_constant<caf::atom("page")>;
using experiment_atom = caf::atom_constant<caf::atom("experiment")>;
using impact_atom = caf::atom_constant<caf::atom("impact")>;
using assignment_atom = caf::atom_constant<caf::atom("assignment")>;

/// One or many dislikes that are stored, and answered, together. A row that was refused before it came here (its JSON
/// was wrong, say) keeps its place as an error, so that the answer has one result per row, in order.
struct submission {
  std::vector<result<dislike_request>> rows;
  bool batch = false;           ///< answered as {"results": [...]} even if there is one row
  std::string user_id;          ///< of the sender: whose idempotency key it is
  std::string idempotency_key;  ///< empty: none
  std::string body_digest;      ///< tells whether a repeat is the same request; any stable digest of the body
  bool checked = false;         ///< the rows keep to api.md already; false, as an embedder leaves it: the door looks
};

/// What became of a submission. Answered after the transaction, never before.
struct submission_answer {
  std::optional<error> refused;       ///< nothing was stored
  std::vector<result<receipt>> rows;  ///< one per row, in order; empty if refused or replayed
  std::string json;                   ///< the HTTP body: byte for byte the first one if `replayed`
  bool replayed = false;              ///< the idempotency key was known
};

/// An answer or the reason why there is none, as one message.
template <class T>
struct reply {
  std::optional<error> problem;
  T value{};
};

/// Something that happened, with its place in the one sequence of this node.
struct live_event {
  std::uint64_t seq = 0;
  std::string type;  ///< dislike, pattern, adjustment, retrain, model, experiment
  timestamp at{};
  std::string user_id;  ///< whom it concerns, empty: everybody
  std::string reason;   ///< of the dislike, or empty
  std::string data;     ///< a JSON object as text
};

/// What subscribers are sent: events without holes, and from time to time the newest metrics.
struct live_update {
  std::string stream;  ///< names this sequence; another name: it began anew
  std::vector<live_event> events;
  std::string metrics;         ///< JSON object of feedback_metrics; empty: unchanged
  std::uint64_t last_seq = 0;  ///< of the last event that the metrics include
};
using live_update_ptr = std::shared_ptr<const live_update>;

/// Listeners of the live stream.
using live_listener_actor = caf::typed_actor<
    /// The newest events and metrics.
    caf::reacts_to<events_atom, live_update_ptr>>;

using experiment_request_ptr = std::shared_ptr<const experiment_request>;
/// One report, or for a list all of them, newest first.
using experiment_answer_ptr = std::shared_ptr<const reply<std::vector<experiment_report>>>;

/// The one door of the pipeline. It stays the same when a failed actor behind it is replaced.
using pipeline_actor = caf::typed_actor<
    /// Record dislikes; the answer comes after the commit. A row that does not keep to api.md is refused in its place.
    /// Full queue: refused as overloaded, or as too_many if it is this user's part of it.
    caf::replies_to<submit_atom, std::shared_ptr<const submission>>::with<std::shared_ptr<const submission_answer>>,
    /// Add to or replace in the catalogue.
    caf::replies_to<movies_atom, std::shared_ptr<const std::vector<movie>>>::with<reply<std::int64_t>>,
    /// Record ratings; how many of them changed anything.
    caf::replies_to<ratings_atom, std::shared_ptr<const std::vector<user_rating>>>::with<reply<std::int64_t>>,
    /// Record what was shown to a user; its id.
    caf::replies_to<shown_atom, std::shared_ptr<const recommendation_set>>::with<reply<id>>,
    /// What a dislike would do if it were sent now. Changes nothing.
    caf::replies_to<preview_atom,
                    std::shared_ptr<const preview_request>>::with<std::shared_ptr<const reply<preview_answer>>>,
    /// Look for plugins that are new or have changed, and let go those whose files are gone.
    caf::replies_to<reload_atom>::with<reply<plugin_changes>>,
    /// The shadow of this plugin becomes live, for good; either name of the two.
    caf::replies_to<promote_atom, std::string>::with<reply<plugin_promotion>>,
    /// Begin or end an experiment, or tell how it stands.
    caf::replies_to<experiment_atom, experiment_request_ptr>::with<experiment_answer_ptr>,
    /// Retrain now, whatever the cool-down says.
    caf::replies_to<retrain_atom>::with<reply<retrain_ticket>>,
    /// This model version becomes live; answers it.
    caf::replies_to<promote_atom, id>::with<reply<model_version>>,
    /// This model version, the live one, is taken out of service, and why (up to 500 characters); answers the one that
    /// serves then: its parent. Its id is 0 if that is the empty model.
    caf::replies_to<rollback_atom, id, std::string>::with<reply<model_version>>,
    /// End the retrain that runs; its id.
    caf::replies_to<cancel_atom>::with<reply<id>>,
    /// A pipeline elsewhere says how far the retrain of this id is, as JSON (api.md); the seconds of its new lease.
    caf::replies_to<progress_atom, id, std::string>::with<reply<std::int64_t>>,
    /// It says what it made, or why it did not.
    caf::replies_to<result_atom, id, std::string>::with<reply<bool>>,
    /// Which features drive dislikes.
    caf::replies_to<impact_atom, feature_impact_request>::with<reply<feature_impact_report>>,
    /// The figures as of the last commit.
    caf::replies_to<metrics_atom>::with<reply<feedback_metrics>>,
    /// From now on, send the stream to this listener; at once a snapshot of the metrics. Ends when the listener does.
    caf::reacts_to<subscribe_atom, live_listener_actor>,
    /// Does it take dislikes just now? The problem says why not.
    caf::replies_to<ready_atom>::with<reply<bool>>,
    /// Take nothing new, finish what was accepted, then answer.
    caf::replies_to<drain_atom>::with<reply<bool>>>;

/// The readers: they see the store as of the last commit and never wait for the pipeline.
using queries_actor = caf::typed_actor<
    /// A page of a user's dislikes, newest first: user, limit 1 to 500, cursor of the page before (0: the first).
    caf::replies_to<history_atom, std::string, std::int64_t, id>::with<reply<history_page>>,
    /// Patterns of one user, or with no user of all.
    caf::replies_to<patterns_atom, std::string>::with<reply<pattern_summary>>,
    /// Order candidates by what this user said no to.
    caf::replies_to<rerank_atom,
                    std::shared_ptr<const rerank_request>>::with<std::shared_ptr<const reply<rerank_answer>>>,
    /// What the model recommends to a user; it is logged as a recommendation set.
    caf::replies_to<recommend_atom,
                    std::shared_ptr<const recommendation_request>>::with<std::shared_ptr<const reply<recommendations>>>,
    /// Why an item stands where it stands for a user: user, movie.
    caf::replies_to<explain_atom, std::string, id>::with<std::shared_ptr<const reply<explanation>>>,
    /// All model versions, newest first.
    caf::replies_to<models_atom>::with<reply<std::vector<model_version>>>,
    /// One of them with a page of the dislikes that it claimed, newest first: id, limit 1 to 500, cursor (0: the first).
    caf::replies_to<model_atom, id, std::int64_t, id>::with<reply<model_version_page>>,
    /// The retrain that runs, or the last one.
    caf::replies_to<progress_atom>::with<reply<retrain_status>>,
    /// A page of the training set of a retrain that a pipeline elsewhere does: id, file, cursor of the page before (0: the
    /// first).
    caf::replies_to<page_atom, id, std::string, std::int64_t>::with<reply<training_page>>,
    /// The plugins that are loaded, and the files that were refused.
    caf::replies_to<plugins_atom>::with<reply<std::vector<plugin_report>>>,
    /// How a plugin's shadow does beside it; either name of the two.
    caf::replies_to<shadow_atom, std::string>::with<reply<shadow_report>>,
    /// Which arm of a running experiment a user is in.
    caf::replies_to<assignment_atom, id, std::string>::with<reply<experiment_assignment>>,
    /// Does the store answer?
    caf::replies_to<ready_atom>::with<reply<bool>>>;

/// The doors of a running pipeline.
struct pipeline_handles {
  pipeline_actor pipeline;
  queries_actor queries;
  std::function<std::vector<std::string>()> reasons;  ///< that are loaded now, sorted; any thread
};

/// Opens (and migrates) the store, loads the plugins and the live model and spawns the pipeline in `system`, which must
/// outlive the actors. Blocks until they are ready. To end: ask `drain_atom`, then send both doors an exit message. A
/// trainer that is at its task is told so (`cancelled`), but its thread is not waited for. Errors: `bad_value` for settings
/// that are not allowed (check_settings), else what the store and the plugins say.
result<pipeline_handles> spawn_pipeline(caf::actor_system& system, const settings& chosen, runtime_parts parts = {});

}  // namespace demur

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const demur::submission>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const demur::submission_answer>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const std::vector<demur::movie>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const std::vector<demur::user_rating>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const demur::recommendation_set>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const demur::rerank_request>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const demur::reply<demur::rerank_answer>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const demur::recommendation_request>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const demur::reply<demur::recommendations>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const demur::reply<demur::explanation>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const demur::preview_request>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const demur::reply<demur::preview_answer>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::plugin_changes>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::plugin_promotion>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<std::vector<demur::plugin_report>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::shadow_report>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::experiment_request_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::experiment_answer_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::experiment_assignment>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::feature_impact_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::feature_impact_report>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::live_update_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<std::int64_t>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::retrain_ticket>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::retrain_status>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::training_page>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::feedback_metrics>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<bool>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::history_page>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::pattern_summary>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<std::vector<demur::model_version>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::model_version>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::model_version_page>)
