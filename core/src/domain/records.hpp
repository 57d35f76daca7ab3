#pragma once

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

/// Running state as text, a record a line with tab-separated fields: exact (doubles in their shortest form that reads
/// back the same, or as their bits), readable but for those, and quick enough for a hundred thousand lines at a start. Names hold no tabs or line ends
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
  /// An integer that is large by nature (a time, an id), in base 36.
  record_writer& compact(std::int64_t value) {
    separate();
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, value, 36).ptr;
    text_.append(digits, end);
    return *this;
  }
  /// A number in its shortest form, or as `=` and its bits in base 36 where those are shorter.
  record_writer& exact(double value) {
    constexpr std::ptrdiff_t longest_bits = 14;
    separate();
    char digits[32];
    auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    if (end - digits > longest_bits) {
      digits[0] = '=';
      end = std::to_chars(digits + 1, digits + sizeof digits, std::bit_cast<std::uint64_t>(value), 36).ptr;
    }
    text_.append(digits, end);
    return *this;
  }
  /// A whole record as it was read.
  void line(std::string_view record) {
    text_.append(record);
    end();
  }
  void reserve(std::size_t bytes) { text_.reserve(bytes); }
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
    line_ = unread_ = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 1);
    more_ = true;
    return true;
  }
  std::string_view text() {
    if (!more_) {
      ok_ = false;
      return {};
    }
    const auto end = unread_.find('\t');
    const auto value = unread_.substr(0, end);
    more_ = end != std::string_view::npos;
    unread_ = more_ ? unread_.substr(end + 1) : std::string_view{};
    return value;
  }
  template <class Number = std::int64_t>
  Number number() {
    Number value{};
    const auto digits = text();
    check(std::from_chars(digits.data(), digits.data() + digits.size(), value), digits);
    return value;
  }
  std::int64_t compact() {
    std::int64_t value = 0;
    const auto digits = text();
    check(std::from_chars(digits.data(), digits.data() + digits.size(), value, 36), digits);
    return value;
  }
  double exact() {
    const auto digits = text();
    const auto* const end = digits.data() + digits.size();
    if (digits.starts_with('=')) {
      std::uint64_t bits = 0;
      check(std::from_chars(digits.data() + 1, end, bits, 36), digits);
      return std::bit_cast<double>(bits);
    }
    double value = 0.0;
    check(std::from_chars(digits.data(), end, value), digits);
    return value;
  }
  /// The whole record, whatever was read of it.
  std::string_view line() const { return line_; }
  /// Is there another field in this record?
  bool more() const { return more_; }
  bool ok() const { return ok_; }

private:
  void check(std::from_chars_result read, std::string_view digits) {
    if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) ok_ = false;
  }

  std::string_view rest_;
  std::string_view line_;
  std::string_view unread_;  ///< of the line
  bool more_ = false;
  bool ok_ = true;
};

}  // namespace demur
