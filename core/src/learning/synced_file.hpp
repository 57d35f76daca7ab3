#pragma once

#include <demur/error.hpp>

#include <filesystem>
#include <string>
#include <string_view>

/// Files that must be whole after a power cut.
namespace demur::learning {

/// `unavailable`, naming the file.
error file_error(const std::filesystem::path& file, const std::string& what);
/// The same, with what the system says of the call that failed last.
error system_error(const std::filesystem::path& file, const char* call);

/// Closes itself; -1 is no file.
struct descriptor {
  int fd = -1;
  explicit descriptor(int opened) : fd(opened) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor();
};

/// Replaces the file by these bytes, and waits for the disk.
result<done> write_synced(const std::filesystem::path& file, std::string_view bytes);
/// A rename is durable only once its folder is.
result<done> sync_folder(const std::filesystem::path& folder);

/// CRC-32.
std::uint32_t checksum(std::string_view bytes);

}  // namespace demur::learning
