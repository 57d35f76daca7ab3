#include "learning/file_writer.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace demur::learning {

file_writer::file_writer(std::filesystem::path file)
    : file_(std::move(file)), number_(::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
  if (number_ < 0) failure_ = errno;
}

file_writer::~file_writer() {
  if (number_ >= 0) ::close(number_);
}

void file_writer::flush() {
  std::string_view left = buffer_;
  while (!left.empty() && failure_ == 0) {
    const auto written = ::write(number_, left.data(), left.size());
    if (written > 0)
      left.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      failure_ = errno;
  }
  buffer_.clear();
}

result<done> file_writer::close() {
  flush();
  if (number_ >= 0 && ::close(std::exchange(number_, -1)) != 0 && failure_ == 0) failure_ = errno;
  if (failure_ == 0) return done{};
  return error{error_code::unavailable,
               "The file " + file_.string() + " cannot be written: " + ::strerrordesc_np(failure_) + ".",
               {},
               {},
               {}};
}

}  // namespace demur::learning
