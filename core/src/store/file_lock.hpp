#pragma once

#include <demur/error.hpp>

#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace demur::store {

/// Two processes over one embedded store would each think that they alone write. The lock goes with the process,
/// however it ends.
class file_lock {
public:
  file_lock() = default;
  ~file_lock() {
    if (fd_ >= 0) ::close(fd_);
  }
  file_lock(const file_lock&) = delete;
  file_lock& operator=(const file_lock&) = delete;

  result<done> take(const std::string& file) {
    fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd_ < 0)
      return error{error_code::unavailable,
                   "The store's folder cannot be written: " + file + ": " + std::strerror(errno),
                   {},
                   {},
                   {}};
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return done{};
    return error{
        error_code::unavailable, "Another process uses this store (" + file + "); there is one at a time.", {}, {}, {}};
  }

private:
  int fd_ = -1;
};

}  // namespace demur::store
