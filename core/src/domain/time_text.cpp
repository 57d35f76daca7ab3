#include "domain/json_write.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace demur {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

void print(char* to, int width, std::int64_t value) {
  for (int place = width - 1; place >= 0; --place, value /= 10) to[place] = static_cast<char>('0' + value % 10);
}

/// Takes parts from the front of a text; once one is not there, nothing more is taken and `ok` is false.
class time_parser {
public:
  explicit time_parser(std::string_view text) : rest_(text) {}

  /// Exactly `width` digits, in a range.
  int digits(std::size_t width, int from, int to) {
    int value = 0;
    for (std::size_t place = 0; place < width; ++place) {
      if (place >= rest_.size() || rest_[place] < '0' || rest_[place] > '9') return fail();
      value = 10 * value + (rest_[place] - '0');
    }
    rest_.remove_prefix(width);
    return value >= from && value <= to ? value : fail();
  }

  /// One of these characters.
  char letter(std::string_view allowed) {
    if (!ok_ || rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos)
      return static_cast<char>(fail());
    const char found = rest_.front();
    rest_.remove_prefix(1);
    return found;
  }

  bool next_is(char wanted) const { return ok_ && !rest_.empty() && rest_.front() == wanted; }

  /// One or more digits behind a point, as far as milliseconds go.
  milliseconds fraction() {
    letter(".");
    const std::size_t length = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (length == 0) fail();
    int value = 0;
    for (std::size_t place = 0; place < 3; ++place) value = 10 * value + (place < length ? rest_[place] - '0' : 0);
    if (ok_) rest_.remove_prefix(length);
    return milliseconds{value};
  }

  /// Z, or hours and minutes east of Greenwich.
  minutes offset() {
    const char sign = letter("Zz+-");
    if (sign != '+' && sign != '-') return {};
    const int east_hours = digits(2, 0, 23);
    letter(":");
    const minutes east = hours{east_hours} + minutes{digits(2, 0, 59)};
    return sign == '+' ? east : -east;
  }

  bool ended_well() const { return ok_ && rest_.empty(); }

private:
  int fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::string format_time(timestamp value) {
  constexpr timestamp first = sys_days{std::chrono::year{0} / 1 / 1};
  constexpr timestamp last = sys_days{std::chrono::year{10'000} / 1 / 1} - milliseconds{1};
  value = std::clamp(value, first, last);
  const auto day = std::chrono::floor<days>(value);
  const year_month_day date{day};
  const std::int64_t time = (value - day).count();
  std::array<char, 24> text{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
                            '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};
  print(&text[0], 4, static_cast<int>(date.year()));
  print(&text[5], 2, static_cast<unsigned>(date.month()));
  print(&text[8], 2, static_cast<unsigned>(date.day()));
  print(&text[11], 2, time / 3'600'000);
  print(&text[14], 2, time / 60'000 % 60);
  print(&text[17], 2, time / 1'000 % 60);
  print(&text[20], 3, time % 1'000);
  return {text.begin(), text.end()};
}

std::optional<timestamp> parse_time(std::string_view text) {
  time_parser parts(text);
  const std::chrono::year year{parts.digits(4, 0, 9999)};
  parts.letter("-");
  const std::chrono::month month{static_cast<unsigned>(parts.digits(2, 1, 12))};
  parts.letter("-");
  const year_month_day date{year, month, std::chrono::day{static_cast<unsigned>(parts.digits(2, 1, 31))}};
  parts.letter("Tt");
  const hours hour{parts.digits(2, 0, 23)};
  parts.letter(":");
  const minutes minute{parts.digits(2, 0, 59)};
  parts.letter(":");
  const seconds second{parts.digits(2, 0, 60)};
  const milliseconds fraction = parts.next_is('.') ? parts.fraction() : milliseconds{0};
  const minutes offset = parts.offset();
  if (!parts.ended_well() || !date.ok()) return std::nullopt;
  const timestamp read = sys_days{date} + hour + minute + second + fraction - offset;
  // A leap second is the last of a UTC day; it counts as the first of the next, as in POSIX.
  const bool leap_second = second == seconds{60};
  if (leap_second && std::chrono::floor<seconds>(read) != std::chrono::floor<days>(read)) return std::nullopt;
  return read;
}

}  // namespace demur
