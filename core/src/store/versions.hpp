#pragma once

#include "store/session.hpp"
#include "store/store.hpp"

#include <vector>

/// Model versions and the examples they claim. Within a transaction of the caller's; exceptions are SOCI's.
namespace demur::store {

std::vector<id> training_versions(soci::session& session);
/// The dislike up to which examples are claimed by a version that did not fail.
id claimed_through(soci::session& session);
/// `conflict` if nothing is unused.
result<claim_range> register_claim(soci::session& session, const model_version& started);
/// Marks up to `limit` examples; how many are left.
std::int64_t mark_some_used(soci::session& session, const claim_range& claim, std::int64_t limit);
void make_live(soci::session& session, const model_version& trained);
void make_failed(soci::session& session, id model_version_id);
std::vector<model_version> all_versions(soci::session& session);

}  // namespace demur::store
