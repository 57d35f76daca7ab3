#include "store/kept_answers.hpp"

#include "domain/digest.hpp"

namespace demur::store {

long long hash_of_key(const std::string& user_id, const std::string& key) {
  return static_cast<long long>(stable_hash(user_id + '\n' + key));
}

kept_answers::kept_answers(soci::session& session) : ask_(session) {
  into_all(ask_.statement, answer_id_, digest_, answer_, expires_at_);
  ask_.statement.exchange(soci::use(hash_));
  ask_.statement.exchange(soci::use(user_id_));
  ask_.statement.exchange(soci::use(key_));
  ask_.statement.exchange(soci::use(since_));
  ask_.ready(
      "select answer_id, body_digest, answer, expires_at from idempotency_keys where key_hash = :h and user_id = :u "
      "and idempotency_key = :k and expires_at > :n order by answer_id");
}

std::optional<idempotency_record> kept_answers::get(const std::string& user_id, const std::string& key, timestamp now) {
  hash_ = hash_of_key(user_id, key);
  user_id_ = user_id;
  key_ = key;
  since_ = to_column(now);
  std::optional<idempotency_record> found;
  ask_.each([&] { found = {answer_id_, user_id, key, digest_, answer_, to_time(expires_at_)}; });
  return found;
}

std::int64_t forget_answers(soci::session& session, timestamp now, std::int64_t limit) {
  const long long until = to_column(now), most = limit;
  long long through = 0, expired = 0;
  session << "select coalesce(max(answer_id), 0), count(*) from (select answer_id, expires_at from idempotency_keys "
             "order by answer_id limit :l) as oldest where expires_at <= :n",
      soci::into(through), soci::into(expired), soci::use(most), soci::use(until);
  if (expired == 0) return 0;
  session << "delete from idempotency_keys where answer_id <= :i and expires_at <= :n", soci::use(through),
      soci::use(until);
  return expired;
}

}  // namespace demur::store
