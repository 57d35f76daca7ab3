#pragma once

#include "store/rows.hpp"

#include <functional>
#include <optional>
#include <unordered_map>

/// What was shown. Within a transaction of the caller's; exceptions are SOCI's.
namespace demur::store {

bool has_recommendation_set(soci::session& session, id recommendation_set_id);
void insert(soci::session& session, const recorded_set& made);
/// Those with a greater recorded_id than `after`, in that order.
void each_recommendation_set(soci::session& session, id after, const std::function<void(const recorded_set&)>& visit);

/// Which model version a dislike's recommendation set came from. Keeps the sets that it met last.
class set_versions {
public:
  explicit set_versions(soci::session& session);

  /// Of a set that was recorded before this dislike.
  std::optional<id> find(id recommendation_set_id, id dislike_id);

private:
  struct version_of_set {
    id recorded_id = 0;
    id model_version_id = 0;
  };
  static constexpr std::size_t most = 50'000;

  question ask_;
  long long wanted_ = 0, recorded_ = 0, version_ = 0;
  std::unordered_map<id, version_of_set> met_;
};

}  // namespace demur::store
