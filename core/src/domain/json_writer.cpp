#include "domain/json_writer.hpp"

#include "domain/text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace demur {

namespace {

/// Enough for the longest: the fixed form is used below 1e15 only.
using digits = std::array<char, 48>;

constexpr std::int64_t billion = 1'000'000'000;

/// A positive number below a million that has at most nine decimals, given in billionths. So few digits are the shortest
/// that read back the same: no two decimals of fifteen digits share a double.
std::string_view print_billionths(digits& room, std::int64_t billionths) {
  char* const limit = room.data() + room.size();
  char* const point = std::to_chars(room.data(), limit, billionths / billion).ptr;
  if (billionths % billion == 0) return {room.data(), point};
  char* end = std::to_chars(point, limit, billion + billionths % billion).ptr;
  *point = '.';  // for the leading 1, which kept the zeros behind it
  while (end[-1] == '0') --end;
  return {room.data(), end};
}

std::string_view print(digits& room, double value) {
  if (!std::isfinite(value)) return "null";
  if (value == 0.0) return "0";  // -0 is the same value
  const double size = std::abs(value);
  const bool plain = size >= 1e-5 && size < 1e15;
  if (plain && value > 0.0 && value < 1e6) {
    const std::int64_t billionths = std::llrint(value * billion);
    if (static_cast<double>(billionths) / billion == value) return print_billionths(room, billionths);
  }
  const auto form = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(room.data(), room.data() + room.size(), value, form).ptr;
  return {room.data(), end};
}

/// Of the bytes below 0x80, those that cannot stand in a string as they are.
bool needs_escape(char letter) { return letter == '"' || letter == '\\' || static_cast<unsigned char>(letter) < 0x20; }

/// The escape of such a byte, in `room` where it is not one of the short ones.
std::string_view escape_of(char letter, std::array<char, 6>& room) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (letter) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\b':
      return "\\b";
    case '\f':
      return "\\f";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      room = {'\\', 'u', '0', '0', hex[static_cast<unsigned char>(letter) >> 4U], hex[letter & 0xF]};
      return {room.data(), room.size()};
  }
}

/// How many bytes from the beginning can be written as they are.
std::size_t plain_length(std::string_view text) {
  std::size_t length = 0;
  while (text.size() - length >= 8) {
    const eight_bytes next = eight_bytes::at(text.data() + length);
    if (next.outside_ascii() || next.below(0x20) || next.equal('"') || next.equal('\\')) break;
    length += 8;
  }
  while (length < text.size()) {
    const std::size_t character = utf8_length(text.substr(length, 4));
    if (character == 0 || (character == 1 && needs_escape(text[length]))) break;
    length += character;
  }
  return length;
}

}  // namespace

std::string number_text(double value) {
  digits room;
  return std::string(print(room, value));
}

json_writer& json_writer::value(double number) {
  digits room;
  return raw(print(room, number));
}

json_writer& json_writer::nine_decimals(double number) {
  if (!(number >= 0.0 && number < 1e6)) return value(number);
  digits room;
  return raw(print_billionths(room, std::llrint(number * billion)));
}

json_writer& json_writer::value(std::int64_t number) {
  digits room;
  return raw({room.data(), std::to_chars(room.data(), room.data() + room.size(), number).ptr});
}

json_writer& json_writer::value(std::string_view text) {
  separate();
  append("\"");
  std::array<char, 6> room;
  while (true) {
    const std::size_t plain = plain_length(text);
    append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    append(needs_escape(text.front()) ? escape_of(text.front(), room) : "\xEF\xBF\xBD");
    text.remove_prefix(1);
  }
  append("\"");
  return *this;
}

}  // namespace demur
