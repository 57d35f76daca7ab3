#pragma once

#include "domain/by_text.hpp"
#include "domain/clock.hpp"
#include "pipeline/actors.hpp"
#include "pipeline/opinions.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace demur::pipeline {

/// Catalogue rows by movie_id.
using candidate_rows = std::map<id, movie>;

/// What the adjustment does with a batch: asks the strategies, moves the weights, asks again for those who had to wait.
/// Belongs to one thread.
class adjustment_logic {
public:
  const char* name = "adjustment";

  void begin(surroundings_ptr shared, std::unique_ptr<store::reader> store, id newest_id,
             const std::vector<strategy_version>& known);

  /// Errors: the store cannot be read; the batch is of no use then.
  result<done> adjust(case_file& file, timestamp now);
  /// Fills in the row, the example, the impacts and what the user has so far, and of the answer all but patterns and
  /// retrain. Errors: the store, or what was sent.
  result<done> preview(pipeline::preview& of);

private:
  /// A dislike that is being adjusted.
  struct step {
    case_entry& entry;
    user_state& user;
    const plugin::verdict& said;
    double half_life_days;
    std::int64_t strategy_version_id;
  };

  /// A batch's surroundings stay the same while it passes.
  void look_around(timestamp now);
  void tell_state(const plugin::strategy& of);
  plugin::services services_for(const case_file& file);
  double weight_of(const case_file& file, const dislike& of, const std::string& feature);

  result<done> adjust_some(case_file& file, std::span<case_entry> entries);
  std::vector<plugin::verdict> verdicts(case_file& file, std::span<case_entry> entries, bool for_good);
  void note_shadow(case_file& file, const dislike& row, const opinion& said);
  result<done> load_states(case_file& file, std::vector<user_features> touched);
  void adjust_one(case_file& file, case_entry& entry, const plugin::verdict& said, bool for_good);

  result<done> readjust(case_file& file);
  result<std::vector<pending_adjustment>> who_waits(const std::string& reason);
  result<done> readjust(case_file& file, const std::vector<pending_adjustment>& waiting);
  void adjust_late(case_file& file, case_entry& entry, const plugin::verdict& said);

  result<dislike_request> complete_preview(const preview_request& asked);
  result<candidate_rows> rows_of(const preview_request& asked);
  result<std::vector<std::optional<double>>> rank_candidates(const preview_request& asked, const candidate_rows& rows,
                                                             const user_state& user) const;
  void in_their_words(pipeline::preview& of, const case_file& file);

  static user_state& user_in(case_file& file, std::string_view user_id);
  const plugin::seat* seat_of(const dislike& row) const;
  double half_life_of(const dislike& row) const;
  std::int64_t version_id(case_file& file, const plugin::strategy& of);
  void tell_failure(const dislike& row, const error& why);
  void count(const step& work);
  void move_weights(const step& work);
  void filter(const step& work, std::optional<straight_rise> hidden_for);
  recorded_impact& add_impact(const step& work, std::string type, const std::string& feature, double half_life_days);

  surroundings_ptr shared_;
  std::unique_ptr<store::reader> store_;
  std::optional<id_generator> ids_;
  double burst_half_life_days_ = 0.0;
  by_text<timestamp> told_at_;                   ///< by reason
  by_text<plugin::strategy_state> told_states_;  ///< by name
  by_text<std::int64_t> version_ids_;            ///< by name, version and hash
  std::optional<movie> found_movie_;             ///< that a strategy asked for last

  timestamp now_{};  ///< of the batch
  std::shared_ptr<const model> serving_;
  std::shared_ptr<const plugin::seats> seated_;
};

}  // namespace demur::pipeline
