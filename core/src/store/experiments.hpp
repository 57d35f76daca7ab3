#pragma once

#include "domain/experiment_records.hpp"
#include "store/session.hpp"

#include <functional>
#include <string>
#include <vector>

/// Experiments and what they count. Within a transaction of the caller's; exceptions are SOCI's.
namespace demur::store {

void insert_experiment(soci::session& session, const experiment_row& begun);
/// The row as it is from now on, and the look that made it so.
void write_step(soci::session& session, const experiment_step& made);

/// Newest first, at most `limit`.
std::vector<experiment_row> experiments(soci::session& session, std::int64_t limit);
/// Those that run, or whose action has not been answered; oldest first.
std::vector<experiment_row> open_experiments(soci::session& session);
std::optional<experiment_row> experiment(soci::session& session, id experiment_id);
std::optional<experiment_look> newest_look(soci::session& session, id experiment_id);

/// What came after this place and has no greater id than `through`: first every recommendation set, then every dislike, each in the order of their ids.
void follow(soci::session& session, const experiment_place& after, id through,
            const std::function<void(id recorded_id, const std::string& user_id, std::int64_t items)>& shown,
            const std::function<void(id dislike_id, const std::string& user_id)>& disliked);
/// Of a user, the movies that he likes by a rating since then.
std::int64_t likes_since(soci::session& session, const std::string& user_id, timestamp since);

}  // namespace demur::store
