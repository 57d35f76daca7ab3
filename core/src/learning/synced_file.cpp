#include "learning/synced_file.hpp"

#include <boost/crc.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace demur::learning {

namespace fs = std::filesystem;

namespace {

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

error file_error(const fs::path& file, const std::string& what) {
  return error{error_code::unavailable, "Model file " + file.string() + ": " + what, {}, {}, {}};
}

error system_error(const fs::path& file, const char* call) {
  return file_error(file, std::string(call) + ": " + std::strerror(errno));
}

descriptor::~descriptor() {
  if (fd >= 0) ::close(fd);
}

result<done> write_synced(const fs::path& file, std::string_view bytes) {
  const descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (out.fd < 0) return system_error(file, "open");
  if (!write_all(out.fd, bytes)) return system_error(file, "write");
  if (::fsync(out.fd) != 0) return system_error(file, "fsync");
  return done{};
}

result<done> sync_folder(const fs::path& folder) {
  const descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.fd < 0 || ::fsync(opened.fd) != 0) return system_error(folder, "fsync");
  return done{};
}

std::uint32_t checksum(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

}  // namespace demur::learning
