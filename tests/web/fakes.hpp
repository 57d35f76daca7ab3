#pragma once

#include "web/front.hpp"

#include <demur/actors.hpp>
#include <demur/settings.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

/// A pipeline that does what the requests tell it to, so that a test needs no other way to steer it.
namespace demur::web {

/// What the fakes have been asked, readable from the test's thread.
struct seen {
  std::atomic<int> submissions{0};
  std::atomic<int> rows{0};
  std::atomic<int> waiting{0};  ///< submissions held back
  std::atomic<int> listeners{0};
  std::atomic<int> updates{0};  ///< that all listeners have
};

/// A front over a fake pipeline. How a dislike is answered stands in its title:
/// - `delay 50`: after so many milliseconds; `silence`: never; `die`: the actor ends;
/// - `refuse`: as overloaded; `bad row`: the row is refused; `replay`: as a repeat;
/// - anything else: at once. The receipt is {"title": ..., "number": n}, n counting the submissions.
/// A history of the user `fail` is an error, of `die` ends the actor; `slow` waits for 50 ms.
class served {
public:
  explicit served(const std::function<void(settings&)>& choose = [](settings&) {});
  ~served();

  std::uint16_t port() const { return front_->port(); }
  web::front& front() { return *front_; }
  web::seen& seen() { return *seen_; }

  /// Events of one type for one user, numbered on from the last; `data` is {"n": seq}.
  void emit(int count, const std::string& type = "dislike", const std::string& user = "ann",
            const std::string& reason = "wrong_genre");
  /// {"total_dislikes": n} as of the last event.
  void emit_metrics(int total);
  /// As if the pipeline had been restarted.
  void begin_stream(const std::string& name);
  void end_pipeline();
  /// As long as the lock is held, whoever asks the front's clock waits: every thread that has live news to deliver.
  std::unique_lock<std::mutex> hold_clock() { return std::unique_lock(*clock_held_); }

private:
  void send(live_update_ptr update);

  std::shared_ptr<std::mutex> clock_held_ = std::make_shared<std::mutex>();
  std::shared_ptr<web::seen> seen_ = std::make_shared<web::seen>();
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  pipeline_handles doors_;
  std::string stream_ = "s1";
  std::uint64_t seq_ = 0;
  std::unique_ptr<web::front> front_;
};

/// Waits until it is so, for ten seconds at most.
bool eventually(const std::function<bool()>& so);

}  // namespace demur::web
