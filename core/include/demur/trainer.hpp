#pragma once

#include <demur/settings.hpp>
#include <demur/types.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demur {

namespace learning {
struct ranking_model;
}

/// What serves: the part of every person's weights that all share, and, where there are ratings to learn from, a model
/// that ranks by itself. Immutable once made.
struct model {
  id model_version_id = 0;
  id parent_id = 0;
  timestamp created_at{};
  /// ln(weight) by feature (`genre:Horror`); a feature that is not here has weight 1.
  std::map<std::string, double, std::less<>> shared_log_weights;
  /// The `ials` trainer's; null: none.
  std::shared_ptr<const learning::ranking_model> ranking{};

  friend bool operator==(const model&, const model&) = default;
};

/// One adjustment of a claimed dislike, as a trainer sees it.
struct claimed_adjustment {
  id dislike_id = 0;
  std::string user_id;
  std::string reason;
  std::string item;     ///< `movie:12` or `title:...`
  std::string feature;  ///< `genre:Horror`
  double magnitude = 0.0;
};

/// Reads a retrain's claim.
class claim_reader {
public:
  virtual ~claim_reader() = default;
  /// Passes each adjustment once, in order of dislike_id; may be called more than once. Errors: `unavailable`, when the
  /// store does not answer.
  virtual result<done> each_adjustment(const std::function<void(const claimed_adjustment&)>& visit) const = 0;
};

/// What a user thinks of an item. `seen`: a dislike that is no complaint about it (already_watched); a reason to hide the
/// item, none to learn from.
enum class opinion_kind { like, dislike, seen };

struct training_opinion {
  std::string user_id;
  id movie_id = 0;
  opinion_kind kind = opinion_kind::like;
  std::string reason;   ///< of the dislike; empty: it is a rating
  double weight = 1.0;  ///< before it fades with its age: 1 of a like, the example's of a dislike, 0 of what was seen
  timestamp created_at{};
  id dislike_id = 0;  ///< 0: it is a rating
};

/// All that there is to learn from, up to the end of a claim. Bounded memory: a row is valid during its visit only.
/// Belongs to the thread of the training.
class training_set {
public:
  virtual ~training_set() = default;
  /// Passes every opinion on an item that has an id, or is the catalogue's only one of its title, in the order of (user_id,
  /// movie_id), the newest of a pair last. A rating of 4.0 or more, or sent as liked, is a like; one of 2.0 or less a
  /// dislike without a reason, with the weight `weights.dislike_weight_multiplier`; in between is no opinion. May be called
  /// more than once; ratings that come meanwhile are in the next pass. Errors: `unavailable`, when the store does not
  /// answer; `conflict`, when the training was cancelled.
  virtual result<done> each_opinion(const std::function<void(const training_opinion&)>& visit) const = 0;
  /// Whether anybody likes anything: cheap, where nothing can be learned without. Errors: the same.
  virtual result<bool> has_likes() const = 0;
  /// Passes the catalogue by movie_id. Errors: the same.
  virtual result<done> each_movie(const std::function<void(const movie&)>& visit) const = 0;
};

enum class training_phase { waiting, reading, training, evaluating, exporting };

struct training_progress {
  training_phase phase = training_phase::training;
  std::int64_t epoch = 0;   ///< finished ones
  std::int64_t epochs = 0;  ///< of all; 0: not known
  std::optional<double> loss{};
  std::optional<double> eta_s{};  ///< seconds that the rest will take

  friend bool operator==(const training_progress&, const training_progress&) = default;
};

struct training_task {
  id model_version_id = 0;  ///< of the model to be made
  timestamp now{};
  std::shared_ptr<const model> parent;  ///< never null; the first retrain's is the empty model 0
  const claim_reader* claim = nullptr;
  std::int64_t claimed_examples = 0;
  const training_set* data = nullptr;
  settings::retrain_section retrain;
  /// Items whose metadata looks wrong (`movie:12`): a complaint about their genre says nothing about the genre.
  std::vector<std::string> defective_items;
  /// A trainer may leave a file of its own here: it is kept as long as the model, and goes with it.
  std::string artefact_file;
  /// Look at it now and then: the retrain took too long or was cancelled, or the pipeline ends. Nobody waits for the outcome any more, but
  /// the next task waits for the trainer to come back.
  const std::atomic<bool>* cancelled = nullptr;
  /// Tell it how far you are, as often as you like: it is cheap, and what is told too often is skipped. May be empty; see
  /// `report`. Callable from the thread that trains.
  std::function<void(const training_progress&)> progress{};

  /// A line for the log of whoever operates the system. May be empty.
  std::function<void(std::string_view)> log{};

  void report(const training_progress& newest) const {
    if (progress) progress(newest);
  }
  bool is_cancelled() const { return cancelled && cancelled->load(std::memory_order_relaxed); }
};

struct training_outcome {
  model trained;
  std::map<std::string, double> metrics;
  std::string data_hash{};  ///< a digest of what it was trained on; empty: not said
  std::string rejection{};  ///< why the model must not go live, though its file is kept; empty: it may
};

/// Makes a model of a claim. Runs on a thread of its own, one task at a time; must give the same model for the same
/// task. An error gives the claim back and leaves the old model serving. Must not throw.
class trainer {
public:
  virtual ~trainer() = default;
  virtual std::string name() const = 0;
  virtual result<training_outcome> train(const training_task& task) = 0;
};

/// The trainer that is there without a recommender model: every distinct user has one vote on each feature, the mean of
/// his adjustments' ln(1 + m); a feature moves by the sum of its votes over the number of users who had a vote on
/// anything, if at least `retrain.quorum` users voted on it. So a shared weight is what the average complainant would
/// give. What the parent had learned fades with `shared_half_life_days`.
std::unique_ptr<trainer> make_shared_weights_trainer();

std::string_view to_string(training_phase value);
/// Back from to_string; nothing if it is no such name.
std::optional<training_phase> training_phase_of(std::string_view name);

}  // namespace demur
