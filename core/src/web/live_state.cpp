#include "web/live_state.hpp"

#include "domain/json_writer.hpp"

#include <memory>
#include <utility>

namespace demur::web {

live_batch_ptr live_state::absorb(live_news news, timestamp now) {
  auto batch = std::make_shared<live_batch>();
  const bool anew = news.stream != stream_;
  if (anew) {
    stream_ = news.stream;
    metrics_ = "null";
    base_seq_ = news.items.empty() ? news.metrics_seq : news.items.front().seq - 1;
    tail_.clear();
  }
  if (news.lost.missed > 0) {
    // Who comes now begins behind the gap.
    tail_.clear();
    base_seq_ = news.lost.to;
  }
  tail_.insert(tail_.end(), news.items.begin(), news.items.end());
  const bool measured = !news.metrics.empty();
  if (measured) metrics_ = std::move(news.metrics);
  while (!tail_.empty() && (tail_.size() > capacity_ || (measured && tail_.front().seq <= news.metrics_seq))) {
    base_seq_ = tail_.front().seq;
    tail_.pop_front();
  }
  if (anew) {
    batch->snapshot = snapshot(now);
    batch->items.assign(tail_.begin(), tail_.end());
    return batch;
  }
  batch->lost = news.lost;
  batch->items = std::move(news.items);
  if (measured) batch->metrics = live_message("metrics", news.metrics_seq, now, metrics_);
  return batch;
}

live_batch_ptr live_state::welcome(timestamp now) const {
  auto batch = std::make_shared<live_batch>();
  batch->snapshot = snapshot(now);
  batch->items.assign(tail_.begin(), tail_.end());
  return batch;
}

payload live_state::snapshot(timestamp now) const {
  json_writer data;
  data.open_object().member("stream", stream_).key("metrics").raw(metrics_).close_object();
  return live_message("snapshot", base_seq_, now, data.take());
}

std::string live_answer(std::string_view id, const response& made) {
  const std::string_view data = made.text();
  json_writer out(data.size() + id.size() + 80);
  out.open_object().member("type", made.status < 300 ? "receipt" : "problem").key("id").raw(id);
  out.member("status", made.status);
  if (made.replayed) out.member("replayed", true);
  out.key("data").raw(data).close_object();
  return out.take();
}

}  // namespace demur::web
