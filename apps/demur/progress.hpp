#pragma once

#include "terminal.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace demur::cli {

/// How far a long work is: a bar that is redrawn on a terminal, else a line every five seconds. Written to `err`.
class progress {
public:
  /// total 0: not known; then the count alone is shown.
  progress(terminal& screen, std::string what, std::int64_t total);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress();

  /// Call it as often as you like; it draws at most ten times a second.
  void at(std::int64_t done);

  /// Takes the bar away, or ends its line with the last state.
  void end();

private:
  std::string line(bool bar) const;

  terminal& screen_;
  std::string what_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  bool ended_ = false;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point next_;
};

/// 75 s -> `1:15`
std::string clock_text(std::chrono::seconds length);

}  // namespace demur::cli
