#pragma once

#include "domain/case_file.hpp"
#include "pipeline/exposure.hpp"

#include <demur/settings.hpp>
#include <demur/trainer.hpp>
#include <demur/types.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace demur::pipeline {

/// Log-weights by family, then value: looked up without building `family:value`.
class weight_table {
public:
  void add(std::string_view feature, double log_weight);
  /// 0 if it is not here.
  double find(std::string_view family, std::string_view value) const;
  bool empty() const { return by_family_.empty(); }

private:
  by_text<by_text<double>> by_family_;
};

weight_table table_of(const model& shared);
weight_table table_of(const std::vector<feature_state>& personal, timestamp now);

/// Orders candidates by score * multiplier and takes out what is hidden from the user (api.md, POST /api/rerank).
/// `items`: the states of the items that the user disliked. Candidates have their features.
rerank_answer rerank(const rerank_request& request, const weight_table& personal, const weight_table& shared,
                     const std::vector<feature_state>& items, const settings::weights_section& chosen, timestamp now);

}  // namespace demur::pipeline
