#pragma once

#include "counts.hpp"
#include "latencies.hpp"
#include "load_rows.hpp"
#include "wire.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace demur::cli {

struct load_options {
  std::size_t connections = 16;
  std::size_t pipeline = 0;  ///< 0: 8, for batches 1
  double seconds = 10.0;
  std::uint64_t count = 0;  ///< dislikes; 0: as many as go in `seconds`
  std::uint64_t users = 100'000;
  std::uint64_t seed = 1;
  std::size_t batch = 0;  ///< dislikes in one request; 0: single posts
  bool socket = false;
  std::string journal;
  double wait = 0.0;  ///< seconds to wait for a server that went away

  std::size_t window() const { return pipeline > 0 ? pipeline : batch > 0 ? 1 : 8; }
};

/// What a load run sends next, and what became of it; the same for posts, batches and the socket.
class load_tally {
public:
  explicit load_tally(const load_options& chosen);

  /// Up to `wanted` further rows; fewer at the end, none after it.
  struct span {
    std::uint64_t first = 0;
    std::size_t rows = 0;
  };
  span take(std::size_t wanted);
  load_row row(std::uint64_t number) const { return {chosen_.seed, chosen_.users, number}; }
  bool marked() const { return journal_.has_value(); }

  /// The idempotency key of a request; empty without a journal.
  std::string key_of(const span& rows) const;

  /// replayed: the server had stored them before, and this is their first receipt again.
  void acknowledged(std::size_t rows, bool replayed) { (replayed ? already_ : acknowledged_) += rows; }
  /// Notes one in the journal, if there is one.
  void note(std::uint64_t number, const std::string& key, const boost::json::object& receipt);
  void refused(const std::string& why, std::size_t rows) { refusals_.refuse(why, static_cast<std::int64_t>(rows)); }
  void lost(std::size_t rows) { lost_ += rows; }
  void took(std::chrono::nanoseconds length) { latencies_.add(length); }
  void flush();

  /// Begins and ends the time that counts.
  void start() { begin_ = std::chrono::steady_clock::now(); }
  void stop() { end_ = std::chrono::steady_clock::now(); }

  std::int64_t done() const;
  std::int64_t wanted() const { return static_cast<std::int64_t>(chosen_.count); }
  bool clean() const { return refusals_.refused == 0 && lost_ == 0; }

  void print(std::ostream& out) const;
  boost::json::object json() const;

private:
  double seconds() const;
  double rate() const;

  const load_options& chosen_;
  std::optional<journal_writer> journal_;
  std::uint64_t next_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t already_ = 0;
  std::uint64_t lost_ = 0;
  row_counts refusals_;
  latencies latencies_;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point end_;
};

}  // namespace demur::cli
