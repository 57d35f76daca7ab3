#pragma once

#include "domain/json_writer.hpp"

#include <demur/error.hpp>
#include <demur/types.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The values that stand inside other answers too: found by json_writer::value.
namespace demur {

void write(json_writer& out, const receipt& value);
void write(json_writer& out, const impact& value);
void write(json_writer& out, const pattern& value);
void write(json_writer& out, const dislike& value);
void write(json_writer& out, const model_version& value);
void write(json_writer& out, const error& value);

/// The members that there are without being stored, into an object that is open.
void write_unstored(json_writer& out, const impact& value);
void write_unstored(json_writer& out, const pattern& value);

/// An empty text stands for a value that is not known.
inline std::optional<std::string_view> unless_empty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return text;
}

/// A value as a text of its own.
template <class Value>
std::string written(const Value& value, std::size_t expected = 512) {
  json_writer out(expected);
  out.value(value);
  return out.take();
}

}  // namespace demur
