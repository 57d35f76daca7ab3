#pragma once

#include "plugin/fault.hpp"
#include "plugin/verdict.hpp"

#include <demur/plugin.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demur::plugin {

/// The host's end of a demur_sink: checks what a plugin says before anything else sees it. The first fault voids the
/// answer and refuses all that follows, whether or not the plugin looks at its status. Not thread-safe.
class checked_sink {
public:
  checked_sink();
  // The table points to the object.
  checked_sink(const checked_sink&) = delete;
  checked_sink& operator=(const checked_sink&) = delete;

  /// Forgets the last answer.
  void begin();
  const demur_sink& table() const { return table_; }
  const std::optional<fault>& wrong() const { return wrong_; }
  verdict take();

private:
  template <class Check>
  static demur_status answer(void* state, Check check) noexcept;
  static demur_status add(void* state, demur_text family, demur_text value, adjustment how) noexcept;
  std::optional<fault> add(std::string_view family, std::string_view value, adjustment how);
  std::optional<fault> hide(double days);
  std::optional<fault> scale(double factor);

  demur_sink table_;
  verdict answer_;
  std::vector<std::size_t> hashes_;  ///< of the features of answer_, in their order
  std::size_t usual_count_ = 0;
  std::optional<fault> wrong_;
};

}  // namespace demur::plugin
