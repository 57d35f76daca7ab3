#pragma once

#include <boost/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Clients that can do wrong: plain sockets, every byte in the test's hand.
namespace demur::web {

inline constexpr std::chrono::milliseconds patience{10'000};

class raw_client {
public:
  /// `receive_buffer`: of the kernel, to make a client that soon takes no more; 0: the system's.
  explicit raw_client(std::uint16_t port, int receive_buffer = 0);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  /// False once the server has closed.
  bool send(std::string_view bytes);
  /// Says that nothing more will come.
  void end();
  /// Exactly so many bytes; fewer if the server closes or is silent for too long.
  std::string read(std::size_t size, std::chrono::milliseconds wait = patience);
  /// Up to and with this text.
  std::string read_until(std::string_view text);
  /// Has the server closed, or does so in time? What it still sends is read away.
  bool closed(std::chrono::milliseconds wait = patience);

private:
  bool fill(std::chrono::milliseconds wait);

  int socket_ = -1;
  bool ended_ = false;
  std::string buffer_;
};

struct http_answer {
  int status = 0;  ///< 0: there was none
  std::string head;
  std::string body;

  boost::json::object json() const { return boost::json::parse(body).as_object(); }
  bool has(std::string_view line) const { return head.find(line) != std::string::npos; }
};

class http_client : public raw_client {
public:
  using raw_client::raw_client;

  /// The next answer; `head_only` after a HEAD.
  http_answer answer(bool head_only = false);
  http_answer get(std::string_view target, std::string_view headers = "");
  /// A dislike of ann's with this title.
  http_answer dislike(std::string_view title);
};

/// The text of a POST /api/dislike of ann's with this title.
std::string dislike_request_text(std::string_view title, std::string_view headers = "");

struct ws_frame {
  int opcode = -1;  ///< 1 text, 8 close, 9 ping, 10 pong; -1: none came
  std::string payload;

  /// Of a close frame; 0 if it has none.
  int close_code() const;
  boost::json::object json() const { return boost::json::parse(payload).as_object(); }
};

class ws_client : public raw_client {
public:
  /// Shakes hands, unless `target` is refused; see `upgraded`.
  explicit ws_client(std::uint16_t port, std::string_view target = "/api/live", int receive_buffer = 0);

  const http_answer& upgraded() const { return upgraded_; }

  void send_frame(int opcode, std::string_view payload, bool last = true, bool masked = true);
  void send_text(std::string_view text) { send_frame(1, text); }
  /// A dislike with this title; `id` as JSON.
  void send_dislike(std::string_view id, std::string_view title);
  ws_frame frame(std::chrono::milliseconds wait = patience);
  /// The next text message of this type; others are passed over. Empty if none comes.
  boost::json::object next(std::string_view type);
  /// The next text message. Empty if none comes.
  boost::json::object next(std::chrono::milliseconds wait = patience);

private:
  http_answer upgraded_;
};

}  // namespace demur::web
