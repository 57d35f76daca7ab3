#include "web/bridge.hpp"
#include "web/bridge_mailbox.hpp"

#include <demur/actors.hpp>

#include <caf/make_message.hpp>

#include <algorithm>
#include <deque>
#include <string>

namespace demur::web {

namespace {

/// What waits for the loop: of the events at most so many, but for those of one commit, which are never parted; of the
/// metrics the newest. The oldest events give way, and which they were is told.
class live_letters {
public:
  struct taken {
    std::string lost_of;  ///< the stream that lost events
    event_gap lost;
    std::deque<live_update_ptr> updates;
  };

  explicit live_letters(std::size_t capacity) : capacity_(capacity) {}

  bool empty() const { return waiting_.updates.empty(); }
  taken take() {
    events_ = 0;
    return std::exchange(waiting_, {});
  }

  void put(caf::mailbox_element_ptr letter) {
    const auto& content = letter->content();
    if (!content.match_elements<events_atom, live_update_ptr>()) return;
    const auto& update = content.get_as<live_update_ptr>(1);
    auto& updates = waiting_.updates;
    if (!update->metrics.empty())
      std::erase_if(updates, [&](const auto& old) { return old->events.empty() && old->stream == update->stream; });
    events_ += update->events.size();
    updates.push_back(update);
    while (events_ > capacity_ && drop_oldest()) {
    }
  }

private:
  bool drop_oldest() {
    auto& updates = waiting_.updates;
    const auto oldest = std::ranges::find_if(updates, [](const auto& one) { return !one->events.empty(); });
    if (oldest == updates.end() - 1) return false;
    const live_update& gone = **oldest;
    if (std::exchange(waiting_.lost_of, gone.stream) != gone.stream) waiting_.lost = {};
    waiting_.lost.add({gone.events.front().seq, gone.events.back().seq, gone.events.size()});
    events_ -= gone.events.size();
    updates.erase(oldest);
    return true;
  }

  std::size_t capacity_;
  std::size_t events_ = 0;
  taken waiting_;
};

live_news news_of(const live_update& update) {
  live_news news;
  news.stream = update.stream;
  news.metrics = update.metrics;
  news.metrics_seq = update.last_seq;
  for (const live_event& event : update.events)
    news.items.push_back({event.seq, topic_of(event.type), event.user_id, event.reason,
                          live_message(event.type, event.seq, event.at, event.data)});
  return news;
}

}  // namespace

struct live_source::parts {
  parts(caf::actor_system& system, std::size_t capacity, std::function<void()> wake)
      : letters(system, std::move(wake), live_letters(capacity)) {}
  mailbox<live_letters> letters;
};

live_source::live_source(const far_side& far, std::size_t capacity, std::function<void()> wake)
    : parts_(std::make_unique<parts>(*far.system, capacity, std::move(wake))) {
  const auto listener = caf::actor_cast<live_listener_actor>(parts_->letters.address());
  caf::actor_cast<caf::abstract_actor*>(far.doors->pipeline)
      ->enqueue(nullptr, caf::make_message_id(), caf::make_message(subscribe_atom::value, listener), nullptr);
}
live_source::~live_source() = default;

std::vector<live_news> live_source::take() {
  const auto waited = parts_->letters.take();
  std::vector<live_news> taken;
  if (waited.lost.missed > 0) {
    live_news& first = taken.emplace_back();
    first.stream = waited.lost_of;
    first.lost = waited.lost;
    first.metrics_seq = waited.lost.to;
  }
  for (const live_update_ptr& update : waited.updates) taken.push_back(news_of(*update));
  return taken;
}

}  // namespace demur::web
