#pragma once

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <iosfwd>
#include <string>
#include <string_view>

namespace demur::cli {

/// One message of the live stream as a line: time, number, type and what it says.
std::string live_line(const boost::json::object& message);

/// What `demur watch` shows on a terminal: the newest figures, the last events, how many come in a second.
class watch_view {
public:
  using clock = std::chrono::steady_clock;

  explicit watch_view(std::string server) : server_(std::move(server)) {}

  void connected();
  void down(const std::string& why);
  void take(const boost::json::object& message, clock::time_point now);

  /// The whole screen, not larger than that: the figures, and as many of the last events as fit below.
  void draw(std::ostream& out, clock::time_point now, std::size_t rows, std::size_t columns) const;

private:
  double rate(clock::time_point now) const;

  std::string server_;
  std::string state_ = "connecting";
  boost::json::object metrics_;
  std::deque<std::string> lines_;
  std::int64_t events_ = 0;
  std::int64_t missed_ = 0;
  struct sample {
    clock::time_point at;
    std::int64_t dislikes = 0;
  };
  std::deque<sample> samples_;  ///< of the last ten seconds
};

}  // namespace demur::cli
