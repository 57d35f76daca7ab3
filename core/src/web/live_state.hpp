#pragma once

#include "web/live_queue.hpp"
#include "web/message.hpp"

#include <demur/types.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace demur::web {

/// What the pipeline told its listener at once, with the events made into messages.
struct live_news {
  std::string stream;
  event_gap lost{};  ///< events before the items that did not come
  std::vector<live_item> items{};
  std::string metrics{};  ///< JSON; empty: unchanged
  std::uint64_t metrics_seq = 0;
};

/// What a client that comes now must be told so that it misses nothing: the newest metrics and the events since. One for
/// all clients; pure.
class live_state {
public:
  /// capacity: events since the newest metrics that are kept at most.
  explicit live_state(std::size_t capacity) : capacity_(capacity) {}

  /// Takes the news in and returns what the clients that are here must be sent.
  live_batch_ptr absorb(live_news news, timestamp now);

  /// Has the stream begun?
  bool known() const { return !stream_.empty(); }
  /// For one more client, which must then see all that `absorb` returns.
  live_batch_ptr welcome(timestamp now) const;

private:
  payload snapshot(timestamp now) const;

  std::size_t capacity_;
  std::string stream_;
  std::string metrics_ = "null";
  std::uint64_t base_seq_ = 0;  ///< of the last event before tail_
  std::deque<live_item> tail_;
};

/// The answer to an op of a live client: {"type": "receipt" | "problem", "id", "status", "data"}, and `"replayed": true`
/// where HTTP has that header. `id` is JSON.
std::string live_answer(std::string_view id, const response& made);

}  // namespace demur::web
