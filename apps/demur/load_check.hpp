#pragma once

#include "load_rows.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace demur::cli {

/// Compares a journal with what histories show. Give it every history row of the journal's users, then ask for faults.
class load_check {
public:
  explicit load_check(std::vector<journal_entry> journal);

  const std::set<std::string>& users() const { return users_; }
  std::size_t acknowledged() const { return wanted_.size(); }

  /// A row of GET /api/dislike-history. Rows that are not of the load generator are passed over.
  void found(const boost::json::object& row);

  /// A sentence for each acknowledged dislike that is not there whole exactly once, in the journal's order.
  std::vector<std::string> faults() const;

private:
  struct wanted {
    journal_entry entry;
    std::vector<id> stored;  ///< ids of the history rows of this request
    std::string difference;  ///< of a stored row from what was sent
    std::string conflict;    ///< within the journal
  };
  std::string fault_of(const wanted& checked) const;

  std::vector<wanted> wanted_;
  std::map<load_row, std::size_t> place_;
  std::set<std::string> users_;
};

}  // namespace demur::cli
