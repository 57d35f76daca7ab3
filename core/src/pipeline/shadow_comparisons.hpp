#pragma once

#include "domain/case_file.hpp"
#include "plugin/registry.hpp"

#include <demur/reports.hpp>
#include <demur/types.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace demur::pipeline {

/// How shadows have done beside their live strategies, in this process. A change of either begins anew.   [any thread]
class shadow_comparisons {
public:
  /// Counts what both said; what failed is null. Returns the features in which they differ, sorted, those of the live
  /// answer and of the shadow's.
  std::vector<shadow_difference> compare(const plugin::seat& seat, const dislike& row, const plugin::verdict* live,
                                         const plugin::verdict* shadow);
  /// Of the seat as it is now; nothing has been compared: zeros.
  shadow_report report(const plugin::seat& seat) const;

private:
  mutable std::mutex lock_;
  std::map<std::string, shadow_report> by_reason_;
};

}  // namespace demur::pipeline
