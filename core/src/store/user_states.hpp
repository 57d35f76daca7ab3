#pragma once

#include "domain/case_file.hpp"
#include "store/rows.hpp"
#include "store/session.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What is kept of each user's features, packed: the table feature_weights holds one row for most users, so that a user
/// costs one page, however many features move. A user who outgrows a row gets further ones, one at a time (linear hashing:
/// W. Litwin, VLDB 1980), so a dislike costs the same however many came before it.
namespace demur::store {

/// The text of a row: a line with its reasons and one with its half-lives, which are then told by number; then a line a
/// (feature, reason), sorted by both. Short, as a row that outgrows a page costs a second one. Unreadable text throws.
std::vector<feature_state> states_in(std::string_view text);
/// Those of these features (sorted) that the text holds.
std::vector<feature_state> states_in(std::string_view text, std::span<const std::string> features);
/// The text with these states (sorted by feature) in it, or out of it where one has no reason.
std::string with_states(std::string_view text, std::span<const feature_state* const> changed);

/// Which of a user's `parts` rows holds a feature; the tally is always in row 0.
std::int64_t part_of(std::string_view feature, std::int64_t parts);

/// The table. Not thread-safe: belongs to its session's owner. Throws what SOCI throws.
class user_states {
public:
  explicit user_states(soci::session& session);

  /// The order in which the table lies.
  static long long key_of(const std::string& user_id);

  /// Those of these features (sorted) that are stored of the user.
  std::vector<feature_state> get(const std::string& user_id, std::span<const std::string> features);
  std::vector<feature_state> all(const std::string& user_id);

  /// States (sorted by feature) to be written.
  void put(const std::string& user_id, std::span<const feature_state> states);
  /// Writes what was put, in order of key, and forgets what was read.
  void flush();
  /// What was read may have changed; what was put is dropped.
  void forget() { rows_.clear(); }

private:
  struct row {
    std::string user_id;
    long long part = 0;
    long long parts = 1;  ///< rows of this user; row 0 knows
    std::string states;
    bool changed = false;
  };
  using rows = std::map<long long, row>;

  /// The place of a (user, part): its row, or, not found, the first free key.
  struct place {
    long long key = 0;
    row* found = nullptr;
  };
  place locate(const std::string& user_id, long long part);
  row& make(const std::string& user_id, long long part);
  void split_next(row& head);

  rows rows_;  ///< by key: read or put since the last flush
  long long wanted_key_ = 0;
  row fetched_;
  question select_;
  numbers key_, part_, parts_;
  texts user_id_, states_;
  bulk upsert_;
};

}  // namespace demur::store
