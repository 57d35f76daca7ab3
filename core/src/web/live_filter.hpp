#pragma once

#include <demur/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demur::web {

/// What a live client can choose among, one bit each.
using topic_bits = std::uint32_t;
inline constexpr topic_bits all_topics = ~topic_bits{0};
inline constexpr topic_bits metrics_topic = 1;

/// The bit of an event's type; for one that has no name in the contract, a bit that only those who chose nothing want.
topic_bits topic_of(std::string_view type);

/// What a live client wants to see. An event that names no user, or no reason, concerns everybody.
struct live_filter {
  topic_bits topics = all_topics;
  std::string user_id;  ///< empty: all
  std::string reason;   ///< empty: all

  bool takes(topic_bits topic, std::string_view event_user, std::string_view event_reason) const;
};

/// The values of the query parameters `topics` (comma separated), `user` and `reason`, all optional.
struct live_parameters {
  std::optional<std::string_view> topics;
  std::optional<std::string_view> user;
  std::optional<std::string_view> reason;
};

/// `reasons`: those that are loaded.
result<live_filter> read_live_filter(const live_parameters& given, const std::vector<std::string>& reasons);

}  // namespace demur::web
