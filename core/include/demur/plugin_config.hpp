#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <locale>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The settings of a plugin; part of `plugin.hpp`.
namespace demur {

/// A setting that cannot be; what() is a sentence for the person who wrote it. A strategy's constructor may throw it
/// too, where two settings contradict each other.
class config_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The numbers that a setting may have, `at_least(0).below(1)` say. Infinity and NaN are never among them.
class number_range {
public:
  constexpr number_range() = default;

  constexpr number_range at_least(double lowest) const { return {lowest, true, highest_, highest_too_}; }
  constexpr number_range above(double limit) const { return {limit, false, highest_, highest_too_}; }
  constexpr number_range at_most(double highest) const { return {lowest_, lowest_too_, highest, true}; }
  constexpr number_range below(double limit) const { return {lowest_, lowest_too_, limit, false}; }

  bool contains(double value) const {
    return std::isfinite(value) && (lowest_too_ ? value >= lowest_ : value > lowest_) &&
           (highest_too_ ? value <= highest_ : value < highest_);
  }

  /// `a number at least 0 and below 1`.
  std::string in_words() const {
    std::ostringstream words;
    words.imbue(std::locale::classic());
    words.precision(15);
    words << "a number";
    if (std::isfinite(lowest_)) words << (lowest_too_ ? " at least " : " above ") << lowest_;
    if (std::isfinite(lowest_) && std::isfinite(highest_)) words << " and";
    if (std::isfinite(highest_)) words << (highest_too_ ? " at most " : " below ") << highest_;
    return words.str();
  }

private:
  constexpr number_range(double lowest, bool lowest_too, double highest, bool highest_too)
      : lowest_(lowest), lowest_too_(lowest_too), highest_(highest), highest_too_(highest_too) {}

  double lowest_ = -std::numeric_limits<double>::infinity();
  bool lowest_too_ = true;
  double highest_ = std::numeric_limits<double>::infinity();
  bool highest_too_ = true;
};

constexpr number_range at_least(double lowest) { return number_range().at_least(lowest); }
constexpr number_range above(double limit) { return number_range().above(limit); }
constexpr number_range at_most(double highest) { return number_range().at_most(highest); }

namespace detail {

/// How many letters must be put in, taken out or replaced to make one word of the other (Levenshtein).
inline std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j < row.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

/// The most similar of some words, the first of equals. `words` must not be empty.
inline const std::string& nearest(std::string_view word, const std::vector<std::string>& words) {
  return *std::min_element(words.begin(), words.end(), [&](const auto& left, const auto& right) {
    return edit_distance(word, left) < edit_distance(word, right);
  });
}

struct setting {
  enum class kind { number, text, flag };
  std::string key;
  kind type = kind::flag;
  std::string found;    ///< as it stands in the JSON
  double number = 0.0;  ///< of a number
  std::string text;     ///< of a text, escapes resolved
};

/// Reads one flat JSON object (RFC 8259, without lists, sections and null); throws config_error.
class settings_reader {
public:
  explicit settings_reader(std::string_view json) : rest_(json) {}

  std::vector<setting> read() {
    std::vector<setting> all;
    expect("{");
    if (!next_is("}")) {
      do {
        setting one = read_setting();
        if (std::any_of(all.begin(), all.end(), [&](const setting& other) { return other.key == one.key; }))
          throw config_error("`" + one.key + "` is set twice");
        all.push_back(std::move(one));
      } while (next_is(","));
      expect("}");
    }
    skip_space();
    if (!rest_.empty()) fail("the end");
    return all;
  }

private:
  setting read_setting() {
    setting one;
    expect("\"");
    one.key = read_text();
    expect(":");
    skip_space();
    const std::string_view from_here = rest_;
    if (next_is("\"")) {
      one.type = setting::kind::text;
      one.text = read_text();
    } else if (next_is("true") || next_is("false")) {
      one.type = setting::kind::flag;
    } else if (!rest_.empty() && (rest_.front() == '-' || is_digit(rest_.front()))) {
      one.type = setting::kind::number;
      one.number = read_number(one.key);
    } else {
      throw config_error("`" + one.key + "` begins with `" + std::string(rest_.substr(0, 8)) +
                         "`; allowed is a number, a text, true or false");
    }
    one.found = from_here.substr(0, from_here.size() - rest_.size());
    return one;
  }

  double read_number(const std::string& key) {
    const std::string number(rest_.substr(0, rest_.find_first_not_of("+-.0123456789Ee")));
    rest_.remove_prefix(number.size());

    std::size_t at = number[0] == '-' ? 1 : 0;
    const auto digits = [&] {
      const std::size_t first = at;
      while (is_digit(number[at])) ++at;
      return at - first;
    };
    bool good = number[at] == '0' ? digits() == 1 : digits() > 0;
    if (number[at] == '.') good = (++at, digits() > 0) && good;
    if (number[at] == 'e' || number[at] == 'E') {
      ++at;
      if (number[at] == '+' || number[at] == '-') ++at;
      good = digits() > 0 && good;
    }

    // Not strtod, which asks the host's locale for the decimal point, nor from_chars, which not every standard library
    // of C++17 has for double.
    std::istringstream in(number);
    in.imbue(std::locale::classic());
    double value = 0.0;
    if (!good || at != number.size() || !(in >> value))
      throw config_error("`" + key + "` is " + number + "; allowed is a finite number");
    return value;
  }

  /// What stands between here and the closing quote.
  std::string read_text() {
    std::string text;
    for (char c = read_any(); c != '"'; c = read_any()) {
      if (static_cast<unsigned char>(c) < 0x20) fail("no control character");
      if (c == '\\') {
        read_escape(text);
      } else {
        text.push_back(c);
      }
    }
    return text;
  }

  void read_escape(std::string& text) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const char c = read_any();
    if (const auto at = letters.find(c); at != letters.npos) {
      text.push_back(meanings[at]);
    } else if (c == 'u') {
      append_utf8(text, read_code_point());
    } else {
      fail("an escape of JSON");
    }
  }

  std::uint32_t read_code_point() {
    const std::uint32_t first = read_hexadecimal();
    if (first < 0xD800 || first > 0xDFFF) return first;
    const std::uint32_t second = rest_.substr(0, 2) == "\\u" ? (rest_.remove_prefix(2), read_hexadecimal()) : 0;
    if (first > 0xDBFF || second < 0xDC00 || second > 0xDFFF) fail("two halves of a surrogate pair");
    return 0x10000 + (first - 0xD800) * 0x400 + (second - 0xDC00);
  }

  std::uint32_t read_hexadecimal() {
    constexpr std::string_view digits = "0123456789abcdef0123456789ABCDEF";
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const auto at = digits.find(read_any());
      if (at == digits.npos) fail("four hexadecimal digits");
      value = value * 16 + static_cast<std::uint32_t>(at % 16);
    }
    return value;
  }

  static void append_utf8(std::string& text, std::uint32_t point) {
    constexpr std::uint32_t first_byte[] = {0x00, 0xC0, 0xE0, 0xF0};
    int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    text.push_back(static_cast<char>(first_byte[more] | point >> (6 * more)));
    while (more-- > 0) text.push_back(static_cast<char>(0x80 | (point >> (6 * more) & 0x3F)));
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  char read_any() {
    if (rest_.empty()) fail("more");
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
  bool next_is(std::string_view word) {
    skip_space();
    if (rest_.substr(0, word.size()) != word) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  void expect(std::string_view word) {
    if (!next_is(word)) fail("`" + std::string(word) + "`");
  }
  [[noreturn]] void fail(const std::string& expected) const {
    throw config_error("the settings are no flat JSON object: expected " + expected + " where there is `" +
                       std::string(rest_.substr(0, 40)) + "`");
  }

  std::string_view rest_;
};

}  // namespace detail

/// What half_life_days() returns to leave the choice to the host (its setting `weights.half_life_days`).
inline constexpr double hosts_half_life = -1.0;

/// A plugin's own section of the settings, `[plugins.<name>]`. A key that was not asked for by the end of the strategy's
/// constructor is an error that names the nearest one that was.                                          [main thread]
class plugin_config {
public:
  /// Throws config_error if this is no flat JSON object, or one with a key twice.
  explicit plugin_config(std::string_view json) : settings_(detail::settings_reader(json).read()) {}
  // A copy would not know what the other was asked.
  plugin_config(const plugin_config&) = delete;
  plugin_config& operator=(const plugin_config&) = delete;

  /// The value of a key, or `fallback` if the section does not have it. Throws config_error that names the key, what was
  /// found and what is allowed.
  double number(std::string_view key, double fallback, const number_range& allowed = {}) const {
    const auto* found = find(key);
    if (!found) return fallback;
    if (found->type != detail::setting::kind::number || !allowed.contains(found->number))
      refuse(*found, allowed.in_words());
    return found->number;
  }
  std::string text(std::string_view key, std::string_view fallback) const {
    const auto* found = find(key);
    if (found && found->type != detail::setting::kind::text) refuse(*found, "a text");
    return found ? found->text : std::string(fallback);
  }
  bool flag(std::string_view key, bool fallback) const {
    const auto* found = find(key);
    if (found && found->type != detail::setting::kind::flag) refuse(*found, "true or false");
    return found ? found->found == "true" : fallback;
  }

  /// The key `half_life_days`, 0 (never fades) to 36,500; the host's default if the section does not have it.
  double half_life_days() const { return number("half_life_days", hosts_half_life, at_least(0).at_most(36'500)); }

  /// Throws config_error if the section has a key that was never asked for.
  void refuse_unasked() const {
    for (const auto& setting : settings_) {
      const std::string& key = setting.key;
      if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
      throw config_error("`" + key + "` is no setting of this plugin; " +
                         (asked_.empty() ? "it has none" : "the nearest is `" + detail::nearest(key, asked_) + "`"));
    }
  }

private:
  const detail::setting* find(std::string_view key) const {
    asked_.emplace_back(key);
    const auto at = std::find_if(settings_.begin(), settings_.end(), [&](const auto& one) { return one.key == key; });
    return at == settings_.end() ? nullptr : &*at;
  }
  [[noreturn]] static void refuse(const detail::setting& setting, const std::string& allowed) {
    throw config_error("`" + setting.key + "` is " + setting.found + "; allowed is " + allowed);
  }

  std::vector<detail::setting> settings_;
  mutable std::vector<std::string> asked_;
};

}  // namespace demur
