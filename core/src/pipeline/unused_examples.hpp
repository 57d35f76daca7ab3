#pragma once

#include "domain/case_file.hpp"
#include "domain/records.hpp"
#include "learning/drift.hpp"
#include "pipeline/exposure.hpp"

#include <demur/settings.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace demur::pipeline {

/// Distinct users, told apart up to a number: enough to know whether there is a quorum, small for everyone.
class distinct_users {
public:
  /// Hashes are FNV-1a, the same on every machine.
  void add(std::string_view user_id, std::size_t up_to);
  void merge(const distinct_users& others, std::size_t up_to);
  std::size_t count() const { return seen_.size(); }
  void write(record_writer& out) const;
  void read(record_reader& in);

private:
  void add_hash(std::uint64_t hash, std::size_t up_to);
  std::vector<std::uint64_t> seen_;
};

/// What the retrain rules look at: the training examples that no retrain has claimed (design, section 4).
class unused_examples {
public:
  unused_examples(const settings::retrain_section& rules, std::size_t max_features)
      : rules_(rules), max_features_(max_features) {}

  void add(const case_entry& entry);
  /// Adds what came later.
  void merge(const unused_examples& later);

  /// Says how far a feature's count among these examples stands out.
  using stands_out = std::function<bool(std::string_view feature, std::int64_t hits, std::int64_t trials)>;
  /// The first rule that holds: count, mean_error, then feature for those of `features` that have a quorum.
  std::optional<retrain_cause> due(const std::vector<feature_count>& features, const stands_out& test) const;
  /// The same over all features.
  std::optional<retrain_cause> due(const stands_out& test) const;
  /// The fourth rule: dislikes have become more frequent, and there is something to learn from.
  std::optional<retrain_cause> due_by_drift(const learning::drift_alarm& raised) const;

  /// The figures, and the counts of these features alone.
  unused_examples excerpt(const std::vector<std::string>& features) const;

  std::int64_t dislikes_of(std::string_view feature) const;
  std::int64_t count() const { return count_; }

  void write(record_writer& out) const;
  /// Takes a record of this kind back in; false if it is somebody else's.
  bool read(std::string_view kind, record_reader& in);

private:
  struct feature {
    std::int64_t dislikes = 0;
    distinct_users users;
  };
  std::optional<retrain_cause> due_by_figures() const;
  std::optional<retrain_cause> due_by(std::string_view name, const feature& counted, const stands_out& test) const;
  retrain_cause cause(std::string rule) const;

  settings::retrain_section rules_;
  std::size_t max_features_;
  std::int64_t count_ = 0;
  std::int64_t with_error_ = 0;
  double error_sum_ = 0.0;
  by_text<feature> features_;
};

}  // namespace demur::pipeline
