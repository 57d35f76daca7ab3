#pragma once

#include <filesystem>

namespace demur::plugin {

/// Notices that files come into a folder, change or go. A folder that cannot be watched never changes. Not thread-safe.
class folder_watch {
public:
  explicit folder_watch(const std::filesystem::path& folder);
  folder_watch(const folder_watch&) = delete;
  folder_watch& operator=(const folder_watch&) = delete;
  ~folder_watch();

  /// Whether something has changed since the last call, a file that was written to by its closing. Does not block.
  bool changed();

private:
  int descriptor_;
};

}  // namespace demur::plugin
