#pragma once

#include "web/message.hpp"

#include <demur/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace demur::web {

struct parser_limits {
  std::size_t head = 16 * 1024;
  std::size_t body = 1024 * 1024;
};

/// Reads requests, one after the other, from bytes that come in pieces of any size. The grammar is Beast's; limits and
/// what Beast leaves open (which transfer codings, folded headers) are decided here.
class request_parser {
public:
  enum class state {
    idle,      ///< nothing of a request has come
    head,      ///< in the middle of the head
    body,      ///< the head is complete, see `current`; in the middle of the body
    complete,  ///< see `current`; call `next` to go on
    failed     ///< see `problem`; nothing after it can be understood
  };

  explicit request_parser(const parser_limits& limits);
  ~request_parser();
  request_parser(const request_parser&) = delete;
  request_parser& operator=(const request_parser&) = delete;

  /// Reads on and returns how many bytes were used. The rest must be there again, with more behind it, at the next call.
  /// Stops behind a head that has a body, and behind a request.
  std::size_t feed(std::string_view bytes);

  state now() const { return state_; }
  const error& problem() const { return problem_; }

  /// The views are good until the next `feed` or `next`, those into the head until `next`. The body is empty until the
  /// request is complete.
  const request& current() const { return request_; }
  bool keep_alive() const { return keep_alive_; }
  /// The client waits for `100 Continue` before it sends the body.
  bool expects_continue() const { return expects_continue_; }

  /// Forgets the request and waits for another one.
  void next();

private:
  class grammar;

  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_body(std::string_view bytes);
  std::size_t feed_chunks(std::string_view bytes);
  bool read_head(std::string_view head);
  void fail(error problem);

  parser_limits limits_;
  state state_ = state::idle;
  std::unique_ptr<grammar> grammar_;
  error problem_;

  request request_;
  std::string head_;             ///< what the views look into
  std::vector<header> headers_;  ///< what request_.headers looks into
  std::string body_;             ///< the part that came in earlier pieces, or the decoded chunks
  std::size_t overlooked_ = 0;   ///< empty lines before this request
  std::size_t seen_ = 0;         ///< bytes of the unfinished head that were looked at
  std::uint64_t body_size_ = 0;  ///< Content-Length
  bool chunked_ = false;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
};

}  // namespace demur::web
