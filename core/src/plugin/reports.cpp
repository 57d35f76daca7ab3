#include "plugin/reports.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace demur::plugin {

void reports::add(std::string_view sentence, std::string_view level) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (!said_.empty() && said_.size() < max_bytes) said_ += "; ";
    if (!level.empty() && level != "info") said_.append(level).append(": ");
    while (!sentence.empty() && said_.size() < max_bytes) {
      const std::size_t length = utf8_length(sentence);
      const auto character = sentence.substr(0, std::max<std::size_t>(length, 1));
      said_ += length == 0 || has_control(character, false) ? std::string_view("?") : character;
      sentence.remove_prefix(character.size());
    }
    waiting_.store(true, std::memory_order_release);
  } catch (const std::exception&) {
    // Out of memory: what a plugin had to say is the least of it.
  }
}

std::string reports::take() {
  if (!waiting_.load(std::memory_order_acquire)) return {};
  const std::lock_guard lock(mutex_);
  waiting_.store(false, std::memory_order_relaxed);
  return std::exchange(said_, {});
}

}  // namespace demur::plugin
