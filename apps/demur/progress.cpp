#include "progress.hpp"

#include "table.hpp"

#include <algorithm>
#include <ostream>

namespace demur::cli {

namespace {

using steady = std::chrono::steady_clock;
constexpr std::chrono::milliseconds redraw_interval{100};
constexpr std::chrono::seconds line_interval{5};
constexpr std::int64_t bar_width = 24;

}  // namespace

progress::progress(terminal& screen, std::string what, std::int64_t total)
    : screen_(screen), what_(std::move(what)), total_(total), begin_(steady::now()) {
  next_ = begin_ + (screen.err_is_tty ? steady::duration(redraw_interval) : steady::duration(line_interval));
}

progress::~progress() { end(); }

void progress::at(std::int64_t done) {
  done_ = done;
  const auto now = steady::now();
  if (ended_ || now < next_) return;
  drawn_ = true;
  if (screen_.err_is_tty) {
    // Erases what the line before had more.
    screen_.err << '\r' << line(true) << "\x1b[K" << std::flush;
    next_ = now + redraw_interval;
  } else {
    screen_.err << line(false) << std::endl;
    next_ = now + line_interval;
  }
}

void progress::end() {
  if (ended_) return;
  ended_ = true;
  if (drawn_ && screen_.err_is_tty) screen_.err << "\r\x1b[K" << std::flush;
}

std::string progress::line(bool bar) const {
  const double seconds = std::max(1e-3, std::chrono::duration<double>(steady::now() - begin_).count());
  const double rate = static_cast<double>(done_) / seconds;
  std::string text = what_ + "  ";
  if (total_ > 0) {
    const std::int64_t done = std::min(done_, total_);
    const auto filled = static_cast<std::size_t>(done * bar_width / total_);
    if (bar) text += "[" + std::string(filled, '#') + std::string(bar_width - filled, '.') + "]  ";
    text += std::to_string(done * 100 / total_) + " %  " + grouped(done) + " of " + grouped(total_);
  } else {
    text += grouped(done_);
  }
  text += "  " + grouped(static_cast<std::int64_t>(rate)) + "/s";
  if (total_ > done_ && rate >= 1.0)
    text += "  " +
            clock_text(std::chrono::seconds(static_cast<std::int64_t>(static_cast<double>(total_ - done_) / rate))) +
            " left";
  return text;
}

std::string clock_text(std::chrono::seconds length) {
  const std::int64_t seconds = length.count() % 60;
  return std::to_string(length.count() / 60) + (seconds < 10 ? ":0" : ":") + std::to_string(seconds);
}

}  // namespace demur::cli
