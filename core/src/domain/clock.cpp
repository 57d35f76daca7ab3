#include "domain/clock.hpp"

#include <algorithm>
#include <chrono>

namespace demur {

namespace {

constexpr timestamp epoch = std::chrono::sys_days{std::chrono::year{2024} / std::chrono::January / 1};
constexpr int node_bits = 4;
constexpr int sequence_bits = 8;
constexpr int time_shift = node_bits + sequence_bits;
constexpr std::int64_t last_node = (1 << node_bits) - 1;
constexpr std::int64_t last_sequence = (1 << sequence_bits) - 1;

}  // namespace

clock_source system_clock() {
  return [] { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); };
}

// The millisecond of `after` counts as used up: another node may have made that id, with a number above ours.
id_generator::id_generator(std::int64_t node, id after)
    : node_(std::clamp<std::int64_t>(node, 0, last_node)), last_ms_(after >> time_shift), sequence_(last_sequence) {}

id id_generator::next(timestamp now) {
  const std::int64_t ms = (now - epoch).count();
  if (ms > last_ms_) {
    last_ms_ = ms;
    sequence_ = 0;
  } else if (sequence_ < last_sequence) {
    ++sequence_;
  } else {
    ++last_ms_;
    sequence_ = 0;
  }
  return (last_ms_ << time_shift) | (node_ << sequence_bits) | sequence_;
}

id first_id_of(timestamp time) { return std::max<std::int64_t>((time - epoch).count(), 0) << time_shift; }

timestamp time_of(id value) { return epoch + std::chrono::milliseconds{value >> time_shift}; }

}  // namespace demur
