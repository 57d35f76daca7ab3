#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace demur {

/// FNV-1a of 64 bits: the same on every machine and in every run, unlike std::hash. Not for secrets.
inline std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char letter : text) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x00000100000001b3;
  return hash;
}

/// stable_hash and the length, in hexadecimal. Tells a repeat from another request of the same user; nobody gains by
/// making two of his own bodies agree.
inline std::string digest(std::string_view text) {
  std::array<char, 40> digits{};
  char* at = std::to_chars(digits.data(), digits.data() + 16, stable_hash(text), 16).ptr;
  *at++ = '-';
  at = std::to_chars(at, digits.data() + digits.size(), text.size(), 16).ptr;
  return {digits.data(), at};
}

}  // namespace demur
