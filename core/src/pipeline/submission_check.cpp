#include "pipeline/submission_check.hpp"

#include "domain/json_read.hpp"
#include "domain/rules.hpp"
#include "domain/text.hpp"

namespace demur::pipeline {

std::optional<error> check(submission_ptr& from, timestamp now) {
  if (!from->batch && from->rows.size() != 1)
    return rules::refusal("rows", std::to_string(from->rows.size()) + " of them", "one, or a batch");
  if (!from->idempotency_key.empty())
    if (auto usable = check_idempotency_key(from->idempotency_key); !usable) return std::move(usable).problem();
  if (!from->user_id.empty() || !from->idempotency_key.empty())
    if (!rules::is_visible(from->user_id)) return rules::no_identity("user_id", quoted_excerpt(from->user_id));
  auto checked = std::make_shared<submission>(*from);
  for (auto& row : checked->rows)
    if (row) row = validate(*std::move(row), now);
  checked->checked = true;
  from = std::move(checked);
  return std::nullopt;
}

}  // namespace demur::pipeline
