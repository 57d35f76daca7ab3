#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

/// Looking at text that came from outside.
namespace demur {

/// Eight bytes of text looked at together. Each function says whether any of them is such a one.
struct eight_bytes {
  static constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
  static constexpr std::uint64_t highs = 0x8080'8080'8080'8080;

  std::uint64_t bytes;

  static eight_bytes at(const char* from) {
    eight_bytes read{};
    std::memcpy(&read.bytes, from, sizeof read.bytes);
    return read;
  }

  bool below(unsigned char limit) const { return (((bytes - ones * limit) & ~bytes) & highs) != 0; }  ///< limit <= 128
  bool equal(unsigned char what) const { return eight_bytes{bytes ^ (ones * what)}.below(1); }
  bool outside_ascii() const { return (bytes & highs) != 0; }
};

/// The length of the UTF-8 character that `text` begins with; 0 if it begins with none.
std::size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);

/// Code points of valid UTF-8.
std::size_t count_characters(std::string_view text);

/// Is there a character below 0x20 or 0x7f? With `lines`, line breaks and tabs do not count.
bool has_control(std::string_view text, bool lines);

/// For an error's `found`: about 60 printable characters of it.
std::string excerpt(std::string_view text);
/// The same in quotes, with the number of characters if it was shortened.
std::string quoted_excerpt(std::string_view text);

}  // namespace demur
