#include "plugin/folder_watch.hpp"

#include <sys/inotify.h>

#include <array>
#include <unistd.h>

namespace demur::plugin {

folder_watch::folder_watch(const std::filesystem::path& folder)
    : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  constexpr auto events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;
  if (descriptor_ >= 0) ::inotify_add_watch(descriptor_, folder.c_str(), events);
}

folder_watch::~folder_watch() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool folder_watch::changed() {
  std::array<char, 4'096> events;
  bool any = false;
  while (descriptor_ >= 0 && ::read(descriptor_, events.data(), events.size()) > 0) any = true;
  return any;
}

}  // namespace demur::plugin
