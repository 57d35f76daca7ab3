#pragma once

#include "domain/case_file.hpp"
#include "domain/faded_sum.hpp"
#include "learning/drift.hpp"
#include "pipeline/complaints.hpp"
#include "pipeline/exposure.hpp"
#include "pipeline/unused_examples.hpp"

#include <demur/settings.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace demur::pipeline {

/// The counts over all users from which patterns and due retrains are told; every step is O(features of one dislike).
/// A fold of the store in order of dislike_id: `count` is the fold, everything else only looks.
class pattern_state {
public:
  pattern_state(const settings& chosen, std::vector<std::string> reasons);

  exposure& shown() { return exposure_; }
  const exposure& shown() const { return exposure_; }

  /// A small copy that tells of this dislike what the whole would tell, before and after it is counted.
  pattern_state excerpt(const case_entry& entry) const;

  /// Which features drive dislikes.
  feature_impact_report impact(const feature_impact_request& wanted) const {
    return complaints_.impact(wanted, exposure_);
  }

  /// Adds a dislike.
  void count(const case_entry& entry);

  /// Concentrations and bursts of this user, and of all users, that this dislike (already counted) takes part in.
  /// Without ids; a pattern that is known already comes again with its new frequency.
  void find_patterns(const case_entry& entry, std::vector<pattern>& found) const;

  std::optional<retrain_cause> retrain_due(const case_entry& entry) const;
  std::optional<retrain_cause> retrain_due() const;
  /// A retrain took all examples up to this dislike; from here on others count.
  void claim_unused(id through);
  /// What it took is in the model that serves.
  void use_claimed() { judge_claimed(); }
  /// The retrain failed, or its model was `rejected`; what it took counts again.
  void give_back_unused(bool rejected = false);
  std::int64_t unused() const { return unused_.count(); }
  /// Only the examples after this dislike count as unused.
  id unused_since() const { return unused_since_; }
  /// Up to this dislike examples have been in a claim of which something came. Where the live model does not know them
  /// (its successor was rejected, or rolled back), they make no retrain due by themselves: not before there are as many newer
  /// ones as the rule `count` needs.
  id judged_through() const { return judged_through_; }
  /// Another model serves, or a start's snapshot does not know the newest one: forgets the examples after these two, until
  /// `recounted`; those that come meanwhile are left out.
  void recount_unused(id since, id judged_through);
  /// One after the other, with nothing left out.
  void count_unused(const case_entry& entry);
  void recounted() { recounting_ = false; }
  bool recounting() const { return recounting_; }

  /// So many items were shown, known to the catalogue or not.
  void count_shown(std::int64_t impressions) { drift_.shown(impressions); }

  /// `movie:12` of every item whose metadata looks wrong.
  std::vector<std::string> defective_items() const;

  id through_dislike_id() const { return through_dislike_id_; }

  std::string save() const;
  /// False if the text is not one that `save` wrote.
  bool restore(std::string_view text);

private:
  pattern_state(const pattern_state& whole, const std::vector<std::string>& features, const std::string& item_name);

  struct item {
    std::int64_t dislikes = 0;
    std::int64_t wrong_genre = 0;
    distinct_users users;  ///< who said wrong_genre
  };

  void count_feature(const std::string& feature);
  void watch_for_drift(const case_entry& entry);
  void judge_claimed();
  bool defective(const item& counted) const;
  std::int64_t dislikes_of(std::string_view feature) const;
  /// The share that a feature would have among dislikes if nothing were wrong with it. `own_hits` of `own_trials` are
  /// what is being tested: they must not be their own yardstick.
  double baseline(std::string_view feature, std::int64_t own_hits, std::int64_t own_trials) const;
  bool held_back() const;
  /// Adds the fourth rule.
  std::optional<retrain_cause> unless_held_back(std::optional<retrain_cause> by_examples) const;
  bool stands_out_unused(std::string_view feature, std::int64_t hits, std::int64_t trials) const;
  void find_of_user(const case_entry& entry, std::vector<pattern>& found) const;
  void find_of_all(const case_entry& entry, std::vector<pattern>& found) const;

  settings::patterns_section rules_;
  settings::retrain_section retrain_;
  std::size_t max_values_;
  std::size_t max_items_;
  std::int64_t known_reasons_;
  exposure exposure_;
  unused_examples unused_;
  unused_examples claimed_;  ///< by the retrain that runs
  id unused_since_ = 0;
  id claimed_since_ = 0;
  id judged_through_ = 0;
  std::int64_t newer_ = 0;  ///< examples after judged_through
  bool recounting_ = false;
  learning::drift_detector drift_;
  /// The last alarm, and the dislike that raised it: it is over when a claim of which something came has that dislike.
  learning::drift_alarm alarm_;
  id alarm_dislike_id_ = 0;
  std::int64_t dislikes_ = 0;
  id through_dislike_id_ = 0;
  by_text<std::int64_t> by_feature_;
  std::map<std::string, std::int64_t, std::less<>> values_of_family_;
  std::map<std::string, std::int64_t, std::less<>> together_;  ///< by family: those that max_values leaves out
  complaints complaints_;
  by_text<item> items_;
  faded_sum burst_;       ///< dislikes of late, over all users
  faded_sum usual_rate_;  ///< the same with a half-life of a day: what is usual
};

}  // namespace demur::pipeline
