#pragma once

#include <demur/plugin.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

/// What a strategy is shown; part of `plugin.hpp`.
namespace demur {

/// Texts in a row, as views that are valid as long as what they belong to.
class text_list {
public:
  class iterator {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string_view*;
    using reference = std::string_view;

    explicit iterator(const demur_text* at) : at_(at) {}
    std::string_view operator*() const { return {at_->data, at_->size}; }
    iterator& operator++() { return ++at_, *this; }
    iterator operator++(int) { return iterator(at_++); }
    friend bool operator==(iterator left, iterator right) { return left.at_ == right.at_; }
    friend bool operator!=(iterator left, iterator right) { return left.at_ != right.at_; }

  private:
    const demur_text* at_;
  };

  text_list(const demur_text* first, std::size_t count) : first_(first), count_(count) {}
  iterator begin() const { return iterator(first_); }
  iterator end() const { return iterator(first_ + count_); }
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  std::string_view operator[](std::size_t index) const { return {first_[index].data, first_[index].size}; }

private:
  const demur_text* first_;
  std::size_t count_;
};

namespace detail {

inline std::string_view view(const demur_text& text) { return {text.data, text.data ? text.size : 0}; }
constexpr demur_text border_text(std::string_view text) { return {text.data(), text.size()}; }

template <class T>
std::optional<T> given(std::int32_t has, T value) {
  return has ? std::optional<T>(value) : std::nullopt;
}

/// Is there this member in a table of the host's, which may be older and end before it?
template <class Table, class Member>
bool offers(const Table& table, Member Table::*member) {
  const auto place = reinterpret_cast<const char*>(&(table.*member)) - reinterpret_cast<const char*>(&table);
  return table.size >= static_cast<std::size_t>(place) + sizeof(Member) && table.*member != nullptr;
}

/// Of plugins and of reasons.
constexpr bool is_plugin_name(std::string_view name) {
  for (const char c : name)
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') return false;
  return !name.empty() && name.size() <= 64;
}

inline char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}
inline bool is_letter(char letter) { return lower(letter) >= 'a' && lower(letter) <= 'z'; }

}  // namespace detail

/// One dislike. All views are valid during the call only.                               [the thread of the call]
class disliked {
public:
  explicit disliked(const demur_dislike& row) : row_(&row) {}

  std::string_view user_id() const { return detail::view(row_->user_id); }
  std::optional<std::int64_t> movie_id() const { return detail::given(row_->has_movie_id, row_->movie_id); }
  std::string_view movie_title() const { return detail::view(row_->movie_title); }
  /// What the model had predicted, 0.0 to 1.0.
  std::optional<double> predicted_score() const {
    return detail::given(row_->has_predicted_score, row_->predicted_score);
  }
  std::string_view reason() const { return detail::view(row_->reason); }
  std::string_view feedback_text() const { return detail::view(row_->feedback_text); }  ///< empty if none
  text_list genres() const { return {row_->genres, row_->genre_count}; }
  text_list cast() const { return {row_->cast, row_->cast_count}; }
  std::optional<std::string_view> franchise() const {
    return detail::given(row_->has_franchise, detail::view(row_->franchise));
  }
  /// What else the client sent, a JSON object as text; empty if nothing.
  std::string_view context() const { return detail::view(row_->context); }
  /// Since 1970-01-01 UTC.
  std::chrono::milliseconds created_at() const { return std::chrono::milliseconds(row_->created_at_ms); }

  /// As it came over the border.
  const demur_dislike& row() const { return *row_; }

private:
  const demur_dislike* row_;
};

/// A movie as the host's catalogue has it. All views are valid until the next one is looked up, and no longer than
/// adjust().                                                                             [the thread of adjust()]
class catalogued {
public:
  explicit catalogued(const demur_movie& row) : row_(&row) {}

  std::int64_t movie_id() const { return row_->movie_id; }
  std::string_view movie_title() const { return detail::view(row_->movie_title); }
  text_list genres() const { return {row_->genres, row_->genre_count}; }
  text_list cast() const { return {row_->cast, row_->cast_count}; }
  std::optional<std::string_view> franchise() const {
    return detail::given(row_->has_franchise, detail::view(row_->franchise));
  }

private:
  const demur_movie* row_;
};

/// Does the text say these words, in capitals or not? They must begin where a word begins: `gore` is in "Gorefest" and
/// not in "category". Letters outside ASCII are compared as they are.
inline bool mentions(std::string_view text, std::string_view words) {
  const auto same = [](char left, char right) { return detail::lower(left) == detail::lower(right); };
  for (auto from = text.begin();; ++from) {
    from = std::search(from, text.end(), words.begin(), words.end(), same);
    if (from == text.end()) return false;
    if (from == text.begin() || !detail::is_letter(*(from - 1))) return true;
  }
}

}  // namespace demur
