#pragma once

#include "domain/case_file.hpp"

#include <demur/error.hpp>
#include <demur/experiments.hpp>
#include <demur/recommendations.hpp>
#include <demur/reports.hpp>
#include <demur/trainer.hpp>
#include <demur/types.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Answers as JSON text. Numbers are written in the shortest form that reads back exactly, `0.85` and never `8.5E-1`;
/// the same value always gives the same bytes. Pure; callable from any thread.
namespace demur {

std::string to_json(const receipt& value);
std::string to_json(const history_page& value);
std::string to_json(const pattern_summary& value);
std::string to_json(const feedback_metrics& value);
std::string to_json(const std::vector<model_version>& value);
std::string to_json(const rerank_answer& value);
std::string to_json(const recommendations& value);
std::string to_json(const explanation& value);
std::string to_json(const retrain_ticket& value);
/// Of the empty model, whose id is 0: {"model_version_id":0}.
std::string to_json(const model_version& value);
std::string to_json(const model_version_page& value);
std::string to_json(const pattern& value);
std::string to_json(const std::vector<plugin_report>& value);
std::string to_json(const plugin_changes& value);
std::string to_json(const plugin_promotion& value);
std::string to_json(const shadow_report& value);
std::string to_json(const preview_answer& value);
std::string to_json(const feature_impact_report& value);
std::string to_json(const experiment_report& value);
std::string to_json(const std::vector<experiment_report>& value);
std::string to_json(const experiment_assignment& value);
/// The `experiment` event: {phase, experiment}; phase: started, decided, stopped.
std::string experiment_json(std::string_view phase, const experiment_report& value);
/// The `shadow` event.
std::string to_json(const shadow_differences& value);
/// The `dislike` event and a history row.
std::string to_json(const dislike& value);
/// The `adjustment` event: {dislike_id, user_id, adjustments}.
std::string adjustment_json(const receipt& value);
/// GET /api/retrain.
std::string to_json(const retrain_status& value);
/// The `retrain` event: {phase, detail, cause, version}; phase: due, started, progress, failed, rejected, published. No
/// detail: null. In the phase progress there is `progress` beside them.
std::string retrain_json(std::string_view phase, const model_version& version, std::string_view detail,
                         const std::optional<training_progress>& progress = {});
/// The `model` event: {change, detail} and the members of the version that serves; change: published, promoted, rolled_back.
std::string model_json(std::string_view change, const model_version& version, std::string_view detail);

/// {"results": [{"status", "receipt" | "problem"}]}
std::string batch_json(const std::vector<result<receipt>>& rows);
/// RFC 9457 problem document. Members without content are left out; retry_after is not in it (a header).
std::string problem_json(const error& value);
/// A receipt that was written by to_json, e.g. one kept for a repeat: to_json gives the same text again. What the text
/// does not hold is filled from the receipt (an adjustment's dislike_id and model_version_id) or left empty (its
/// applied_at, a problem's retry_after).
result<receipt> read_receipt(std::string_view json);
result<std::vector<result<receipt>>> read_batch(std::string_view json);

/// The one place where an error becomes an HTTP status.
int http_status(error_code code);

/// RFC 3339 UTC with milliseconds, `2026-11-22T23:34:32.000Z`.
std::string format_time(timestamp value);
/// Reads RFC 3339 with any offset and precision (cut to ms); nothing if it is none.
std::optional<timestamp> parse_time(std::string_view text);

}  // namespace demur
