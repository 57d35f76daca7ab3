#pragma once

#include "domain/records.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// Has the rate of dislikes risen?
namespace demur::learning {

struct drift_rules {
  double threshold = 7.0;        ///< evidence (natural logarithm of a likelihood ratio) that raises the alarm; 0: never
  std::int64_t warm_up = 1'000;  ///< impressions from which the long-run rate is learned
};

/// The rate of dislikes has doubled, or worse. Rates are dislikes an impression.
struct drift_alarm {
  double rate_before = 0.0;
  double rate_now = 0.0;               ///< since it rose
  std::int64_t impressions_since = 0;  ///< since it rose

  friend bool operator==(const drift_alarm&, const drift_alarm&) = default;
};

/// A cumulative sum over Bernoulli trials (Page 1954; Reynolds and Stoumbos 1999): an impression is a trial, a dislike its
/// success; S = max(0, S + ln of p1(trial) / p0(trial)) with p1 = 2 p0, and an alarm where S reaches the threshold. p0, the
/// long-run rate, is learned from the first `warm_up` impressions, and anew after an alarm: what is usual then is
/// another rate. An impression counts as not disliked until the dislike comes, which takes that back.
///
/// A fold: what it does depends on the order of its calls alone, never on how they are grouped, and is the same to the last
/// bit on every machine. [one thread]
class drift_detector {
public:
  explicit drift_detector(const drift_rules& rules) : rules_(rules) {}

  /// Something was shown so many times.
  void shown(std::int64_t impressions);
  /// One of what was shown was disliked; the alarm, if that raises it. `of_a_set`: the dislike names the recommendation set
  /// that it is about. Until the first dislike does, all count as being about what was shown; from then on only those that do.
  std::optional<drift_alarm> disliked(bool of_a_set);

  /// Dislikes an impression over the long run; nothing while it is learned.
  std::optional<double> long_run_rate() const;
  double evidence() const { return evidence_; }

  void write(record_writer& out) const;
  /// Takes a record of this kind back in; false if it is somebody else's.
  bool read(std::string_view kind, record_reader& in);

private:
  void learn_anew();
  void end_warm_up();

  drift_rules rules_;
  double rate_ = 0.0;             ///< p0; 0: it is being learned
  std::int64_t impressions_ = 0;  ///< of the warm-up; then since the evidence last was 0
  std::int64_t dislikes_ = 0;     ///< likewise
  double evidence_ = 0.0;         ///< S
  bool sets_are_named_ = false;
};

}  // namespace demur::learning
