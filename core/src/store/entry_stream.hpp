#pragma once

#include "domain/case_file.hpp"
#include "store/rows.hpp"

#include <string>
#include <vector>

/// The dislikes of a range with all that belongs to them, one after the other.
namespace demur::store {

/// The impacts of a range, in order of dislike and impact; or those of one readjustment and dislike.
class impact_stream {
public:
  impact_stream(soci::session& session, const std::string& where, const long long& first, const long long& second);

  /// Begins, with the variables that were bound as they are now.
  void begin();
  /// Takes those of the dislike that are next.
  void take(id dislike_id, std::vector<recorded_impact>& into);

private:
  question ask_;
  long long impact_of_ = 0, impact_id_ = 0, version_ = 0, applied_ = 0, strategy_version_ = 0;
  double magnitude_ = 0.0, half_life_ = 0.0;
  nullable<double> hold_days_, rise_days_;
  std::string type_, feature_;
  bool more_ = false;
};

/// All impacts of a dislike.
std::vector<recorded_impact> impacts_of(soci::session& session, id dislike_id);

/// Dislikes and readjustments with an id in (after, through], merged by id. The three tables of dislikes are in the order of
/// the dislike's id: they are read side by side. Within a transaction of the caller's; the bounds must outlive it.
class entry_stream {
public:
  entry_stream(soci::session& session, const long long& after, const long long& through);

  /// False at the end.
  bool next(case_entry& entry);

private:
  bool next_dislike(case_entry& entry);
  bool next_readjustment(case_entry& entry);

  question dislikes_, examples_, readjustments_;
  dislike_row row_, readjusted_;
  long long readjustment_id_ = 0, readjusted_dislike_ = 0;
  long long example_id_ = 0, used_ = 0;
  double actual_ = 0.0, weight_ = 0.0;
  nullable<double> predicted_, wrong_by_;
  nullable<long long> recommended_by_;
  impact_stream impacts_, late_impacts_;
  bool more_dislikes_ = false, more_examples_ = false, more_readjustments_ = false;
};

}  // namespace demur::store
