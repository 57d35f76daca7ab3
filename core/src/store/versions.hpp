#pragma once

#include "store/session.hpp"
#include "store/store.hpp"

#include <optional>
#include <vector>

/// Model versions and the examples they claim. Within a transaction of the caller's; exceptions are SOCI's.
namespace demur::store {

std::vector<id> training_versions(soci::session& session);
/// The dislike up to which examples are claimed: by the live version, or by the one that trains.
id claimed_through(soci::session& session);
/// The dislike up to which examples are in the claim of some version that did not fail.
id judged_through(soci::session& session);
/// `conflict` if nothing is unused.
result<claim_range> register_claim(soci::session& session, const model_version& started);

/// How far the column used_in_training is from what the live version knows.
struct marking {
  id marked = 0;  ///< examples up to this have a 1, those after it a 0
  id known = 0;   ///< of the live version: claim_through; 0: there is none

  bool is_done() const { return marked == known; }
};
marking marking_of(soci::session& session);
/// Goes on by up to `limit` examples.
marking mark_some(soci::session& session, std::int64_t limit);

void make_live(soci::session& session, const model_version& trained);
/// With state, metrics, data_hash and reason.
void end_version(soci::session& session, const model_version& ended);
void change_live(soci::session& session, const model_change& change);

/// Newest first.
std::vector<model_version> all_versions(soci::session& session);
std::optional<model_version> version_of(soci::session& session, id model_version_id);
/// Dislikes of the version's claim that have an example, newest first.
std::vector<id> claimed_dislikes(soci::session& session, const model_version& of, id through, std::int64_t limit);

}  // namespace demur::store
