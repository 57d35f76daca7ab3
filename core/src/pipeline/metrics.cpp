#include "domain/clock.hpp"
#include "domain/json_write.hpp"
#include "pipeline/spawn.hpp"

#include <algorithm>

namespace demur::pipeline {

namespace {

struct metrics_actor_state {
  const char* name = "metrics";
  surroundings_ptr shared;
  std::optional<metrics_state> counts;
  std::string stream;
  std::uint64_t seq = 0;
  std::vector<live_listener_actor> listeners;
  bool changed = false;
  bool tick_pending = false;
};
using metrics_pointer = metrics_actor::stateful_pointer<metrics_actor_state>;

/// Numbers events, and writes them only if somebody listens.
class event_list {
public:
  explicit event_list(metrics_actor_state& state) : state_(state), wanted_(!state.listeners.empty()) {}

  template <class Write>
  void add(std::string_view type, timestamp at, const std::string& user_id, const std::string& reason,
           const Write& write) {
    ++state_.seq;
    if (wanted_) events_.push_back(live_event{state_.seq, std::string(type), at, user_id, reason, write()});
  }
  std::vector<live_event> take() { return std::move(events_); }

private:
  metrics_actor_state& state_;
  bool wanted_;
  std::vector<live_event> events_;
};

/// The counts, and what is no fold of the store: how the strategies, and answers to dislikes, have done in this process.
feedback_metrics figures(const metrics_actor_state& state) {
  feedback_metrics all = state.counts->figures(state.shared->clock());
  const auto seated = state.shared->strategies->current();
  for (const auto& [reason, seat] : *seated) {
    const plugin::call_figures& one = seat.live->figures();
    all.strategies[reason] = {one.calls(), one.failures()};
  }
  all.time_to_visible = state.shared->effects.time_to_visible();
  all.time_to_effect = state.shared->effects.time_to_effect();
  return all;
}

void send_out(metrics_pointer self, std::vector<live_event> events, std::string metrics) {
  auto& state = self->state;
  auto update = std::make_shared<live_update>();
  update->stream = state.stream;
  update->events = std::move(events);
  update->metrics = std::move(metrics);
  update->last_seq = state.seq;
  for (const auto& listener : state.listeners) self->send(listener, events_atom::value, live_update_ptr(update));
}

/// Two days by the hour: what a picture of now shows. All the windows are for who asks for them.
constexpr std::size_t live_windows = 48;

std::string live_figures(metrics_pointer self) {
  feedback_metrics newest = figures(self->state);
  const auto keep_newest = [](auto& windows) {
    if (windows.size() > live_windows) windows.erase(windows.begin(), windows.end() - live_windows);
  };
  keep_newest(newest.error_trend);
  keep_newest(newest.adjustment_magnitude_trend);
  return to_json(newest);
}

/// Events go at once; metrics at most every live.metrics_interval.
void tell(metrics_pointer self, event_list& events) {
  auto& state = self->state;
  if (state.listeners.empty()) return;
  if (auto list = events.take(); !list.empty()) send_out(self, std::move(list), {});
  state.changed = true;
  if (std::exchange(state.tick_pending, true)) return;
  self->delayed_send(self, state.shared->chosen.live.metrics_interval, tick_atom::value);
}

void tell_committed(metrics_pointer self, const batch& committed) {
  event_list events(self->state);
  for (std::size_t i = 0; i < committed.file.entries.size(); ++i) {
    const dislike& row = committed.file.entries[i].row;
    const receipt& told = committed.receipts[i];
    events.add("dislike", committed.now, row.user_id, row.reason, [&] { return to_json(row); });
    if (!told.adjustments.empty())
      events.add("adjustment", committed.now, row.user_id, row.reason, [&] { return adjustment_json(told); });
    for (const pattern& found : told.patterns)
      events.add("pattern", committed.now, found.user_id, row.reason, [&] { return to_json(found); });
  }
  for (std::size_t i = 0; i < committed.readjusted.size(); ++i) {
    const dislike& row = committed.file.readjustment.adjusted[i].row;
    events.add("adjustment", committed.now, row.user_id, row.reason,
               [&] { return adjustment_json(committed.readjusted[i]); });
  }
  for (const shadow_differences& one : committed.file.shadow_news)
    events.add("shadow", committed.now, one.user_id, one.reason, [&] { return to_json(one); });
  tell(self, events);
}

void count(metrics_pointer self, const batch& committed) {
  auto& state = self->state;
  for (const case_entry& entry : committed.file.entries) state.counts->count(entry);
  for (const case_entry& entry : committed.file.readjustment.adjusted) state.counts->count(entry);
  tell_committed(self, committed);
}

void tell_news(metrics_pointer self, const retrain_news& news) {
  auto& state = self->state;
  const bool by_hand = news.phase == "promoted" || news.phase == "rolled_back";
  if (by_hand)
    state.counts->serve(news.version);
  else if (!news.progress)
    state.counts->count(news.version);
  event_list events(state);
  const timestamp now = state.shared->clock();
  if (!by_hand)
    events.add("retrain", now, {}, {},
               [&] { return retrain_json(news.phase, news.version, news.detail, news.progress); });
  if (by_hand || news.phase == "published")
    events.add("model", now, {}, {}, [&] { return model_json(news.phase, news.version, news.detail); });
  tell(self, events);
}

void tell_news(metrics_pointer self, const experiment_news& news) {
  event_list events(self->state);
  events.add("experiment", self->state.shared->clock(), {}, {},
             [&] { return experiment_json(news.phase, news.report); });
  tell(self, events);
}

metrics_actor::behavior_type metrics(metrics_pointer self, surroundings_ptr shared,
                                     std::shared_ptr<metrics_state> begin) {
  auto& state = self->state;
  state.counts = std::move(*begin);
  // Two streams of one node never begin in the same millisecond.
  state.stream =
      std::to_string(shared->chosen.node.id) + "-" + std::to_string(shared->clock().time_since_epoch().count());
  state.shared = std::move(shared);
  self->set_down_handler([self](const caf::down_msg& gone) {
    std::erase_if(self->state.listeners,
                  [&](const live_listener_actor& listener) { return listener.address() == gone.source; });
  });
  return {
      [self](committed_atom, const batch_ptr& committed) { count(self, *committed); },
      [self](news_atom, const retrain_news_ptr& news) { tell_news(self, *news); },
      [self](news_atom, const experiment_news_ptr& news) { tell_news(self, *news); },
      [self](shown_atom, const set_shown_ptr& news) {
        self->state.counts->count(news->made);
        event_list none(self->state);
        tell(self, none);
      },
      [self](exposure_atom, genre_impressions_ptr& shown) {
        self->state.counts->set_impressions(std::move(shown));
        event_list none(self->state);
        tell(self, none);
      },
      [self](metrics_atom) {
        return reply<feedback_metrics>{{}, figures(self->state)};
      },
      [self](subscribe_atom, live_listener_actor& listener) {
        self->monitor(listener);
        self->state.listeners.push_back(std::move(listener));
        send_out(self, {}, live_figures(self));
      },
      [self](snapshot_atom) {
        const metrics_state& counts = *self->state.counts;
        return snapshot{"metrics", counts.through_dislike_id(), counts.through_recorded_id(), counts.save()};
      },
      [self](tick_atom) {
        self->state.tick_pending = false;
        if (std::exchange(self->state.changed, false)) send_out(self, {}, live_figures(self));
      },
  };
}

}  // namespace

metrics_actor spawn_metrics(const spawner& with, metrics_state state) {
  return with.system.spawn(metrics, with.shared, std::make_shared<metrics_state>(std::move(state)));
}

}  // namespace demur::pipeline
