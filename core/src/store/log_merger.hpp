#pragma once

#include "store/session.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>

namespace demur::store {

/// Merges SQLite's write-ahead log into the file on a thread and a session of its own, so that commits do not wait for it.
/// A pass beside a busy writer never reaches the log's end; so when one is done, the writer merges the little that came
/// meanwhile, and the log begins anew. Without that it would grow without bound.
class log_merger {
public:
  /// `pages`: log pages after which it merges, estimated.
  log_merger(const dialect& to, std::int64_t pages);
  ~log_merger();

  /// The writer tells of a commit of about so many rows, between two transactions.
  void committed(soci::session& writing, std::size_t rows);

private:
  void merge_when_asked();

  std::int64_t pages_;
  std::int64_t pages_since_ = 0;  ///< the writer's
  std::mutex lock_;
  std::condition_variable changed_;
  bool wanted_ = false;
  bool merged_ = false;
  bool ending_ = false;
  soci::session session_;
  std::thread thread_;
};

}  // namespace demur::store
