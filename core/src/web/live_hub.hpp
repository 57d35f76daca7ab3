#pragma once

#include "web/bridge.hpp"
#include "web/live_state.hpp"
#include "web/loop.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace demur::web {

/// Listens to the pipeline for all live clients, as long as there are any, and hands its news to the loops. Works on the
/// first loop's thread; `join` and `leave` may be called from any.
class live_hub {
public:
  live_hub(far_side far, surroundings& around, std::vector<loop*> loops);

  /// The client will be told of the stream: `begin` on the thread of its loop.
  void join(loop& home, std::weak_ptr<live_session> client);
  void leave();

private:
  struct newcomer {
    loop* home;
    std::weak_ptr<live_session> client;
  };

  void poll();
  void deliver(const std::vector<live_batch_ptr>& round);
  void welcome(const newcomer& joined);

  far_side far_;
  surroundings& around_;
  std::vector<loop*> loops_;
  std::size_t clients_ = 0;
  std::size_t delivering_ = 0;  ///< loops that have not had the news of this round
  live_state state_;
  std::vector<newcomer> waiting_;  ///< for the stream to be known
  std::unique_ptr<live_source> source_;
};

}  // namespace demur::web
