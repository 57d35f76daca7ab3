#include "web/request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace demur::web {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using failure = boost::beast::error_code;

/// A buffer that was needed for one large body is not kept for the small ones after it.
constexpr std::size_t kept_body = 64 * 1024;
/// RFC 9112 asks to overlook an empty line before a request; more than a few are no mistake.
constexpr std::size_t overlooked_lines = 4;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

error not_http(std::string_view why) {
  error problem;
  problem.code = error_code::malformed;
  problem.detail = "The request is not HTTP/1.1: " + std::string(why) + ".";
  return problem;
}

error too_large(std::string_view what, std::size_t limit) {
  error problem;
  problem.code = error_code::too_large;
  problem.field = what;
  problem.allowed = "at most " + std::to_string(limit) + " bytes";
  problem.detail = "The request's " + problem.field + " is too large; it may have " + problem.allowed + ".";
  return problem;
}

/// Can these bytes stand in a head? Tells a client that speaks something else at once, rather than after a timeout.
bool fits_in_head(std::string_view bytes, std::size_t from) {
  for (std::size_t at = from; at < bytes.size(); ++at) {
    const auto letter = static_cast<unsigned char>(bytes[at]);
    if (letter == '\n' && (at == 0 || bytes[at - 1] != '\r')) return false;
    if ((letter < 0x20 && letter != '\n' && letter != '\r' && letter != '\t') || letter == 0x7f) return false;
  }
  return true;
}

}  // namespace

/// Beast's parser of one message, writing into ours.
class request_parser::grammar final : public http::basic_parser<true> {
public:
  explicit grammar(request_parser& owner) : owner_(owner) {
    header_limit(static_cast<std::uint32_t>(owner.limits_.head + 1));
    body_limit(owner.limits_.body);
  }

  std::size_t read(std::string_view bytes, failure& why) {
    return put(boost::asio::buffer(bytes.data(), bytes.size()), why);
  }

  bool folded() const { return folded_; }
  /// A transfer coding other than plain `chunked`: where the body ends would be a guess.
  bool unknown_coding() const { return codings_ > 1 || (codings_ == 1 && !plain_chunked_); }
  bool continues() const { return continues_; }

private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                       failure&) override {
    owner_.request_.method = view(method);
    owner_.request_.target = view(target);
    owner_.request_.version = version;
  }

  void on_field_impl(http::field name, beast::string_view name_text, beast::string_view value, failure&) override {
    if (is_header_done()) return;  // a trailer: nothing we would believe after the body
    const std::string_view text = view(value);
    folded_ = folded_ || !in_head(text);
    if (name == http::field::transfer_encoding) {
      ++codings_;
      plain_chunked_ = equal_without_case(text, "chunked");
    }
    if (name == http::field::expect) continues_ = equal_without_case(text, "100-continue");
    owner_.headers_.push_back({view(name_text), text});
  }

  void on_header_impl(failure&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, failure&) override {}
  void on_finish_impl(failure&) override {}
  void on_chunk_header_impl(std::uint64_t, beast::string_view, failure&) override {}
  void on_response_impl(int, beast::string_view, int, failure&) override {}
  std::size_t on_body_impl(beast::string_view, failure&) override { return 0; }  // read without the grammar

  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, failure&) override {
    owner_.body_ += view(body);
    return body.size();
  }

  /// The value of a folded header lies in a buffer of the parser's that does not last.
  bool in_head(std::string_view value) const {
    const char* from = owner_.head_.data();
    const std::less_equal<const char*> before;
    return value.empty() || (before(from, value.data()) && before(value.data(), from + owner_.head_.size()));
  }

  request_parser& owner_;
  bool folded_ = false;
  bool plain_chunked_ = false;
  bool continues_ = false;
  int codings_ = 0;
};

request_parser::request_parser(const parser_limits& limits) : limits_(limits) {}
request_parser::~request_parser() = default;

std::size_t request_parser::feed(std::string_view bytes) {
  switch (state_) {
    case state::idle:
    case state::head:
      return feed_head(bytes);
    case state::body:
      return chunked_ ? feed_chunks(bytes) : feed_body(bytes);
    default:
      return 0;
  }
}

std::size_t request_parser::feed_head(std::string_view bytes) {
  std::size_t skipped = 0;
  if (state_ == state::idle) {
    for (; overlooked_ < overlooked_lines && bytes.substr(skipped, 2) == "\r\n"; ++overlooked_) skipped += 2;
    bytes.remove_prefix(skipped);
    if (bytes.empty() || bytes == "\r") return skipped;
    state_ = state::head;
  }
  const std::size_t end = bytes.find("\r\n\r\n", seen_ - std::min<std::size_t>(seen_, 3));
  const bool whole = end != std::string_view::npos;
  if ((whole ? end + 4 : bytes.size()) > limits_.head) {
    fail(too_large("head", limits_.head));
  } else if (whole) {
    if (read_head(bytes.substr(0, end + 4))) return skipped + end + 4;
  } else if (!fits_in_head(bytes, seen_)) {
    fail(not_http("a byte that no head has"));
  } else {
    seen_ = bytes.size();
  }
  return skipped;
}

bool request_parser::read_head(std::string_view head) {
  head_.assign(head);
  grammar_ = std::make_unique<grammar>(*this);
  failure why;
  grammar_->read(head_, why);
  if (why == http::error::body_limit) {
    fail(too_large("body", limits_.body));
  } else if (why) {
    fail(not_http(why.message()));
  } else if (grammar_->folded()) {
    fail(not_http("a header is folded over lines"));
  } else if (grammar_->unknown_coding() || (grammar_->chunked() && request_.version == 10)) {
    fail(not_http("its transfer coding is not chunked"));
  }
  if (state_ == state::failed) return false;

  request_.headers = headers_;
  keep_alive_ = grammar_->keep_alive();
  expects_continue_ = grammar_->continues() && request_.version == 11;
  chunked_ = grammar_->chunked();
  body_size_ = grammar_->content_length().value_or(0);
  state_ = grammar_->is_done() ? state::complete : state::body;
  return true;
}

std::size_t request_parser::feed_body(std::string_view bytes) {
  const auto used = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), body_size_ - body_.size()));
  if (body_.empty() && used == body_size_) {
    request_.body = bytes.substr(0, used);
    state_ = state::complete;
    return used;
  }
  body_ += bytes.substr(0, used);
  if (body_.size() == body_size_) {
    request_.body = body_;
    state_ = state::complete;
  }
  return used;
}

std::size_t request_parser::feed_chunks(std::string_view bytes) {
  // What is left of a chunked body is never shorter than this, which Beast relies on where the body is empty.
  constexpr std::size_t shortest = std::string_view("0\r\n\r\n").size();
  std::size_t used = 0;
  while (state_ == state::body && bytes.size() - used >= shortest) {
    failure why;
    used += grammar_->read(bytes.substr(used), why);
    if (why == http::error::need_more) {
      // What is left is a piece of a chunk's head or of the trailer, which Beast does not limit.
      if (bytes.size() - used > limits_.head) fail(too_large("trailer", limits_.head));
      break;
    }
    if (why == http::error::body_limit) {
      fail(too_large("body", limits_.body));
    } else if (why) {
      fail(not_http(why.message()));
    } else if (grammar_->is_done()) {
      request_.body = body_;
      state_ = state::complete;
    }
  }
  return used;
}

void request_parser::next() {
  state_ = state::idle;
  grammar_.reset();
  request_ = {};
  headers_.clear();
  overlooked_ = 0;
  seen_ = 0;
  body_size_ = 0;
  chunked_ = false;
  keep_alive_ = true;
  expects_continue_ = false;
  if (body_.capacity() > kept_body)
    body_ = {};
  else
    body_.clear();
}

void request_parser::fail(error problem) {
  problem_ = std::move(problem);
  keep_alive_ = false;
  state_ = state::failed;
}

}  // namespace demur::web
