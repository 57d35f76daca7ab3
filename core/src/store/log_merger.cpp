#include "store/log_merger.hpp"

#include <exception>
#include <utility>

namespace demur::store {

namespace {

/// A failed pass is no loss: the next one does its work too.
void merge(soci::session& session) {
  try {
    int busy = 0, in_log = 0, merged = 0;
    session << "pragma wal_checkpoint(passive)", soci::into(busy), soci::into(in_log), soci::into(merged);
  } catch (const std::exception&) {
  }
}

}  // namespace

log_merger::log_merger(const dialect& to, std::int64_t pages)
    : pages_(pages), session_(to.backend, to.connection), thread_([this] { merge_when_asked(); }) {}

log_merger::~log_merger() {
  {
    const std::lock_guard held(lock_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void log_merger::committed(soci::session& writing, std::size_t rows) {
  // A page a row is the most that it can be; the ends of the tables that append are written anew each time.
  constexpr std::int64_t ends = 12;
  pages_since_ += static_cast<std::int64_t>(rows) + ends;
  if (pages_since_ < pages_) return;
  bool rest = false;
  {
    const std::lock_guard held(lock_);
    rest = std::exchange(merged_, false);
    if (!rest) wanted_ = true;
  }
  if (!rest) {
    changed_.notify_one();
    return;
  }
  merge(writing);
  pages_since_ = 0;
}

void log_merger::merge_when_asked() {
  std::unique_lock held(lock_);
  while (true) {
    changed_.wait(held, [this] { return ending_ || (wanted_ && !merged_); });
    if (ending_) return;
    held.unlock();
    merge(session_);
    held.lock();
    wanted_ = false;
    merged_ = true;
  }
}

}  // namespace demur::store
