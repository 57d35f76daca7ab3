#pragma once

#include <demur/error.hpp>
#include <demur/plugin.h>

#include <array>
#include <charconv>
#include <string>
#include <string_view>

namespace demur::plugin {

/// Something that a plugin is, has or did, and should not. Both read on from its name and "expected".
struct fault {
  std::string found;
  std::string expected;
};

/// The fault as an error that names its `subject`, a file or a plugin.
inline error blame(const std::string& subject, const fault& wrong, error_code code = error_code::bad_value) {
  return {code, subject + " " + wrong.found + "; expected " + wrong.expected + ".", "plugins", wrong.found,
          wrong.expected};
}

/// Also what JSON has no words for: `nan`, `inf`.
inline std::string in_words(double number) {
  std::array<char, 32> digits;
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr};
}

inline std::string_view view(const demur_text& text) { return {text.data, text.data ? text.size : 0}; }

}  // namespace demur::plugin
