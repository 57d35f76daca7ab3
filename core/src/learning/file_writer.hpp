#pragma once

#include <demur/error.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace demur::learning {

/// A new file that is written in large pieces. Not thread-safe.
class file_writer {
public:
  explicit file_writer(std::filesystem::path file);
  file_writer(const file_writer&) = delete;
  file_writer& operator=(const file_writer&) = delete;
  ~file_writer();

  /// After a failure nothing more is written; `close` tells.
  void append(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= piece) flush();
  }
  bool failed() const { return failure_ != 0; }

  /// Writes what is left. Errors: `unavailable` with the file and the first thing that the system refused.
  result<done> close();

private:
  static constexpr std::size_t piece = 256 * 1024;
  void flush();

  std::filesystem::path file_;
  std::string buffer_;
  int number_ = -1;
  int failure_ = 0;
};

}  // namespace demur::learning
