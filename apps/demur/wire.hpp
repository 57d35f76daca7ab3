#pragma once

#include "url.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demur::cli {

struct http_request {
  std::string method = "GET";
  std::string target{};  ///< path and query
  std::string user_id{};
  std::string idempotency_key{};
  std::string body{};
  bool harmless = false;  ///< may be done twice though it is no GET and has no key
  std::uint64_t tag = 0;  ///< not sent: the caller's own
};

struct http_answer {
  int status = 0;
  std::string body;
  std::string content_type;
  std::optional<std::chrono::seconds> retry_after;
  bool replayed = false;  ///< the server knew the idempotency key and answered as the first time
  bool keep_alive = true;

  bool ok() const { return status >= 200 && status < 300; }
};

/// May the server do this twice without harm? Only then is it sent again when the connection broke before the answer.
bool repeatable(const http_request& request);

/// Appends the request as HTTP/1.1. Throws `failure` (usage) if user id or key are not 1 to 128 visible characters: they
/// could not be told from the next header.
void append_request(std::string& wire, const http_request& request, const server_url& server);

/// Makes answers of the bytes of one connection. Not thread-safe.
class answer_reader {
public:
  answer_reader();
  answer_reader(answer_reader&&) noexcept;
  answer_reader& operator=(answer_reader&&) noexcept;
  ~answer_reader();

  /// Adds bytes and appends the answers that are complete now. False: this is not HTTP; the connection is of no use.
  [[nodiscard]] bool take(std::string_view bytes, std::vector<http_answer>& answers);

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace demur::cli
