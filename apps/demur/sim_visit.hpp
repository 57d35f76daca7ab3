#pragma once

#include "http_client.hpp"
#include "sim_world.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace demur::cli {

/// What came of a visit, or of many.
struct visit_counts {
  std::int64_t visits = 0;
  std::int64_t shown = 0;
  std::int64_t dislikes = 0;
  std::int64_t likes = 0;

  double dislikes_per_100() const;
  visit_counts& operator+=(const visit_counts& other);
};

/// One film on the screen of a user.
struct shown_item {
  std::size_t movie = 0;  ///< place in the world's list
  double score = 0.0;
  double propensity = 1.0;  ///< with which it came to stand where it stands, given what stands before it
};

/// The first `wanted` of a ranking; each place goes with probability `exploration` to any of the rest instead, for what is
/// never shown is never judged.
std::vector<shown_item> choose_shown(std::vector<shown_item> ranking, std::size_t wanted, double exploration,
                                     seeded& random);

/// The visits of simulated users to one server: asks for a ranking, shows its top, says what the user says.
class sim_visits {
public:
  sim_visits(const sim_world& world, http_client& client, std::uint64_t seed)
      : world_(world), client_(client), random_(seed, 1) {}

  void send_catalogue();

  /// Throws `failure`: unreachable if the server goes away meanwhile.
  visit_counts visit();

  std::int64_t model_version_id() const { return model_version_id_; }
  /// Reasons that this server does not know; such dislikes are sent without one.
  const std::set<std::string>& unknown_reasons() const { return unknown_reasons_; }

private:
  std::vector<shown_item> ranking(const sim_user& user);
  std::int64_t report_shown(const sim_user& user, const std::vector<shown_item>& items);
  void dislike(const sim_user& user, const shown_item& item, const std::string& reason, std::int64_t set);
  boost::json::object post(const std::string& target, const std::string& user, std::string body);

  const sim_world& world_;
  http_client& client_;
  seeded random_;
  std::int64_t model_version_id_ = 0;
  std::set<std::string> unknown_reasons_;
};

}  // namespace demur::cli
