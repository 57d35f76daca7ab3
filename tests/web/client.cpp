#include "web/client.hpp"

#include <poll.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace demur::web {

raw_client::raw_client(std::uint16_t port, int receive_buffer) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("the test cannot connect");
}

raw_client::~raw_client() { ::close(socket_); }

bool raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void raw_client::end() { ::shutdown(socket_, SHUT_WR); }

bool raw_client::fill(std::chrono::milliseconds wait) {
  pollfd ready{socket_, POLLIN, 0};
  if (ended_ || ::poll(&ready, 1, static_cast<int>(wait.count())) <= 0) return false;
  std::array<char, 16 * 1024> bytes{};
  const auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
  ended_ = got <= 0;
  if (!ended_) buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  return !ended_;
}

std::string raw_client::read(std::size_t size, std::chrono::milliseconds wait) {
  while (buffer_.size() < size && fill(wait)) {
  }
  std::string taken = buffer_.substr(0, size);
  buffer_.erase(0, taken.size());
  return taken;
}

std::string raw_client::read_until(std::string_view text) {
  std::size_t at = buffer_.find(text);
  while (at == std::string::npos && fill(patience)) at = buffer_.find(text);
  return read(at == std::string::npos ? buffer_.size() : at + text.size());
}

bool raw_client::closed(std::chrono::milliseconds wait) {
  while (fill(wait)) buffer_.clear();
  return ended_;
}

http_answer http_client::answer(bool head_only) {
  http_answer made;
  made.head = read_until("\r\n\r\n");
  if (!made.head.starts_with("HTTP/1.1 ")) return made;
  std::from_chars(made.head.data() + 9, made.head.data() + 12, made.status);
  const auto at = made.head.find("Content-Length: ");
  if (head_only || at == std::string::npos) return made;
  std::size_t size = 0;
  std::from_chars(made.head.data() + at + 16, made.head.data() + made.head.size(), size);
  made.body = read(size);
  return made;
}

http_answer http_client::get(std::string_view target, std::string_view headers) {
  send("GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(headers) + "\r\n");
  return answer();
}

http_answer http_client::dislike(std::string_view title) {
  send(dislike_request_text(title));
  return answer();
}

std::string dislike_request_text(std::string_view title, std::string_view headers) {
  const std::string body = R"({"movie_title":")" + std::string(title) + R"("})";
  return "POST /api/dislike HTTP/1.1\r\nHost: test\r\nX-User-ID: ann\r\nContent-Type: application/json\r\n" +
         std::string(headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

int ws_frame::close_code() const {
  if (opcode != 8 || payload.size() < 2) return 0;
  return static_cast<unsigned char>(payload[0]) * 256 + static_cast<unsigned char>(payload[1]);
}

ws_client::ws_client(std::uint16_t port, std::string_view target, int receive_buffer)
    : raw_client(port, receive_buffer) {
  send("GET " + std::string(target) +
       " HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  upgraded_.head = read_until("\r\n\r\n");
  if (upgraded_.head.size() > 12)
    std::from_chars(upgraded_.head.data() + 9, upgraded_.head.data() + 12, upgraded_.status);
}

void ws_client::send_frame(int opcode, std::string_view payload, bool last, bool masked) {
  std::string bytes;
  bytes += static_cast<char>(opcode | (last ? 0x80 : 0));
  const int mask_bit = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    bytes += static_cast<char>(payload.size() | static_cast<unsigned>(mask_bit));
  } else {
    const bool wide = payload.size() > 0xffff;
    bytes += static_cast<char>((wide ? 127 : 126) | mask_bit);
    for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8)
      bytes += static_cast<char>((static_cast<std::uint64_t>(payload.size()) >> shift) & 0xff);
  }
  constexpr std::string_view key = "\x12\x34\x56\x78";
  if (masked) bytes += key;
  for (std::size_t at = 0; at < payload.size(); ++at)
    bytes += masked ? static_cast<char>(payload[at] ^ key[at % 4]) : payload[at];
  send(bytes);
}

void ws_client::send_dislike(std::string_view id, std::string_view title) {
  send_text(R"({"op":"dislike","id":)" + std::string(id) + R"(,"user_id":"ann","dislike":{"movie_title":")" +
            std::string(title) + R"("}})");
}

ws_frame ws_client::frame(std::chrono::milliseconds wait) {
  const std::string head = read(2, wait);
  if (head.size() < 2) return {};
  const auto byte = [](char letter) { return static_cast<std::uint64_t>(static_cast<unsigned char>(letter)); };
  std::uint64_t size = byte(head[1]) & 0x7f;
  if (size >= 126) {
    const std::string more = read(size == 126 ? 2 : 8);
    size = 0;
    for (const char letter : more) size = size * 256 + byte(letter);
  }
  return {static_cast<int>(byte(head[0]) & 0x0f), read(size)};
}

boost::json::object ws_client::next(std::chrono::milliseconds wait) {
  const ws_frame got = frame(wait);
  return got.opcode == 1 ? got.json() : boost::json::object{};
}

boost::json::object ws_client::next(std::string_view type) {
  for (;;) {
    boost::json::object message = next();
    if (message.empty() || message.at("type").as_string() == type) return message;
  }
}

}  // namespace demur::web
