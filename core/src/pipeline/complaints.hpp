#pragma once

#include "domain/by_text.hpp"
#include "domain/case_file.hpp"
#include "domain/records.hpp"
#include "learning/feature_impact.hpp"
#include "pipeline/exposure.hpp"

#include <demur/reports.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace demur::pipeline {

/// The users who disliked something most: exact while there are few, then the counters of Space-Saving (Metwally, Agrawal,
/// El Abbadi, ICDT 2005), each at most its `error` too high. Users are told apart by a hash of 64 bits.
class top_users {
public:
  static constexpr std::size_t room = 32;

  void add(std::uint64_t user);
  bool is_exact() const { return exact_; }
  /// As far as is known: without the errors.
  learning::user_concentration concentration(std::int64_t dislikes) const;
  /// Of `dislikes`, over the users the sum of the squares, as far as is known: who is not told apart disliked it once.
  std::int64_t squares(std::int64_t dislikes) const;

  void write(record_writer& out) const;
  void read(record_reader& in);

private:
  struct counter {
    std::uint64_t user = 0;
    std::int64_t dislikes = 0;
    std::int64_t error = 0;
  };
  std::vector<counter> counters_;
  bool exact_ = true;
};

/// Who dislikes which feature, for which reasons. A fold of the dislikes in their order.
class complaints {
public:
  /// `max_features`: further ones are not told apart.
  explicit complaints(std::size_t max_features) : max_features_(max_features) {}

  void count(const case_entry& entry);
  /// `wanted.limit` is at least 1.
  feature_impact_report impact(const feature_impact_request& wanted, const exposure& shown) const;

  /// Records of the kinds `complaint` and `complainers`.
  void write(record_writer& out) const;
  /// False: the record is of another kind.
  bool read(std::string_view kind, record_reader& in);

private:
  using by_reason = std::map<std::string, std::int64_t, std::less<>>;
  struct feature {
    by_reason dislikes;
    top_users users;
  };

  struct compared {
    std::string_view name;
    bool by_impressions = false;
    learning::dislike_counts counts;
  };

  static feature_impact told(const compared& one, const learning::feature_effect& effect);
  /// Those that were disliked and have a baseline, by name.
  std::map<std::string_view, std::vector<compared>> by_family(const feature_impact_request& wanted,
                                                              const exposure& shown,
                                                              feature_impact_report& report) const;

  std::size_t max_features_;
  by_reason dislikes_;
  by_text<feature> features_;
};

}  // namespace demur::pipeline
