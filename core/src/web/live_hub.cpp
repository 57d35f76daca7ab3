#include "web/live_hub.hpp"

#include "web/live_session.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace demur::web {

live_hub::live_hub(far_side far, surroundings& around, std::vector<loop*> loops)
    : far_(std::move(far)),
      around_(around),
      loops_(std::move(loops)),
      state_(static_cast<std::size_t>(around.live.queue)) {}

void live_hub::join(loop& home, std::weak_ptr<live_session> client) {
  net::post(loops_[0]->context, [this, joined = newcomer{&home, std::move(client)}] {
    if (clients_++ == 0)
      source_ = std::make_unique<live_source>(far_, static_cast<std::size_t>(around_.live.backlog),
                                              [this] { net::post(loops_[0]->context, [this] { poll(); }); });
    if (state_.known())
      welcome(joined);
    else
      waiting_.push_back(joined);
  });
}

void live_hub::leave() {
  net::post(loops_[0]->context, [this] {
    if (--clients_ > 0) return;
    // The pipeline need not make events that nobody sees.
    source_.reset();
    waiting_.clear();
    state_ = live_state(static_cast<std::size_t>(around_.live.queue));
  });
}

void live_hub::poll() {
  if (!source_ || delivering_ > 0) return;
  std::vector<live_batch_ptr> round;
  for (live_news& news : source_->take()) round.push_back(state_.absorb(std::move(news), around_.routes.now()));
  if (!round.empty()) deliver(round);
  if (!state_.known()) return;
  for (const newcomer& joined : std::exchange(waiting_, {})) welcome(joined);
}

/// The next round gathers where it has a bound, until every loop has come to this one.
void live_hub::deliver(const std::vector<live_batch_ptr>& round) {
  delivering_ = loops_.size();
  for (loop* each : loops_)
    net::post(each->context, [this, each, round] {
      // Said before it is done: a failure on the way must not end the stream.
      net::post(loops_[0]->context, [this] {
        if (--delivering_ == 0) poll();
      });
      for (const live_batch_ptr& batch : round) each->deliver(batch);
    });
}

/// Through the same queue as the news, so that the loop delivers the first news after it to this client, and none twice.
void live_hub::welcome(const newcomer& joined) {
  net::post(joined.home->context, [client = joined.client, batch = state_.welcome(around_.routes.now())] {
    if (const auto alive = client.lock()) alive->begin(*batch);
  });
}

}  // namespace demur::web
