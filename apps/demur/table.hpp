#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace demur::cli {

/// A table for people: columns as wide as their widest cell, two blanks between them.
class table {
public:
  enum class align { left, right };
  struct column {
    std::string title;
    align side = align::left;
    std::size_t widest = 60;  ///< longer cells end in an ellipsis
  };

  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}

  /// Missing cells are empty.
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }

  /// Without titles there is no line of them.
  void print(std::ostream& out) const;

private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Two columns, a name and its value; for receipts and counts.
class fact_list {
public:
  void fact(std::string name, std::string value) { facts_.row({std::move(name), std::move(value)}); }
  void count(std::string name, std::int64_t value);
  void print(std::ostream& out) const { facts_.print(out); }

private:
  table facts_{{{"", table::align::left}, {"", table::align::left, 100}}};
};

/// 13523 -> `13,523`
std::string grouped(std::int64_t value);

/// As std::printf would: `digits(0.5, "%.1f %%")`.
std::string digits(double value, const char* format);

/// Characters (code points) of UTF-8 text.
std::size_t width_of(std::string_view text);

/// At most `widest` characters, the last of them an ellipsis where something was cut off. Control characters become
/// blanks: what others typed must not steer the terminal.
std::string fitted(std::string_view text, std::size_t widest);

}  // namespace demur::cli
