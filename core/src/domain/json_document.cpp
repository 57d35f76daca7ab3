#include "domain/json_document.hpp"

#include "domain/text.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

namespace demur {

/// Boost's parser tells what it met, but not always where: the end of the token before leads to the next one.
class json_document_builder {
public:
  using code = boost::json::error_code;
  using string_view = boost::json::string_view;

  static constexpr std::size_t max_array_size = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t max_object_size = max_array_size;
  static constexpr std::size_t max_string_size = max_array_size;
  static constexpr std::size_t max_key_size = max_array_size;

  explicit json_document_builder(json_document& target) : target_(target), at_(target.source_.data()) {}

  bool on_document_begin(code&) { return true; }
  bool on_document_end(code&) { return true; }
  bool on_array_begin(code&) { return open(json_kind::array); }
  bool on_array_end(std::size_t size, code&) { return close(size); }
  bool on_object_begin(code&) { return open(json_kind::object); }
  bool on_object_end(std::size_t size, code&) { return close(size); }
  bool on_string_part(string_view part, std::size_t, code&) { return keep_part(part); }
  bool on_string(string_view part, std::size_t size, code&) { return add_string(part, size); }
  bool on_key_part(string_view part, std::size_t, code&) { return keep_part(part); }
  bool on_key(string_view part, std::size_t size, code&) { return add_string(part, size); }
  bool on_number_part(string_view, code&) { return true; }
  bool on_int64(std::int64_t, string_view text, code&) { return add_number(text, false); }
  bool on_uint64(std::uint64_t, string_view text, code&) { return add_number(text, false); }
  bool on_double(double value, string_view text, code&) { return add_number(text, std::abs(value) < 1.0); }
  bool on_bool(bool truth, code&) { return add(json_kind::boolean, truth ? 4 : 5, truth); }
  bool on_null(code&) { return add(json_kind::null, 4, false); }
  bool on_comment_part(string_view, code&) { return true; }
  bool on_comment(string_view, code&) { return true; }

private:
  using node = json_document::node;

  std::uint32_t offset(const char* place) const { return static_cast<std::uint32_t>(place - target_.source_.data()); }
  std::uint32_t count() const { return static_cast<std::uint32_t>(target_.nodes_.size()); }

  /// To where the token begins that the parser speaks of. It has seen that only these stand before one.
  void go_to_token() {
    while (*at_ <= ' ' || *at_ == ',' || *at_ == ':') ++at_;
  }

  bool add(json_kind type, std::size_t length, bool flag) {
    go_to_token();
    // Filled where it stays: a copy of what was just written in parts would wait for the parts.
    node& made = target_.nodes_.emplace_back();
    made.begin = offset(at_);
    at_ += length;
    made.end = offset(at_);
    made.next = count();
    made.type = type;
    made.flag = flag;
    return true;
  }

  bool add_number(string_view text, bool is_small) { return add(json_kind::number, text.size(), is_small); }

  bool open(json_kind type) {
    open_[depth_++] = count();
    return add(type, 1, false);
  }

  bool close(std::size_t size) {
    go_to_token();
    ++at_;
    node& container = target_.nodes_[open_[--depth_]];
    container.end = offset(at_);
    container.next = count();
    container.size = static_cast<std::uint32_t>(size);
    return true;
  }

  bool keep_part(string_view part) {
    target_.unescaped_.append(part.data(), part.size());
    return true;
  }

  bool add_string(string_view last_part, std::size_t size) {
    go_to_token();
    const char* const inside = at_ + 1;
    if (last_part.data() == inside && last_part.size() == size) {
      add(json_kind::string, size + 2, false);
      target_.nodes_.back().text = offset(inside);
    } else {
      keep_part(last_part);
      add(json_kind::string, static_cast<std::size_t>(closing_quote(inside) + 1 - at_), false);
      target_.nodes_.back().text = static_cast<std::uint32_t>(target_.unescaped_.size() - size);
      target_.nodes_.back().escaped = true;
    }
    target_.nodes_.back().text_size = static_cast<std::uint32_t>(size);
    return true;
  }

  static const char* closing_quote(const char* from) {
    while (*from != '"') from += *from == '\\' ? 2 : 1;
    return from;
  }

  json_document& target_;
  const char* at_;
  std::array<std::uint32_t, json_document::max_depth> open_{};
  std::size_t depth_ = 0;
};

namespace {

/// More nodes than a batch of ordinary dislikes has are not kept for the next parse.
constexpr std::size_t kept_nodes = 65'536;
constexpr std::size_t kept_bytes = 1'048'576;

std::string reason_of(const boost::json::error_code& failure, std::string_view rest) {
  if (failure == boost::json::error::too_deep)
    return "nested deeper than " + std::to_string(json_document::max_depth) + " levels";
  if (rest.empty() || failure == boost::json::error::incomplete) return "unexpected end";
  if (failure == boost::json::error::syntax && utf8_length(rest) == 0) return "invalid UTF-8";
  return failure.message();
}

error refused(std::string_view source, const boost::json::error_code& failure, std::size_t offset) {
  const std::string_view rest = source.substr(std::min(offset, source.size()));
  const std::string found = rest.empty() ? "the end" : excerpt(rest);
  const std::string reason = reason_of(failure, rest);
  const bool too_deep = failure == boost::json::error::too_deep;
  return {error_code::malformed, "Not readable as JSON: " + reason + " at byte " + std::to_string(offset) + ".", "",
          found, too_deep ? "at most 8 levels" : "JSON in UTF-8 (RFC 8259)"};
}

std::optional<json_value> repeated_here(json_value object) {
  std::vector<json_value> keys;
  keys.reserve(object.size());
  for (json_value key = object.first(); key != object.next(); key = key.next().next()) keys.push_back(key);
  // Stable: of two equal keys the second is blamed.
  std::stable_sort(keys.begin(), keys.end(),
                   [](const json_value& one, const json_value& other) { return one.text() < other.text(); });
  const auto same = [](const json_value& one, const json_value& other) { return one.text() == other.text(); };
  const auto found = std::adjacent_find(keys.begin(), keys.end(), same);
  if (found == keys.end()) return std::nullopt;
  return found[1];
}

}  // namespace

void json_document::reset(std::string_view source) {
  if (nodes_.capacity() > kept_nodes) nodes_ = {};
  if (unescaped_.capacity() > kept_bytes) unescaped_ = {};
  nodes_.clear();
  unescaped_.clear();
  source_ = source.empty() ? std::string_view("") : source;
}

std::optional<error> json_document::parse(std::string_view source) {
  reset(source);
  if (source.size() >= std::numeric_limits<std::uint32_t>::max())
    return error{error_code::too_large, "The text is too long.", "", std::to_string(source.size()) + " bytes",
                 "less than 4 GiB"};
  boost::json::parse_options strict;
  strict.max_depth = max_depth;
  boost::json::basic_parser<json_document_builder> parser(strict, *this);
  boost::json::error_code failure;
  const std::size_t read = parser.write_some(false, source_.data(), source_.size(), failure);
  if (!failure && read < source.size()) failure = boost::json::error::extra_data;
  if (failure) return refused(source, failure, read);
  return std::nullopt;
}

std::optional<json_value> repeated_key(json_value value) {
  if (value.type() == json_kind::object) {
    if (auto found = repeated_here(value)) return found;
  }
  if (value.type() != json_kind::object && value.type() != json_kind::array) return std::nullopt;
  for (json_value inner = value.first(); inner != value.next(); inner = inner.next()) {
    if (auto found = repeated_key(inner)) return found;
  }
  return std::nullopt;
}

}  // namespace demur
