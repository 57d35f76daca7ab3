#include "domain/json_writer.hpp"

#include "domain/text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace demur {

namespace {

/// Enough for the longest: the fixed form is used below 1e15 only.
using digits = std::array<char, 48>;

std::string_view print(digits& room, double value) {
  if (!std::isfinite(value)) return "null";
  if (value == 0.0) return "0";  // -0 is the same value
  const double size = std::abs(value);
  const bool plain = size >= 1e-5 && size < 1e15;
  const auto form = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(room.data(), room.data() + room.size(), value, form).ptr;
  return {room.data(), end};
}

/// Of the bytes below 0x80, those that cannot stand in a string as they are.
bool needs_escape(char letter) { return letter == '"' || letter == '\\' || static_cast<unsigned char>(letter) < 0x20; }

void append_escaped(std::string& to, char letter) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (letter) {
    case '"':
      to.append("\\\"");
      return;
    case '\\':
      to.append("\\\\");
      return;
    case '\b':
      to.append("\\b");
      return;
    case '\f':
      to.append("\\f");
      return;
    case '\n':
      to.append("\\n");
      return;
    case '\r':
      to.append("\\r");
      return;
    case '\t':
      to.append("\\t");
      return;
    default:
      to.append("\\u00").append(1, hex[static_cast<unsigned char>(letter) >> 4U]).append(1, hex[letter & 0xF]);
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

json_writer& json_writer::value(std::int64_t number) {
  digits room;
  return raw({room.data(), std::to_chars(room.data(), room.data() + room.size(), number).ptr});
}

json_writer& json_writer::value(std::string_view text) {
  separate();
  text_.push_back('"');
  while (true) {
    const std::size_t plain = plain_length(text);
    text_.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (needs_escape(text.front())) {
      append_escaped(text_, text.front());
    } else {
      text_.append("\xEF\xBF\xBD");
    }
    text.remove_prefix(1);
  }
  text_.push_back('"');
  return *this;
}

}  // namespace demur
