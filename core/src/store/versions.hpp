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
/// How far the marking of a claim has come, so that a slice need not look for its beginning.
struct marking {
  claim_range claim;
  long long through = 0;
  std::int64_t examples = 0;
};
/// Marks up to `limit` examples; how many are left.
std::int64_t mark_some_used(soci::session& session, const claim_range& claim, std::int64_t limit, marking& so_far);
void make_live(soci::session& session, const model_version& trained);
void make_failed(soci::session& session, id model_version_id);
std::vector<model_version> all_versions(soci::session& session);

}  // namespace demur::store
