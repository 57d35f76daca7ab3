#pragma once

#include <demur/error.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

/// What the front is asked and what it answers, without any library.
namespace demur::web {

struct header {
  std::string_view name;
  std::string_view value;
};

/// A request as it was parsed; it looks into the buffers of the parser.
struct request {
  std::string_view method;
  std::string_view target;  ///< as sent: `/path?query`, `http://host/path?query` or `*`
  std::span<const header> headers;
  std::string_view body;
  int version = 11;  ///< 10 or 11

  /// The value of a header (names compare without case) that must not be repeated.
  struct found {
    std::size_t count = 0;
    std::string_view value;  ///< of the first
  };
  found find(std::string_view name) const;
  /// Does a header that lists tokens (`Connection`, `Upgrade`) contain this one?
  bool lists(std::string_view name, std::string_view token) const;
};

/// ASCII only, as HTTP's names are.
bool equal_without_case(std::string_view left, std::string_view right);
/// Without the spaces and tabs around it.
std::string_view trim_blanks(std::string_view text);

enum class media { json, problem, csv, none };

struct response {
  int status = 200;
  web::media media = media::json;
  std::string body;
  std::shared_ptr<const std::string> shared_body;  ///< stands for `body` where others hold the text too
  std::string extra;                               ///< further header lines, each with its CRLF
  bool replayed = false;                           ///< the answer to an earlier request with the same key
  bool close = false;                              ///< nothing after it can be understood: the connection ends

  std::string_view text() const { return shared_body ? std::string_view(*shared_body) : std::string_view(body); }
};

/// What the connection adds to a response.
struct framing {
  bool head_only = false;  ///< the answer to a HEAD
  bool keep_alive = true;
  int version = 11;         ///< of the request
  std::string_view date{};  ///< IMF-fixdate; empty: none
};

/// Appends the response as HTTP/1.1. 100 stands for "go on" and has nothing but its first line.
void append_response(std::string& out, const response& made, const framing& how);

response json_response(int status, std::string body);

/// The problem document of an error, with Retry-After where trying again makes sense.
response problem_response(const error& problem);

/// A request that did not come in time (408). The contract's errors have no such code: it concerns the connection only.
response timeout_response(std::string_view sentence);

/// Takes the answer to something that was sent away with a tag.
class answer_sink {
public:
  virtual ~answer_sink() = default;
  virtual void answer(std::uint64_t tag, response made) = 0;
};

}  // namespace demur::web
