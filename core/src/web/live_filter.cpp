#include "web/live_filter.hpp"

#include "domain/json_read.hpp"
#include "domain/nearest.hpp"
#include "web/target.hpp"

#include <algorithm>
#include <array>

namespace demur::web {

namespace {

constexpr std::array<std::string_view, 8> topics{"metrics", "dislike", "pattern", "adjustment",
                                                 "retrain", "model",   "shadow",  "experiment"};
constexpr std::string_view listed_topics = "metrics, dislike, pattern, adjustment, retrain, model, shadow, experiment";
constexpr topic_bits other_topic = topic_bits{1} << 31;

/// An error's `allowed`: all of them, and which was probably meant.
std::string with_guess(std::string allowed, const std::string& guess) {
  if (!guess.empty()) allowed += " (did you mean \"" + guess + "\"?)";
  return allowed;
}

result<topic_bits> read_topics(std::string_view list) {
  topic_bits chosen = 0;
  for (bool more = true; more;) {
    const auto comma = std::min(list.find(','), list.size());
    const std::string_view name = list.substr(0, comma);
    more = comma < list.size();
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (std::ranges::find(topics, name) == topics.end())
      return bad_parameter("topics", name,
                           with_guess("one or more of " + std::string(listed_topics), nearest(name, topics)));
    chosen |= topic_of(name);
  }
  return chosen;
}

std::string join(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : ", ") + word;
  return joined;
}

}  // namespace

topic_bits topic_of(std::string_view type) {
  const auto* at = std::ranges::find(topics, type);
  return at == topics.end() ? other_topic : topic_bits{1} << (at - topics.begin());
}

bool live_filter::takes(topic_bits topic, std::string_view event_user, std::string_view event_reason) const {
  if ((topics & topic) == 0) return false;
  if (!user_id.empty() && !event_user.empty() && user_id != event_user) return false;
  return reason.empty() || event_reason.empty() || reason == event_reason;
}

result<live_filter> read_live_filter(const live_parameters& given, const std::vector<std::string>& reasons) {
  live_filter read;
  if (given.topics) {
    auto chosen = read_topics(*given.topics);
    if (!chosen) return std::move(chosen).problem();
    read.topics = *chosen;
  }
  if (given.user) {
    if (!check_user_id(*given.user)) return bad_parameter("user", *given.user, "1 to 128 visible ASCII characters");
    read.user_id = *given.user;
  }
  if (given.reason) {
    if (std::ranges::find(reasons, *given.reason) == reasons.end())
      return bad_parameter("reason", *given.reason,
                           with_guess("one of " + join(reasons), nearest(*given.reason, reasons)));
    read.reason = *given.reason;
  }
  return read;
}

}  // namespace demur::web
