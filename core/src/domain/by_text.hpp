#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace demur {

/// Lets a std::unordered_map be searched by string_view. A function of our own that is not noexcept: for such a one
/// libstdc++ keeps each key's hash beside it, and looks no small table through from end to end.
struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <class Value>
using by_text = std::unordered_map<std::string, Value, text_hash, std::equal_to<>>;

}  // namespace demur
