#include "domain/text.hpp"

#include <algorithm>

namespace demur {

namespace {

constexpr std::size_t excerpt_length = 60;

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// Of the character that a byte begins: its length, and the bounds of its second byte, which keep out forms that are
/// too long, surrogates and what lies above U+10FFFF (Unicode, table 3-7).
struct lead_byte {
  std::size_t length;
  unsigned char second_from;
  unsigned char second_to;
};

lead_byte lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

bool is_control(char byte, bool lines) {
  const auto code = static_cast<unsigned char>(byte);
  if (code == 0x7F) return true;
  return code < 0x20 && !(lines && (byte == '\n' || byte == '\r' || byte == '\t'));
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const lead_byte lead = lead_of(static_cast<unsigned char>(text.front()));
  if (lead.length < 2) return lead.length;
  if (text.size() < lead.length) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < lead.second_from || second > lead.second_to) return 0;
  return std::all_of(text.begin() + 2, text.begin() + static_cast<std::ptrdiff_t>(lead.length), continues) ? lead.length
                                                                                                           : 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (text.size() >= 8 && !eight_bytes::at(text.data()).outside_ascii()) {
      text.remove_prefix(8);
      continue;
    }
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::size_t count_characters(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

bool has_control(std::string_view text, bool lines) {
  while (text.size() >= 8) {
    const eight_bytes next = eight_bytes::at(text.data());
    if (next.below(0x20) || next.equal(0x7F)) {
      const auto refused = [lines](char byte) { return is_control(byte, lines); };
      if (std::any_of(text.begin(), text.begin() + 8, refused)) return true;
    }
    text.remove_prefix(8);
  }
  return std::any_of(text.begin(), text.end(), [lines](char byte) { return is_control(byte, lines); });
}

std::string excerpt(std::string_view text) {
  std::string shown;
  for (std::size_t characters = 0; !text.empty(); ++characters) {
    if (characters == excerpt_length) return shown + "...";
    const std::size_t length = utf8_length(text);
    const bool c1_control = length == 2 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0;
    if (length != 0 && !is_control(text.front(), false) && !c1_control) {
      shown.append(text.substr(0, length));
    } else {
      shown.push_back('?');
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return shown;
}

std::string quoted_excerpt(std::string_view text) {
  std::string quoted = "\"" + excerpt(text) + "\"";
  const std::size_t characters = count_characters(text);
  if (characters > excerpt_length) quoted += " (" + std::to_string(characters) + " characters)";
  return quoted;
}

}  // namespace demur
