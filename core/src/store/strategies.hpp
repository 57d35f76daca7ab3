#pragma once

#include "domain/case_file.hpp"
#include "store/session.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// What is stored about strategies: their versions, the dislikes that wait for them, who was promoted. There are few of
/// these rows, so they are written one by one. All throw what SOCI throws.
namespace demur::store {

/// Of a batch: who waits, what became of those who waited, versions that are new. Within the batch's transaction.
void write_strategies(soci::session& session, const case_file& batch);

std::vector<strategy_version> strategy_versions(soci::session& session);
std::map<std::string, std::int64_t> pending_by_reason(soci::session& session);
/// The oldest of them with `attempts` in [from, to], at most `limit`.
std::vector<pending_adjustment> pending_adjustments(soci::session& session, const std::string& reason,
                                                    std::int64_t from, std::int64_t to, std::int64_t limit);
bool is_pending(soci::session& session, id dislike_id);

std::map<std::string, std::string> promoted_strategies(soci::session& session);
void put_promotion(soci::session& session, const std::string& reason, const std::string& plugin, timestamp now);

}  // namespace demur::store
