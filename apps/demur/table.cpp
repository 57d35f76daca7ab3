#include "table.hpp"

#include <algorithm>
#include <cstdio>
#include <ostream>

namespace demur::cli {

namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

bool steers(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

void print_row(std::ostream& out, const std::vector<table::column>& columns, const std::vector<std::string>& cells,
               const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string cell = i < cells.size() ? fitted(cells[i], columns[i].widest) : std::string();
    const std::string gap(widths[i] - width_of(cell), ' ');
    line += columns[i].side == table::align::right ? gap + cell : cell + gap;
    line += "  ";
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

}  // namespace

void table::print(std::ostream& out) const {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    titles.push_back(columns_[i].title);
    std::size_t widest = width_of(fitted(columns_[i].title, columns_[i].widest));
    for (const auto& cells : rows_)
      if (i < cells.size()) widest = std::max(widest, width_of(fitted(cells[i], columns_[i].widest)));
    widths.push_back(widest);
  }
  const bool titled = std::any_of(titles.begin(), titles.end(), [](const auto& title) { return !title.empty(); });
  if (titled) print_row(out, columns_, titles, widths);
  for (const auto& cells : rows_) print_row(out, columns_, cells, widths);
}

void fact_list::count(std::string name, std::int64_t value) { fact(std::move(name), grouped(value)); }

std::string grouped(std::int64_t value) {
  std::string text = std::to_string(value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t i = text.size(); i > first + 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string digits(double value, const char* format) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string fitted(std::string_view text, std::size_t widest) {
  std::string fit(text);
  std::replace_if(fit.begin(), fit.end(), steers, ' ');
  if (width_of(fit) <= widest) return fit;
  std::size_t characters = 0;
  const auto cut =
      std::find_if(fit.begin(), fit.end(), [&](char c) { return starts_character(c) && ++characters == widest; });
  fit.erase(cut, fit.end());
  return fit + "\u2026";
}

}  // namespace demur::cli
