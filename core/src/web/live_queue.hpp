#pragma once

#include "web/live_filter.hpp"

#include <demur/types.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The live stream as its clients see it. Pure.
namespace demur::web {

/// A message as it goes out: a whole WebSocket frame, made once and shared by all clients.
using payload = std::shared_ptr<const std::string>;

/// The frame of a text message. A server's frames are not masked, so every client gets the same bytes.
payload text_frame(std::string_view text);

/// {"type", "seq", "at", "data"} in a frame; `data` is JSON.
payload live_message(std::string_view type, std::uint64_t seq, timestamp at, std::string_view data);

struct live_item {
  std::uint64_t seq = 0;
  topic_bits topic = 0;
  std::string user_id;
  std::string reason;
  payload text;
};

/// Events that nobody kept: the first, the last, and how many.
struct event_gap {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t missed = 0;

  void add(const event_gap& next) {
    if (missed == 0) from = next.from;
    to = next.to;
    missed += next.missed;
  }
};

/// What came from the pipeline at once. Shared by all clients.
struct live_batch {
  payload snapshot;  ///< not null: the stream began anew, forget what was before
  event_gap lost;    ///< before the items
  std::vector<live_item> items;
  payload metrics;  ///< null: unchanged
};
using live_batch_ptr = std::shared_ptr<const live_batch>;

/// What waits for one client. A client that does not keep up loses the oldest events and is told which.
class live_queue {
public:
  live_queue(live_filter filter, std::size_t capacity)
      : filter_(std::move(filter)), capacity_(std::max<std::size_t>(capacity, 1)) {}

  /// Begins, or begins anew: what waited belongs to a stream that is no more.
  void restart(payload snapshot);
  /// An event for those whom the filter lets see it.
  void push(const live_item& item);
  /// Events that got lost on their way here. Which of them the filter would have let through is not known.
  void lose(const event_gap& lost);
  /// Only the newest metrics wait.
  void offer_metrics(const payload& newest);

  /// What to send next, or null: the snapshot, then the metrics, then a gap, then events in order. `now` is the time a
  /// gap message carries.
  payload pop(timestamp now);

  std::size_t size() const { return waiting_.size(); }
  bool full() const { return waiting_.size() == capacity_; }

private:
  struct entry {
    event_gap range;
    payload text;  ///< null: a gap
  };

  void put(entry next);

  live_filter filter_;
  std::size_t capacity_;
  payload snapshot_;
  payload metrics_;
  event_gap gap_;  ///< before what waits
  std::deque<entry> waiting_;
};

}  // namespace demur::web
