#include "plugin/wire.hpp"

#include <algorithm>
#include <cstring>

namespace demur::plugin::wire {

namespace {

constexpr std::size_t length_size = sizeof(std::uint32_t);
constexpr std::size_t head_size = length_size + sizeof(kind);

}  // namespace

void writer::begin(kind of) {
  number(std::uint32_t{0});
  number(of);
  parts_ = bytes_.size();
}

void writer::end() {
  const auto length = static_cast<std::uint32_t>(bytes_.size() - parts_);
  std::memcpy(bytes_.data() + parts_ - head_size, &length, sizeof length);
}

void writer::text(std::string_view value) {
  number(static_cast<std::uint32_t>(value.size()));
  bytes_.append(value);
}

bool reader::flag() {
  const auto value = number<std::uint8_t>();
  if (value > 1) fail();
  return value == 1;
}

std::string_view reader::text(std::size_t longest) {
  const auto size = number<std::uint32_t>();
  if (size > longest) fail();
  return take(size);
}

std::size_t reader::count(std::size_t most) {
  const auto value = number<std::uint32_t>();
  if (value > most || value > left_.size()) fail();
  return failed_ ? 0 : value;
}

std::string_view reader::take(std::size_t size) {
  if (size > left_.size()) fail();
  if (failed_) return {};
  const std::string_view taken = left_.substr(0, size);
  left_.remove_prefix(size);
  return taken;
}

std::span<char> inbox::room() {
  constexpr std::size_t least = 64 * 1'024;
  if (taken_ > 0) {
    std::memmove(bytes_.data(), bytes_.data() + taken_, filled_ - taken_);
    filled_ -= taken_;
    taken_ = 0;
  }
  if (bytes_.size() - filled_ < least) bytes_.resize(std::max(filled_ + least, 2 * filled_));
  return std::span(bytes_).subspan(filled_);
}

std::optional<std::size_t> inbox::claimed() const {
  std::uint32_t length = 0;
  if (filled_ - taken_ < length_size) return std::nullopt;
  std::memcpy(&length, bytes_.data() + taken_, sizeof length);
  return length;
}

std::optional<frame> inbox::next() {
  const auto length = claimed();
  if (!length || filled_ - taken_ < head_size || filled_ - taken_ - head_size < *length) return std::nullopt;
  frame found{};
  const char* head = bytes_.data() + taken_;
  std::memcpy(&found.of, head + length_size, sizeof found.of);
  found.parts = {head + head_size, *length};
  taken_ += head_size + *length;
  return found;
}

bool inbox::exceeds(std::size_t longest) const {
  const auto length = claimed();
  return length && *length > longest;
}

}  // namespace demur::plugin::wire
