#pragma once

#include "store/session.hpp"
#include "store/store.hpp"

#include <vector>

/// In which order recommendation sets and dislikes were counted: their ids are given in two places, and do not tell it.
/// Within a transaction of the caller's; exceptions are SOCI's.
namespace demur::store {

/// Which sets were counted before this batch; nothing, if no further ones.
void write_shown(soci::session& session, const case_file& batch);
/// See reader::impressions.
std::vector<impressions_before> impressions(soci::session& session, id after_dislike_id, id after_recorded_id);

}  // namespace demur::store
