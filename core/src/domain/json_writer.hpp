#pragma once

#include "domain/json_write.hpp"

#include <demur/types.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace demur {

/// The shortest digits that read back the same; fixed form from 1e-5 to 1e15. `null` where JSON has no such number.
std::string number_text(double value);

/// Appends JSON to a text, with the commas. Text is always written as valid UTF-8: what is not becomes U+FFFD.
class json_writer {
public:
  /// `expected`: bytes to make room for.
  explicit json_writer(std::size_t expected = 512) : text_(expected, '\0') {}

  json_writer& open_object() { return open('{'); }
  json_writer& close_object() { return close('}'); }
  json_writer& open_array() { return open('['); }
  json_writer& close_array() { return close(']'); }

  /// `name` is written as it is: a literal of ours.
  json_writer& key(std::string_view name) {
    char* at = room(name.size() + 4);
    if (!first_) *at++ = ',';
    *at++ = '"';
    std::memcpy(at, name.data(), name.size());
    at += name.size();
    *at++ = '"';
    *at++ = ':';
    written_to(at);
    first_ = true;
    return *this;
  }

  json_writer& value(std::string_view text);
  json_writer& value(const std::string& text) { return value(std::string_view(text)); }
  json_writer& value(const char* text) { return value(std::string_view(text)); }
  json_writer& value(double number);
  /// Rounded, from 0 to a million; others as they are.
  json_writer& nine_decimals(double number);
  json_writer& value(std::int64_t number);
  json_writer& value(std::same_as<int> auto number) { return value(std::int64_t{number}); }
  json_writer& value(std::same_as<bool> auto truth) { return raw(truth ? "true" : "false"); }
  json_writer& value(timestamp time) { return raw_text(format_time(time)); }
  json_writer& value(severity level) { return raw_text(to_string(level)); }
  json_writer& value(model_state state) { return raw_text(to_string(state)); }
  json_writer& null() { return raw("null"); }

  template <class Value>
  json_writer& value(const std::optional<Value>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  template <class Value>
  json_writer& value(const std::vector<Value>& list) {
    open_array();
    for (const auto& element : list) value(element);
    return close_array();
  }
  template <class Value>
  json_writer& value(const std::map<std::string, Value>& table) {
    open_object();
    for (const auto& [name, content] : table) named(name, content);
    return close_object();
  }
  /// A type that has a function of its own: void write(json_writer&, const Value&).
  template <class Value>
  requires requires(json_writer& out, const Value& part) { write(out, part); }
  json_writer& value(const Value& part) {
    write(*this, part);
    return *this;
  }

  template <class Value>
  json_writer& member(std::string_view name, const Value& content) {
    return key(name).value(content);
  }

  /// A member whose name came from outside.
  template <class Value>
  json_writer& named(std::string_view name, const Value& content) {
    value(name);
    append(":");
    first_ = true;
    return value(content);
  }

  /// JSON as it is.
  json_writer& raw(std::string_view json) {
    separate();
    append(json);
    return *this;
  }

  std::string take() {
    text_.resize(std::exchange(length_, 0));
    first_ = true;
    return std::exchange(text_, {});
  }

private:
  json_writer& open(char bracket) {
    separate();
    append({&bracket, 1});
    first_ = true;
    return *this;
  }
  json_writer& close(char bracket) {
    append({&bracket, 1});
    first_ = false;
    return *this;
  }
  void separate() {
    if (!first_) append(",");
    first_ = false;
  }
  /// A text of ours, which needs no escapes.
  json_writer& raw_text(std::string_view text) {
    separate();
    append("\"");
    append(text);
    append("\"");
    return *this;
  }

  void append(std::string_view piece) {
    if (piece.empty()) return;
    char* const at = room(piece.size());
    std::memcpy(at, piece.data(), piece.size());
    written_to(at + piece.size());
  }
  /// Where the next `bytes` may be written.
  char* room(std::size_t bytes) {
    if (text_.size() - length_ < bytes) text_.resize(std::max(2 * text_.size(), length_ + bytes));
    return text_.data() + length_;
  }
  void written_to(const char* end) { length_ = static_cast<std::size_t>(end - text_.data()); }

  std::string text_;  ///< longer than what is written, so that small pieces cost no call each
  std::size_t length_ = 0;
  bool first_ = true;
};

}  // namespace demur
