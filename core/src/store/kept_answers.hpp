#pragma once

#include "domain/case_file.hpp"
#include "store/rows.hpp"
#include "store/session.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// Receipts that are kept for repeats of the same request: the table idempotency_keys. Within a transaction of the
/// caller's; exceptions are SOCI's.
namespace demur::store {

/// The index of the table: a number is found with fewer bytes than a user and a key.
long long hash_of_key(const std::string& user_id, const std::string& key);

class kept_answers {
public:
  explicit kept_answers(soci::session& session);
  /// The newest answer to this key, unless it has expired.
  std::optional<idempotency_record> get(const std::string& user_id, const std::string& key, timestamp now);

private:
  question ask_;
  long long hash_ = 0, answer_id_ = 0, since_ = 0, expires_at_ = 0;
  std::string user_id_, key_, digest_, answer_;
};

/// Deletes expired ones among the `limit` oldest; how many. They expire in the order in which they came, but for those of
/// a time with another idempotency_ttl, which may stay a little longer.
std::int64_t forget_answers(soci::session& session, timestamp now, std::int64_t limit);

}  // namespace demur::store
