#pragma once

#include "domain/json_read.hpp"

#include <demur/error.hpp>
#include <demur/reports.hpp>
#include <demur/trainer.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace demur::learning {

/// `not_found`: nobody waits for word of this retrain.
error no_such_retrain(id retrain_id);

/// Where a training that is done elsewhere waits for word of it. One training at a time.                    [any thread]
class retrain_desk {
public:
  using clock = std::chrono::steady_clock;

  // The one who waits.

  /// From now on word of this retrain is taken, and pages of the files in `folder` are given.
  void open(id retrain_id, std::filesystem::path folder, std::chrono::seconds lease);
  /// Waits for the result, passing on the progress meanwhile. Errors: `unavailable`: no word in time, or the trainer's own
  /// error; `conflict`: cancelled.
  result<training_result> wait(const training_task& task);
  /// Word that comes later is too late.
  void close();

  // Those who bring word. Errors: `not_found`: nobody waits for this retrain; `conflict`: it has ended; what the readers of
  // JSON say.

  /// The seconds of the new lease.
  result<std::int64_t> progress(id retrain_id, std::string_view json);
  result<bool> finish(id retrain_id, std::string_view json);
  /// Up to 1 MB of a file, `opinions`, `movies` or `task`, in whole lines. Does not renew the lease.
  result<training_page> page(id retrain_id, const std::string& file, std::int64_t cursor) const;

private:
  std::optional<error> refusal(id retrain_id) const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  id open_ = 0;    ///< 0: none
  id closed_ = 0;  ///< the one before
  std::filesystem::path folder_;
  std::chrono::seconds lease_{0};
  clock::time_point lease_end_;
  std::optional<training_progress> progress_;
  std::optional<training_result> result_;
};

}  // namespace demur::learning
