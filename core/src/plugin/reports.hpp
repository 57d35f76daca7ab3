#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

namespace demur::plugin {

/// What a plugin said between two calls; what goes past the bound is dropped.                            [any thread]
class reports {
public:
  static constexpr std::size_t max_bytes = 500;

  /// Made printable and put behind what is there, after its level if that is more than `info`.
  void add(std::string_view sentence, std::string_view level = {}) noexcept;
  /// All of it, once; empty if there is nothing. Looking costs no lock.
  std::string take();

private:
  std::atomic<bool> waiting_ = false;
  std::mutex mutex_;
  std::string said_;
};

}  // namespace demur::plugin
