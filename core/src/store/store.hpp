#pragma once

#include "domain/case_file.hpp"
#include "domain/experiment_records.hpp"
#include "store/recent_states.hpp"

#include <demur/settings.hpp>
#include <demur/trainer.hpp>
#include <demur/types.hpp>

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// The one room that knows SQL. SOCI exceptions end here: every function returns its failure as an `error`
/// (`unavailable`), after which the session is reopened at the next call if need be.
namespace demur::store {

/// What a user has disliked, or everyone's; see `reader::tally`.
struct tally {
  std::int64_t total = 0;
  id newest_dislike_id = 0;
  std::map<std::string, std::int64_t> by_reason;
};

/// The range of dislikes a retrain took: (after, through].
struct claim_range {
  id after = 0;
  id through = 0;
  std::int64_t examples = 0;
};

/// Another version goes live than the one that was trained last.
struct model_change {
  id from = 0;                                 ///< the version that was live; 0: none
  id to = 0;                                   ///< the version that is live now; 0: none, the empty model serves
  model_state left_as = model_state::retired;  ///< state of `from`: retired or rolled_back
  std::string reason;                          ///< of `from`
};

/// How many impressions were counted before a dislike, since the one before it that is told.
struct impressions_before {
  id dislike_id = 0;  ///< the first one after them; `no_dislike`: none yet
  std::int64_t impressions = 0;
  id through_recorded_id = 0;  ///< of the recommendation sets
};
inline constexpr id no_dislike = std::numeric_limits<id>::max();

/// The one session that writes. Not thread-safe: it belongs to the journal.
class writer {
public:
  /// Opens the database, creates or migrates the schema, and finishes what a crash left half-done: versions still
  /// `training` become `failed` and their claimed examples free again; used_in_training becomes what the live version knows.
  static result<std::unique_ptr<writer>> open(const settings& chosen);
  ~writer();

  /// Those of these patterns (user_id, pattern_type, pattern_value are read) that are stored.
  result<std::vector<pattern>> patterns(const std::vector<pattern>& wanted);
  /// The answers kept under these (user_id, key) that have not expired. Same order.
  result<std::vector<idempotency_record>> idempotency(const std::vector<std::pair<std::string, std::string>>& wanted,
                                                      timestamp now);
  /// Catalogue rows of these ids that are known.
  result<std::vector<movie>> movies(const std::vector<id>& ids);

  /// Writes the batch in one transaction: all of it or nothing. Its users' states are left to `recent_states` and the
  /// weights_writer.
  result<done> commit(const case_file& batch);

  /// From now on this plugin is the live one of its reason and shadow.
  result<done> put_promotion(const std::string& reason, const std::string& plugin, timestamp now);

  /// Adds or replaces catalogue rows; returns the rows that were there before, to undo their counts.
  result<std::vector<movie>> put_movies(const std::vector<movie>& movies);
  /// Latest rating of a (user, movie) wins. Returns how many rows changed: not an older one, nor one that is there already.
  result<std::int64_t> put_ratings(const std::vector<user_rating>& ratings);
  /// Stores what was shown. The set's id must be given (by the client, in any order; or made); `conflict` if it is there
  /// already. recorded_id ascends from call to call: the order in which sets are counted.
  result<done> put_recommendation_set(const recorded_set& made);
  /// Of these dislikes, which model version recommended what they are about: case_entry::recommended_by.
  result<done> name_versions(std::vector<case_entry>& entries);

  /// Replaces the snapshot of its part.
  result<done> put_snapshot(const snapshot& taken);

  /// Registers a version in state `training` that claims all unused examples: those after the claim of its parent, the
  /// live version. `conflict` if there are none.
  result<claim_range> claim(const model_version& started);
  /// The version becomes live and its parent retired, with its metrics and data_hash, in one transaction.
  result<done> publish(const model_version& trained);
  /// The version stays what it is, `rejected`, with its metrics, data_hash and reason; its examples are free again.
  result<done> reject(const model_version& trained);
  /// The version becomes failed; its examples are free again.
  result<done> give_back(id model_version_id, const std::string& reason);
  /// Both versions change in one transaction.
  result<done> change_live(const model_change& change);
  /// Brings used_in_training nearer to what the live version knows, by at most `limit` examples: 1 for those up to its
  /// claim_through, 0 for those after it. True: there is more to do.
  result<bool> mark_used(std::int64_t limit);
  result<std::optional<model_version>> version(id model_version_id);
  /// At most `limit` dislikes after an id, in order, with their examples.
  result<std::vector<case_entry>> entries(id after, std::int64_t limit);

  /// A new experiment.
  result<done> put_experiment(const experiment_row& begun);
  /// What a look made of an experiment, or the answer to its action.
  result<done> put_experiment_step(const experiment_step& made);

  /// Deletes at most `limit` expired idempotency records.
  result<std::int64_t> expire(timestamp now, std::int64_t limit);

private:
  struct parts;
  explicit writer(std::unique_ptr<parts> parts);
  result<done> finish();
  std::unique_ptr<parts> parts_;
};

/// The one session that writes feature_weights, the fold of all dislikes by user. It lags behind the commits by what is in
/// `recent_states`. Not thread-safe: one owner.
class weights_writer {
public:
  /// Opens the table that a `writer` has made.
  static result<std::unique_ptr<weights_writer>> open(const settings& chosen);
  ~weights_writer();

  /// The dislike up to which the table is folded.
  result<id> through();
  /// Puts the states of the slice in the place of those that are there, in one transaction.
  result<done> merge(const recent_states::slice& changed);
  /// Forgets everything: the fold begins anew.
  result<done> clear();

private:
  struct parts;
  explicit weights_writer(std::unique_ptr<parts> parts);
  std::unique_ptr<parts> parts_;
};

/// A session that reads; sees the last commit. Not thread-safe: one owner each.
class reader {
public:
  /// `recent`: what feature_weights lacks. Null: nothing. `seen`: what `states` sees of it; all else is as of the commit.
  static result<std::unique_ptr<reader>> open(const settings& chosen, std::shared_ptr<const recent_states> recent = {},
                                              recent_states::view seen = recent_states::view::committed);
  ~reader();

  result<done> ping();

  /// Follows the chain of the user's dislikes from `cursor` (0: the newest).
  result<history_page> history(const std::string& user_id, std::int64_t limit, id cursor);
  result<store::tally> tally(const std::string& user_id);
  /// The user's dislikes with created_at >= since: how many and their mean predicted score.
  result<dislike_trend> trend(const std::string& user_id, timestamp since);
  /// An empty user: the patterns over all users. By identified_at, newest first.
  result<std::vector<pattern>> patterns(const std::string& user_id);
  /// Everything that is kept of the user.
  result<user_state> state(const std::string& user_id);
  /// Those of these features that are kept. Same order of users.
  result<std::vector<user_state>> states(const std::vector<user_features>& wanted);
  result<std::vector<movie>> movies(const std::vector<id>& ids);
  result<std::vector<model_version>> models();
  /// `cursor` 0: from the newest claimed dislike on. `not_found`; `bad_value` for a cursor outside of the claim.
  result<model_version_page> model(id model_version_id, std::int64_t limit, id cursor);

  /// The newest snapshot of a part.
  result<std::optional<snapshot>> latest_snapshot(const std::string& part);
  /// Versions of strategies that have adjusted something, by id.
  result<std::vector<strategy_version>> strategy_versions();
  /// Dislikes that wait for their strategies, counted by reason.
  result<std::map<std::string, std::int64_t>> pending_by_reason();
  /// Those of a reason with `attempts` in [from, to], the oldest first.
  result<std::vector<pending_adjustment>> pending_adjustments(const std::string& reason, std::int64_t from,
                                                              std::int64_t to, std::int64_t limit);
  /// By reason, the plugin that was promoted last.
  result<std::map<std::string, std::string>> promoted_strategies();

  /// Newest first, at most `limit`.
  result<std::vector<experiment_row>> experiments(std::int64_t limit);
  /// Those that run, or whose action has not been answered; oldest first.
  result<std::vector<experiment_row>> open_experiments();
  /// `not_found`, if so.
  result<experiment_row> experiment(id experiment_id);
  result<std::optional<experiment_look>> newest_look(id experiment_id);
  /// What came after this place and has no greater id than `through`, in one view: first every recommendation set, with the number of its items, then every
  /// dislike, each in the order of their ids.
  result<done> follow(const experiment_place& after, id through,
                      const std::function<void(id recorded_id, const std::string& user_id, std::int64_t items)>& shown,
                      const std::function<void(id dislike_id, const std::string& user_id)>& disliked);
  /// Of a user, the movies that he likes by a rating of that time or later.
  result<std::int64_t> likes_since(const std::string& user_id, timestamp since);

  /// Every dislike after an id, in order, with its example and impacts (weights before and after are not stored), and in
  /// the order of their ids, which are of one sequence, the readjustments between them: see case_entry::readjustment_id.
  result<done> each_entry(id after, id through, const std::function<void(const case_entry&)>& visit);
  result<done> each_movie(const std::function<void(const movie&)>& visit);
  /// Those with recorded_id > after, in that order.
  result<done> each_recommendation_set(id after, const std::function<void(const recorded_set&)>& visit);
  /// In order of the dislikes: what was shown, of the recommendation sets with recorded_id > after, before which of the
  /// dislikes after `after_dislike_id`; the rest comes last, as of no dislike.
  result<std::vector<impressions_before>> impressions(id after_dislike_id, id after_recorded_id);
  /// The dislike up to which examples are claimed by the live version, or by the one that trains: unused ones come after it.
  result<id> claimed_through();
  /// The dislike up to which some version that did not fail has claimed: it went live, or was found not to be fit for it.
  result<id> judged_through();
  /// The adjustments (no `filter`) of the dislikes of a claim, in order of dislike_id, then impact_id.
  result<done> each_adjustment(const claim_range& claim, const std::function<void(const claimed_adjustment&)>& visit);
  /// What training_set::has_likes tells.
  result<bool> has_likes();
  /// What training_set::each_opinion tells, with the dislikes up to `through`; ends early when the visitor says false.
  /// `rating_weight`: of a rating that is a dislike.
  result<done> each_opinion(id through, double rating_weight,
                            const std::function<bool(const training_opinion&)>& visit);
  /// The same of one user, the newest of an item last. `newest_dislike_id`: his last dislike; of all of them at most the
  /// newest `most_dislikes` are looked at.
  result<std::vector<training_opinion>> opinions(const std::string& user_id, id newest_dislike_id,
                                                 double rating_weight);
  static constexpr std::int64_t most_dislikes = 10'000;
  /// Movies that the user has rated in any way, ascending.
  result<std::vector<id>> rated_movies(const std::string& user_id);
  /// The movie that the catalogue has by this title; nothing if it has none, or several.
  result<std::optional<id>> movie_titled(const std::string& title);
  /// What a dislike moved, in order of impact_id; weights before and after are not stored.
  result<std::vector<recorded_impact>> impacts(id dislike_id);
  /// Of dislikes and readjustments; 0 if there is none.
  result<id> newest_entry_id();
  /// Highest ids in use, so that new ones sort after them: dislike, impact, pattern, recommendation set, model version.
  result<id> newest_id();

private:
  struct parts;
  explicit reader(std::unique_ptr<parts> parts);
  std::unique_ptr<parts> parts_;
};

}  // namespace demur::store
