#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

/// Running state as text, a record a line with tab-separated fields: exact (doubles in their shortest form that reads
/// back the same), readable, and quick enough for a hundred thousand lines at a start. Names hold no tabs or line ends
/// (validation sees to it).
namespace demur {

class record_writer {
public:
  record_writer& field(std::string_view text) {
    separate();
    text_.append(text);
    return *this;
  }
  template <class Number>
  requires std::is_arithmetic_v<Number> record_writer& field(Number value) {
    separate();
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    text_.append(digits, end);
    return *this;
  }
  void end() {
    text_.push_back('\n');
    first_ = true;
  }
  std::string take() { return std::move(text_); }

private:
  void separate() {
    if (!first_) text_.push_back('\t');
    first_ = false;
  }
  std::string text_;
  bool first_ = true;
};

/// Reads what a record_writer wrote. A field that is missing or no number reads as empty or 0 and makes `ok` false.
class record_reader {
public:
  explicit record_reader(std::string_view text) : rest_(text) {}

  /// Goes to the next record; false at the end.
  bool next() {
    if (rest_.empty()) return false;
    const auto end = rest_.find('\n');
    line_ = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 1);
    more_ = true;
    return true;
  }
  std::string_view text() {
    if (!more_) {
      ok_ = false;
      return {};
    }
    const auto end = line_.find('\t');
    const auto value = line_.substr(0, end);
    more_ = end != std::string_view::npos;
    line_ = more_ ? line_.substr(end + 1) : std::string_view{};
    return value;
  }
  template <class Number = std::int64_t>
  Number number() {
    const auto digits = text();
    Number value{};
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (problem != std::errc{} || end != digits.data() + digits.size()) ok_ = false;
    return value;
  }
  /// Is there another field in this record?
  bool more() const { return more_; }
  bool ok() const { return ok_; }

private:
  std::string_view rest_;
  std::string_view line_;
  bool more_ = false;
  bool ok_ = true;
};

}  // namespace demur
