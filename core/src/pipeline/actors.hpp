#pragma once

#include "domain/case_file.hpp"
#include "domain/experiment_records.hpp"
#include "learning/retrain_desk.hpp"
#include "learning/taste_cache.hpp"
#include "pipeline/effect_times.hpp"
#include "pipeline/rated_users.hpp"
#include "pipeline/retrain_board.hpp"
#include "pipeline/shadow_comparisons.hpp"
#include "pipeline/training.hpp"
#include "plugin/registry.hpp"
#include "store/store.hpp"

#include <demur/actors.hpp>

#include <caf/typed_actor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The map of the pipeline: every actor behind the door, a line per message.
///
///     door -> ingestion -> weighting -> adjustment -> pattern analysis -> journal ...> weight keeper
///      ^                                                                     |      (now and then)
///      +---------------------------- answers ---------------------------------+
///
/// While the journal commits one batch, the next one passes the stages above it; a third gathers at the ingestion. Every
/// stage may think that what it has seen before is committed, or will be before anything it says now is: messages reach the
/// journal in the order in which the stages sent them. If a commit fails, the door replaces all the actors and they begin
/// with the store.
namespace demur::pipeline {

/// Names a submission between the door, which owes the answer, and the journal, which knows it.
using ticket = std::uint64_t;

/// A submission on its way: where each row went.
struct submitted {
  pipeline::ticket ticket = 0;
  std::shared_ptr<const submission> from;
  struct row {
    std::optional<error> refused;
    std::size_t entry = 0;  ///< index of case_file::entries, if not refused
  };
  std::vector<row> rows;
  std::chrono::steady_clock::time_point accepted_at{};
};

struct batch {
  timestamp now{};  ///< of the whole batch
  std::vector<submitted> submissions;
  case_file file;
  std::vector<receipt> receipts;    ///< journal: one per entry
  std::vector<receipt> readjusted;  ///< journal: one per readjusted dislike; only their adjustments are news
};
using batch_ptr = std::shared_ptr<batch>;

/// A dislike that is only tried: it passes the stages as a batch does, and none of them keeps anything of it.
struct preview {
  std::shared_ptr<const preview_request> asked;
  timestamp now{};
  case_entry entry;       ///< adjustment
  preview_answer answer;  ///< adjustment, pattern analysis
};
using preview_ptr = std::shared_ptr<preview>;
using preview_answer_ptr = std::shared_ptr<const reply<preview_answer>>;

/// What the ingestion must know of the store before it can accept.
struct lookup {
  std::vector<std::pair<std::string, std::string>> keys;  ///< (user_id, idempotency key)
  std::vector<id> movies;
  timestamp now{};
};
struct lookup_answer {
  std::vector<idempotency_record> kept;  ///< sorted by user_id, then key
  std::vector<movie> movies;             ///< sorted by movie_id
};

/// Catalogue rows with those that they replaced (by the same movie_id).
struct catalogue_change {
  std::vector<movie> before;
  std::vector<movie> after;
};
/// A recommendation set with the catalogue rows of its items, as far as known.
struct set_shown {
  recorded_set made;
  std::vector<movie> movies;
};

/// What a retrain took.
struct claim_answer {
  model_version version;  ///< as it was registered
  store::claim_range range;
  std::vector<std::string> defective_items;
};
using trained_ptr = std::shared_ptr<const result<training_outcome>>;

/// What happened to a model version, for the metrics and the live stream.
struct retrain_news {
  std::string phase;      ///< due, started, progress, failed, rejected, published; by hand: promoted, rolled_back
  model_version version;  ///< promoted, rolled_back: that serves now; its id is 0 if that is the empty model
  std::string detail{};   ///< why it failed, was rejected, or the one before was rolled back
  std::optional<training_progress> progress{};
};
/// A model from its file.
using loaded_ptr = std::shared_ptr<const result<std::shared_ptr<const model>>>;
using entries_ptr = std::shared_ptr<const std::vector<case_entry>>;

/// What happened to an experiment, for the live stream.
struct experiment_news {
  std::string phase;  ///< started, decided, stopped
  experiment_report report;
};

/// The model that serves. Written by the scheduler after the commit that makes it live, read by adjustment and queries; callable from any thread.
class serving_model {
public:
  explicit serving_model(std::shared_ptr<const model> first) : current_(std::move(first)) {}
  std::shared_ptr<const model> get() const { return current_.load(std::memory_order_acquire); }
  void set(std::shared_ptr<const model> next) { current_.store(std::move(next), std::memory_order_release); }

private:
  std::atomic<std::shared_ptr<const model>> current_;
};

/// What all actors share and none changes, but for the serving model and the recent states. Outlives them.
struct surroundings {
  surroundings(settings chosen_, clock_source clock_, std::unique_ptr<plugin::registry> strategies_,
               std::shared_ptr<const model> live, std::unique_ptr<demur::trainer> trainer_,
               std::filesystem::path model_folder_)
      : chosen(std::move(chosen_)),
        clock(std::move(clock_)),
        strategies(std::move(strategies_)),
        serving(std::move(live)),
        tastes(static_cast<std::size_t>(chosen.recommendations.solved_users_mib) << 20U),
        trainer(std::move(trainer_)),
        model_folder(std::move(model_folder_)) {}

  const settings chosen;
  const clock_source clock;
  const std::unique_ptr<plugin::registry> strategies;
  shadow_comparisons shadows;
  /// Dislikes that wait for their strategies. Counted by the adjustment, as if what is on its way were committed.
  std::atomic<std::int64_t> adjustments_pending = 0;
  serving_model serving;
  /// Adjustment says what is coming, the journal what was committed, the weight keeper takes from it; adjustment and
  /// queries read it.
  const std::shared_ptr<store::recent_states> recent = std::make_shared<store::recent_states>();
  learning::taste_cache tastes;  ///< of the queries
  std::unique_ptr<demur::trainer> trainer;
  std::filesystem::path model_folder;
  training_place training;
  retrain_board retraining;
  std::shared_ptr<learning::retrain_desk> desk;         ///< null: no pipeline elsewhere trains
  rated_users rated;                                    ///< the journal notes, the experiments take
  effect_times effects;                                 ///< the journal and the queries note, the metrics tell
  std::atomic<std::uint64_t> catalogue_generation = 0;  ///< another number: catalogue rows changed
};
using surroundings_ptr = std::shared_ptr<surroundings>;

using answer_atom = caf::atom_constant<caf::atom("answer")>;
using committed_atom = caf::atom_constant<caf::atom("committed")>;
using lookup_atom = caf::atom_constant<caf::atom("lookup")>;
using caught_up_atom = caf::atom_constant<caf::atom("caught_up")>;
using gathered_atom = caf::atom_constant<caf::atom("gathered")>;
using merge_atom = caf::atom_constant<caf::atom("merge")>;
using known_atom = caf::atom_constant<caf::atom("known")>;
using exposure_atom = caf::atom_constant<caf::atom("exposure")>;
using snapshot_atom = caf::atom_constant<caf::atom("snapshot")>;
using claim_atom = caf::atom_constant<caf::atom("claim")>;
using ended_atom = caf::atom_constant<caf::atom("ended")>;
using mark_atom = caf::atom_constant<caf::atom("mark")>;
using publish_atom = caf::atom_constant<caf::atom("publish")>;
using giveback_atom = caf::atom_constant<caf::atom("giveback")>;
using reject_atom = caf::atom_constant<caf::atom("reject")>;
using serve_atom = caf::atom_constant<caf::atom("serve")>;
using recount_atom = caf::atom_constant<caf::atom("recount")>;
using entries_atom = caf::atom_constant<caf::atom("entries")>;
using load_atom = caf::atom_constant<caf::atom("load")>;
using due_atom = caf::atom_constant<caf::atom("due")>;
using train_atom = caf::atom_constant<caf::atom("train")>;
using begin_atom = caf::atom_constant<caf::atom("begin")>;
using step_atom = caf::atom_constant<caf::atom("step")>;
using news_atom = caf::atom_constant<caf::atom("news")>;
using tick_atom = caf::atom_constant<caf::atom("tick")>;

using submission_ptr = std::shared_ptr<const submission>;
using submission_answer_ptr = std::shared_ptr<const submission_answer>;
using answers_ptr = std::shared_ptr<const std::vector<std::pair<ticket, submission_answer_ptr>>>;
using catalogue_change_ptr = std::shared_ptr<const catalogue_change>;
using set_shown_ptr = std::shared_ptr<const set_shown>;
using retrain_news_ptr = std::shared_ptr<const retrain_news>;
using experiment_news_ptr = std::shared_ptr<const experiment_news>;
using genre_impressions_ptr = std::shared_ptr<const std::map<std::string, std::int64_t>>;

/// The door's inner side.
using answers_actor = caf::typed_actor<
    /// What became of submissions.
    caf::reacts_to<answer_atom, answers_ptr>>;

/// Gathers submissions into batches.
using ingestion_actor = caf::typed_actor<caf::reacts_to<submit_atom, ticket, submission_ptr>,
                                         /// To itself: what came together is read, a batch may go.
                                         caf::reacts_to<gathered_atom>,
                                         /// Time to ask again for those who wait for their strategies.
                                         caf::reacts_to<tick_atom>>;

/// Makes the training examples.
using weighting_actor = caf::typed_actor<caf::replies_to<batch_ptr>::with<batch_ptr>>;

/// Asks the strategies and moves the weights. Reads the users' states, so it has a thread of its own.
using adjustment_actor = caf::typed_actor<caf::replies_to<batch_ptr>::with<batch_ptr>,
                                          /// What would a dislike do?
                                          caf::replies_to<preview_atom, preview_ptr>::with<preview_answer_ptr>>;

/// Tells patterns and due retrains. The answer: the batch is with the journal.
using pattern_actor = caf::typed_actor<
    caf::replies_to<batch_ptr>::with<batch_ptr>,
    /// Tells the patterns and the retrain that a dislike would bring, adjusted already.
    caf::replies_to<preview_atom, preview_ptr>::with<preview_answer_ptr>,
    /// Which features drive dislikes, of those that it has seen.
    caf::replies_to<impact_atom, feature_impact_request>::with<reply<feature_impact_report>>,
    /// The catalogue changed.
    caf::reacts_to<movies_atom, catalogue_change_ptr>,
    /// Something was shown.
    caf::reacts_to<shown_atom, set_shown_ptr>,
    /// Between two batches, let the journal claim all unused examples, and count anew.
    caf::replies_to<claim_atom, model_version>::with<reply<claim_answer>>,
    /// The retrain ended: its version is live, rejected or failed. Answers why the next one is due already,
    /// if it is.
    caf::replies_to<ended_atom, model_version>::with<std::optional<retrain_cause>>,
    /// Between two batches, let the journal make another version live. It knows the examples up to this
    /// dislike. No retrain becomes due before a recount.
    caf::replies_to<serve_atom, store::model_change, id>::with<bool>,
    /// Count the examples anew that the live version does not know; as above, is a retrain due?
    caf::replies_to<recount_atom>::with<std::optional<retrain_cause>>>;

/// Writes, alone. Blocks on the disk, so it has a thread of its own. A store that fails ends it, and so the pipeline.
using journal_actor = caf::typed_actor<
    /// Commit it in one transaction, then answer its submissions.
    caf::reacts_to<batch_ptr>,
    /// Answers when every batch before it is committed, and there is room for what another one changes.
    caf::replies_to<caught_up_atom>::with<bool>,
    /// Kept answers and catalogue rows.
    caf::replies_to<lookup_atom, std::shared_ptr<const lookup>>::with<std::shared_ptr<const lookup_answer>>,
    /// Which of these patterns are stored.
    caf::replies_to<known_atom,
                    std::shared_ptr<const std::vector<pattern>>>::with<std::shared_ptr<const std::vector<pattern>>>,
    /// Store catalogue rows.
    caf::replies_to<movies_atom, std::shared_ptr<const std::vector<movie>>>::with<catalogue_change_ptr>,
    /// Store ratings; how many.
    caf::replies_to<ratings_atom, std::shared_ptr<const std::vector<user_rating>>>::with<std::int64_t>,
    /// Store what was shown.
    caf::replies_to<shown_atom, std::shared_ptr<const recommendation_set>>::with<reply<set_shown_ptr>>,
    /// Replace this snapshot, and that of the metrics.
    caf::reacts_to<snapshot_atom, snapshot>,
    /// A retrain takes the unused examples.
    caf::replies_to<claim_atom, model_version>::with<reply<store::claim_range>>,
    /// The version is live.
    caf::replies_to<publish_atom, model_version>::with<void>,
    /// The version is rejected, its claim is free.
    caf::replies_to<reject_atom, model_version>::with<void>,
    /// The version failed, for this reason; its claim is free.
    caf::replies_to<giveback_atom, id, std::string>::with<void>,
    /// Another version is live.
    caf::replies_to<serve_atom, store::model_change>::with<void>,
    /// To itself: mark some more of the examples that the live version knows as used, or of the others as unused.
    caf::reacts_to<mark_atom>,
    /// What is stored of a version.
    caf::replies_to<model_atom, id>::with<reply<model_version>>,
    /// So many dislikes after this one, with their examples.
    caf::replies_to<entries_atom, id, std::int64_t>::with<entries_ptr>,
    /// Remember which plugin was promoted.
    caf::replies_to<promote_atom, plugin_promotion>::with<void>,
    /// Begin an experiment: it comes back with its id, which is greater than those of all that was committed before.
    caf::replies_to<begin_atom, experiment_row>::with<experiment_row>,
    /// Write down a look at an experiment, and what was made of it.
    caf::replies_to<step_atom, experiment_step>::with<void>,
    /// Forget expired idempotency keys.
    caf::reacts_to<tick_atom>>;

/// Keeps the table feature_weights up with the commits, beside them, on a thread of its own. A store that fails ends it.
using weight_keeper_actor = caf::typed_actor<
    /// Put into the table what is recent by now.
    caf::replies_to<merge_atom>::with<void>>;

/// Loads, replaces and promotes plugins; watches their folder. On a thread of its own: a file is checked before it is taken.
/// Outlives the restarts of the others.
using plugin_keeper_actor = caf::typed_actor<
    /// Look for plugins that are new or have changed, let go those that are gone.
    caf::replies_to<reload_atom>::with<reply<plugin_changes>>,
    /// The shadow of this plugin becomes live.
    caf::replies_to<promote_atom, std::string>::with<reply<plugin_promotion>>,
    /// Time to look at the folder.
    caf::reacts_to<tick_atom>>;

/// Counts what was committed, tells the world.
using metrics_actor =
    caf::typed_actor<caf::reacts_to<committed_atom, batch_ptr>, caf::reacts_to<news_atom, retrain_news_ptr>,
                     caf::reacts_to<news_atom, experiment_news_ptr>,
                     caf::reacts_to<exposure_atom, genre_impressions_ptr>, caf::reacts_to<shown_atom, set_shown_ptr>,
                     caf::replies_to<metrics_atom>::with<reply<feedback_metrics>>,
                     caf::reacts_to<subscribe_atom, live_listener_actor>,
                     /// The counts as of what it has seen.
                     caf::replies_to<snapshot_atom>::with<snapshot>,
                     /// Time to send the newest metrics.
                     caf::reacts_to<tick_atom>>;

/// Has the trainer run, on a thread that it does not wait for, and the model's file left on disk; tells the metrics how far
/// it is. When the actor ends, what the thread brings later is nobody's.
using trainer_actor = caf::typed_actor<caf::replies_to<train_atom, claim_answer>::with<trained_ptr>,
                                       /// The training is to end; whoever waits for it is told that it was cancelled.
                                       caf::reacts_to<cancel_atom>,
                                       /// Reads a model's file, on a thread of its own too.
                                       caf::replies_to<load_atom, id>::with<loaded_ptr>>;

/// Decides when to train, publishes what comes of it, changes versions by hand: what makes another model serve goes through
/// here, one at a time.
using scheduler_actor = caf::typed_actor<
    /// A retrain became due.
    caf::reacts_to<due_atom, retrain_cause>,
    /// Retrain by hand.
    caf::replies_to<retrain_atom>::with<reply<retrain_ticket>>,
    /// This version becomes live; answers it.
    caf::replies_to<promote_atom, id>::with<reply<model_version>>,
    /// This version, the live one, gives way to its parent, for this reason; answers what serves then.
    caf::replies_to<rollback_atom, id, std::string>::with<reply<model_version>>,
    /// End the retrain that runs; its id.
    caf::replies_to<cancel_atom>::with<reply<id>>,
    /// The cool-down may be over.
    caf::reacts_to<tick_atom>>;

/// Counts what the running experiments count, looks at them, ends them. Reads what was committed from the store, now and
/// then and before each answer: so nothing waits for it, and a start counts the same. On a thread of its own.
using experiments_actor =
    caf::typed_actor<caf::replies_to<experiment_atom, experiment_request_ptr>::with<experiment_answer_ptr>,
                     /// Time to read on, and to look.
                     caf::reacts_to<tick_atom>>;

}  // namespace demur::pipeline

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::pipeline::batch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::pipeline::preview_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::plugin_promotion)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::pipeline::answers_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const demur::pipeline::lookup>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const demur::pipeline::lookup_answer>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const std::vector<demur::pattern>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::pipeline::catalogue_change_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::pipeline::set_shown_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::pipeline::set_shown_ptr>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::pipeline::retrain_news_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::pipeline::experiment_news_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::experiment_row)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::experiment_step)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::pipeline::genre_impressions_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::pipeline::trained_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::pipeline::claim_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::pipeline::claim_answer>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::snapshot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::model_version)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::retrain_cause)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::optional<demur::retrain_cause>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::pipeline::loaded_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::pipeline::entries_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::store::model_change)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::store::claim_range)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(demur::reply<demur::store::claim_range>)
