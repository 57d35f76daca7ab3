#pragma once

#include <atomic>
#include <cstdint>
#include <future>
#include <thread>

/// What the process owes the system it runs in.
namespace demur::server_program {

/// Gives standard streams that were closed back, to nowhere: else a file or a socket would get the number of standard
/// error, and the log lines.
void open_standard_streams();

/// A client that goes away or a file that may not grow is an error of that one call, not the end of the process.
void ignore_harmless_signals();

/// Spares SQLite the locks and counts that serve programs whose threads share a session: in this one, each belongs to one
/// thread. To be called before the first session is opened. A library may not decide this for its host; the program may.
void tell_sqlite_of_threads();

/// Raises the limit of open files as far as the process may; warns if it does not carry so many connections.
void raise_file_limit(std::int64_t connections);

/// SIGTERM and SIGINT, taken by a thread of its own instead of a handler. Make it before any other thread, so that all
/// inherit the blocked signals.
class stop_signals {
public:
  stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;
  ~stop_signals();

  /// Call it before the first request can come. Until then a signal ends the process at once, nothing having been
  /// accepted; from then on the first one ends `wait`, and only the next the process.
  void expect_requests();
  /// Blocks until the first signal, returns its number.
  int wait();

private:
  void take();

  std::atomic<bool> requests_expected_ = false;
  std::atomic<bool> over_ = false;
  std::promise<int> first_;
  std::future<int> asked_ = first_.get_future();
  std::thread taker_;
};

}  // namespace demur::server_program
