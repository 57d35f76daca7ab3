#include "wire.hpp"

#include "failure.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <charconv>

namespace demur::cli {

namespace http = boost::beast::http;

namespace {

/// A page of 500 history rows with long texts is a few MiB; more than this is no answer of ours.
constexpr std::uint64_t answer_limit = 256 * 1024 * 1024;

void check_header(std::string_view name, std::string_view value) {
  const bool visible = std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (visible && value.size() <= 128) return;
  throw failure(exit_code::usage, std::string(name) + " \"" + std::string(value.substr(0, 128)) +
                                      "\" cannot be sent\n  allowed: 1 to 128 visible ASCII characters, no blanks");
}

http_answer to_answer(http::response<http::string_body>&& message) {
  http_answer answer;
  answer.status = static_cast<int>(message.result_int());
  answer.content_type = std::string(message[http::field::content_type]);
  answer.keep_alive = message.keep_alive();
  answer.replayed = message["Idempotent-Replayed"] == "true";
  const auto retry = message[http::field::retry_after];
  int seconds = 0;
  if (std::from_chars(retry.data(), retry.data() + retry.size(), seconds).ec == std::errc{} && seconds >= 0)
    answer.retry_after = std::chrono::seconds(seconds);
  answer.body = std::move(message.body());
  return answer;
}

}  // namespace

bool repeatable(const http_request& request) {
  return request.harmless || request.method == "GET" || !request.idempotency_key.empty();
}

void append_request(std::string& wire, const http_request& request, const server_url& server) {
  check_header("user", request.user_id);
  check_header("key", request.idempotency_key);
  wire.append(request.method).append(" ").append(server.base).append(request.target).append(" HTTP/1.1\r\nHost: ");
  wire.append(server.authority()).append("\r\nUser-Agent: demur\r\n");
  if (!request.user_id.empty()) wire.append("X-User-ID: ").append(request.user_id).append("\r\n");
  if (!request.idempotency_key.empty()) wire.append("Idempotency-Key: ").append(request.idempotency_key).append("\r\n");
  if (request.method != "GET") {
    if (!request.body.empty()) wire.append("Content-Type: application/json\r\n");
    wire.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  }
  wire.append("\r\n").append(request.body);
}

struct answer_reader::parts {
  using parser = http::response_parser<http::string_body>;

  std::string pending;
  std::optional<parser> current;

  parser& started() {
    if (!current) {
      current.emplace();
      current->eager(true);
      current->body_limit(answer_limit);
    }
    return *current;
  }
};

answer_reader::answer_reader() : parts_(std::make_unique<parts>()) {}
answer_reader::answer_reader(answer_reader&&) noexcept = default;
answer_reader& answer_reader::operator=(answer_reader&&) noexcept = default;
answer_reader::~answer_reader() = default;

bool answer_reader::take(std::string_view bytes, std::vector<http_answer>& answers) {
  std::string& pending = parts_->pending;
  pending.append(bytes);
  std::size_t used = 0;
  while (used < pending.size()) {
    auto& parser = parts_->started();
    boost::beast::error_code error;
    const std::size_t parsed = parser.put(boost::asio::buffer(pending.data() + used, pending.size() - used), error);
    used += parsed;
    if (error && error != http::error::need_more) return false;
    if (parser.is_done()) {
      answers.push_back(to_answer(parser.release()));
      parts_->current.reset();
    } else if (parsed == 0) {
      break;  // a header that is not whole yet
    }
  }
  pending.erase(0, used);
  return true;
}

}  // namespace demur::cli
