#pragma once

#include "web/bridge.hpp"
#include "web/live_queue.hpp"
#include "web/message.hpp"
#include "web/routes.hpp"

#include <demur/settings.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// One thread with its io_context and the connections dealt to it. A connection never leaves its thread, so that nothing
/// here needs a lock.
namespace demur::web {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using failure = boost::system::error_code;
using time_point = std::chrono::steady_clock::time_point;

class live_hub;
class live_session;
class loop;

/// What all loops share and none changes, but for the counts.
struct surroundings {
  settings::server_section server;
  settings::live_section live;
  route_context routes;
  in_flight bound;
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::int64_t> live_clients{0};
};

/// One of a bounded number, given back when it goes.
class place {
public:
  place() = default;
  explicit place(std::atomic<std::int64_t>& count) : count_(&count) { count.fetch_add(1); }
  place(place&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  place& operator=(place&& other) noexcept {
    std::swap(count_, other.count_);
    return *this;
  }
  ~place() {
    if (count_ != nullptr) count_->fetch_sub(1);
  }

private:
  std::atomic<std::int64_t>* count_ = nullptr;
};

/// A connection. Alive as long as one of its operations, or an answer it waits for, is under way.
class session : public answer_sink, public std::enable_shared_from_this<session> {
public:
  explicit session(loop& home);
  ~session() override;
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Sends what has become ready.
  virtual void flush() = 0;
  /// Looks at the time.
  virtual void tick(time_point now) = 0;
  /// Takes nothing new, finishes what it accepted, closes.
  virtual void drain() = 0;
  /// Closes now.
  virtual void abort() = 0;
  /// An asynchronous write ended.
  virtual void written(const failure& why) = 0;

protected:
  loop& home_;

private:
  friend class loop;
  std::list<session*>::iterator place_in_loop_;
  bool marked_ = false;
};

class loop {
public:
  loop(surroundings& around, const far_side& far);

  /// Runs until `stop`. The one thread that calls anything else here, but for `context`.
  void run();
  void stop() { context.stop(); }

  /// Will be flushed when all the answers that came together have been handed out.
  void mark(std::shared_ptr<session> changed);
  /// Lets every connection finish, or ends it.
  void drain();
  void abort();

  /// Live clients that have had their snapshot.
  void add_live(live_session& client) { live_.push_back(&client); }
  void remove_live(live_session& client) { live_.remove(&client); }
  void deliver(const live_batch_ptr& batch);

  bool draining() const { return draining_; }
  std::size_t sessions() const { return sessions_.size(); }
  /// As of the last tick: exact enough for timeouts, and free.
  time_point now() const { return now_; }
  std::string_view date() const { return date_; }

private:
  // First, so that it goes last: sessions that were never finished live on in the context and the bridge.
  std::list<session*> sessions_;

public:
  surroundings& around;
  net::io_context context{1};
  bridge pipeline;
  live_hub* hub = nullptr;  ///< set before `run`

private:
  friend class session;
  void poll();
  void flush_marked();
  void tick();
  void arm();
  void flush_live();
  void offer_metrics(const payload& newest);

  /// Each is kept while it is worked on: one that closes may lose its last owner.
  void each_session(auto work) {
    for (auto at = sessions_.begin(); at != sessions_.end();) {
      const auto alive = (*at++)->shared_from_this();
      work(*alive);
    }
  }

  net::steady_timer timer_;
  std::chrono::milliseconds period_;
  time_point now_;
  std::string date_;
  std::time_t date_of_ = 0;
  std::vector<std::shared_ptr<session>> marked_;
  bool draining_ = false;

  std::list<live_session*> live_;
  net::steady_timer metrics_timer_;
  bool metrics_resting_ = false;
  payload newest_metrics_;  ///< that came while resting
};

}  // namespace demur::web
