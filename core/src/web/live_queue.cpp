#include "web/live_queue.hpp"

#include "domain/json_write.hpp"

#include <utility>

namespace demur::web {

namespace {

/// RFC 6455, section 5.2: one final text frame, its length in 1, 3 or 9 bytes.
std::string frame_head(std::size_t size) {
  std::string head = "\x81";
  int bytes = 0;
  if (size < 126) {
    head += static_cast<char>(size);
  } else if (size < 65'536) {
    head += static_cast<char>(126);
    bytes = 2;
  } else {
    head += static_cast<char>(127);
    bytes = 8;
  }
  while (bytes-- > 0) head += static_cast<char>((static_cast<std::uint64_t>(size) >> (8 * bytes)) & 0xff);
  return head;
}

}  // namespace

payload text_frame(std::string_view text) {
  std::string frame = frame_head(text.size());
  frame += text;
  return std::make_shared<const std::string>(std::move(frame));
}

payload live_message(std::string_view type, std::uint64_t seq, timestamp at, std::string_view data) {
  std::string text = R"({"type":")";
  text.reserve(data.size() + 96);
  text.append(type).append(R"(","seq":)").append(std::to_string(seq));
  text.append(R"(,"at":")").append(format_time(at)).append(R"(","data":)").append(data).append("}");
  return text_frame(text);
}

void live_queue::restart(payload snapshot) {
  snapshot_ = std::move(snapshot);
  metrics_.reset();
  gap_ = {};
  waiting_.clear();
}

void live_queue::push(const live_item& item) {
  if (!filter_.takes(item.topic, item.user_id, item.reason)) return;
  put({{item.seq, item.seq, 1}, item.text});
}

void live_queue::lose(const event_gap& lost) {
  if (waiting_.empty()) {
    gap_.add(lost);
  } else {
    put({lost, nullptr});
  }
}

void live_queue::put(entry next) {
  if (full()) {
    gap_.add(waiting_.front().range);
    waiting_.pop_front();
  }
  waiting_.push_back(std::move(next));
}

void live_queue::offer_metrics(const payload& newest) {
  if ((filter_.topics & metrics_topic) != 0) metrics_ = newest;
}

payload live_queue::pop(timestamp now) {
  if (snapshot_) return std::exchange(snapshot_, nullptr);
  if (metrics_) return std::exchange(metrics_, nullptr);
  if (gap_.missed == 0 && !waiting_.empty() && !waiting_.front().text) {
    gap_ = waiting_.front().range;
    waiting_.pop_front();
  }
  if (gap_.missed > 0) {
    const event_gap told = std::exchange(gap_, {});
    return live_message("gap", told.to, now,
                        R"({"from":)" + std::to_string(told.from) + R"(,"to":)" + std::to_string(told.to) +
                            R"(,"missed":)" + std::to_string(told.missed) + "}");
  }
  if (waiting_.empty()) return nullptr;
  payload next = std::move(waiting_.front().text);
  waiting_.pop_front();
  return next;
}

}  // namespace demur::web
