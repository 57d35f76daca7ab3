#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace demur::web {

/// Puts answers that come in any order into the order of their questions. A ring that grows with the number of open
/// questions and is then reused, so that a question costs no allocation.
template <class Answer>
class ordered_window {
public:
  bool empty() const { return first_ == next_; }
  std::size_t size() const { return static_cast<std::size_t>(next_ - first_); }

  /// A place for the answer to the next question. Tags ascend by one.
  std::uint64_t open(Answer place) {
    if (size() == ring_.size()) grow();
    at(next_) = {std::move(place), false};
    return next_++;
  }

  /// The place of a question that is open, to be filled in before `close`; null for any other tag.
  Answer* find(std::uint64_t tag) { return tag >= first_ && tag < next_ ? &at(tag).place : nullptr; }
  void close(std::uint64_t tag) { at(tag).answered = true; }

  /// The answer whose turn it is, or null as long as it is missing.
  Answer* front() { return !empty() && at(first_).answered ? &at(first_).place : nullptr; }
  void pop() { at(first_++).place = {}; }

  /// The place of the newest question; there must be one.
  Answer& back() { return at(next_ - 1).place; }

  void clear() {
    while (!empty()) pop();
  }

private:
  struct entry {
    Answer place{};
    bool answered = false;
  };

  entry& at(std::uint64_t tag) { return ring_[static_cast<std::size_t>(tag) & (ring_.size() - 1)]; }

  void grow() {
    std::vector<entry> larger(ring_.empty() ? 4 : ring_.size() * 2);
    for (std::uint64_t tag = first_; tag != next_; ++tag)
      larger[static_cast<std::size_t>(tag) & (larger.size() - 1)] = std::move(at(tag));
    ring_ = std::move(larger);
  }

  std::vector<entry> ring_;  ///< a power of two, so that a tag's place is its last bits
  std::uint64_t first_ = 0;
  std::uint64_t next_ = 0;
};

}  // namespace demur::web
