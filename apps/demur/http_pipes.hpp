#pragma once

#include "url.hpp"
#include "wire.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace demur::cli {

/// Many connections with many requests on their way on each.
struct pipe_plan {
  server_url server;
  std::size_t connections = 8;
  std::size_t pipeline = 16;  ///< requests on their way on one connection
  /// How long to try when no server answers any more. 0: give up at once.
  std::chrono::milliseconds patience{30'000};
  /// How long to go on when the server answers nothing but 503.
  std::chrono::milliseconds busy_patience{300'000};
  /// Without any answer for so long, a connection counts as broken.
  std::chrono::milliseconds answer_timeout{30'000};
  /// Send again what got 503, after Retry-After, and what was on its way when a connection broke. Only for requests with
  /// an idempotency key.
  bool again = false;
};

/// What the requests are and what becomes of them. All functions are called from the thread of run_pipes.
struct pipe_work {
  /// Fills in the next request of a connection, in the order in which it is sent; false: there are no more.
  std::function<bool(std::size_t lane, http_request&)> next;
  /// The answer, in the order in which they were sent, and how long it took. Not called for a 503 that is tried again.
  std::function<void(std::size_t lane, const http_request&, const http_answer&, std::chrono::nanoseconds)> answered;
  /// The connection broke before the answer, and the request is not sent again: what became of it is not known.
  std::function<void(std::size_t lane, const http_request&)> lost;
  /// Ten times a second.
  std::function<void()> tick;
};

struct pipe_end {
  bool finished = false;    ///< every request that there was got its answer or was lost
  bool stopped = false;     ///< the program was asked to stop; what was on its way was waited for
  bool busy = false;        ///< nothing but 503 for `busy_patience`
  std::string why;          ///< busy, or no server any more: the last reason; empty otherwise
  std::int64_t again = 0;   ///< requests sent once more
  std::int64_t breaks = 0;  ///< connections that broke
};

/// Runs until the work is done, the program is asked to stop, or patience is at its end.
///
/// After a 503 or a break a connection sends nothing new until the requests concerned are through, one at a time, in
/// their order. So a connection's requests take effect in order, but for those that were already on their way behind one
/// that got a 503: with a pipeline of 1 there are none.
///
/// Throws `failure` (unreachable) if not even the first connection comes about.
pipe_end run_pipes(const pipe_plan& plan, const pipe_work& work);

}  // namespace demur::cli
