#pragma once

#include <demur/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// JSON that was read strictly, kept as one flat list of places in its source: nothing is copied but strings that have
/// escapes. Its memory is used again by the next parse.
namespace demur {

enum class json_kind : std::uint8_t { null, boolean, number, string, array, object };

class json_document;

/// A value of a document; valid until that document parses again or its source goes.
class json_value {
public:
  json_kind type() const;
  /// The value as it stands in the source, byte for byte.
  std::string_view raw() const;
  /// Of a string or a key: without quotes and escapes.
  std::string_view text() const;
  /// Of a boolean.
  bool truth() const;
  /// Of a number with a point or exponent: is it between -1 and 1? Tells what is too small for a double from what
  /// is too great for one.
  bool is_small() const;
  /// Elements of an array, members of an object.
  std::size_t size() const;

  /// The first element of an array, the first key of an object; next() if there is none. A key is followed by its
  /// value.
  json_value first() const { return {document_, index_ + 1}; }
  /// What comes behind this value and all that is in it.
  json_value next() const;

  friend bool operator==(const json_value&, const json_value&) = default;

private:
  friend class json_document;
  json_value(const json_document* document, std::uint32_t index) : document_(document), index_(index) {}

  const json_document* document_;
  std::uint32_t index_;
};

/// Not thread-safe.
class json_document {
public:
  static constexpr std::size_t max_depth = 8;

  /// Reads `source`, which must stay as long as the values are used. Refuses as `malformed`, with the place: what is
  /// not JSON (RFC 8259), invalid UTF-8, lone surrogates, more than max_depth levels. Does not look at keys.
  std::optional<error> parse(std::string_view source);

  /// After a parse without error.
  json_value root() const { return {this, 0}; }

private:
  friend class json_value;
  friend class json_document_builder;

  struct node {
    std::uint32_t begin = 0;  ///< in the source
    std::uint32_t end = 0;
    std::uint32_t text = 0;  ///< of a string: in unescaped_ if it was escaped, else in the source
    std::uint32_t text_size = 0;
    std::uint32_t next = 0;
    std::uint32_t size = 0;
    json_kind type = json_kind::null;
    bool escaped = false;
    bool flag = false;  ///< truth of a boolean, is_small of a number
  };

  void reset(std::string_view source);

  std::string_view source_;
  std::vector<node> nodes_;
  std::string unescaped_;
};

/// The second place of a key that some object in `value` has twice, if any.
std::optional<json_value> repeated_key(json_value value);

inline json_kind json_value::type() const { return document_->nodes_[index_].type; }

inline std::string_view json_value::raw() const {
  const json_document::node& node = document_->nodes_[index_];
  return document_->source_.substr(node.begin, node.end - node.begin);
}

inline std::string_view json_value::text() const {
  const json_document::node& node = document_->nodes_[index_];
  return {(node.escaped ? document_->unescaped_.data() : document_->source_.data()) + node.text, node.text_size};
}

inline bool json_value::truth() const { return document_->nodes_[index_].flag; }
inline bool json_value::is_small() const { return document_->nodes_[index_].flag; }
inline std::size_t json_value::size() const { return document_->nodes_[index_].size; }
inline json_value json_value::next() const { return {document_, document_->nodes_[index_].next}; }

}  // namespace demur
