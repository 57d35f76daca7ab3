#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <exception>
#include <random>
#include <string>
#include <string_view>
#include <vector>

// What wrk is for HTTP: dislikes over WebSockets, made beforehand but for the user, whose answers are only counted, so
// that the server and not its client is what is measured. The content is that of dislikes.lua.
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using steady = std::chrono::steady_clock;

constexpr std::size_t kept = 10'007;
constexpr int users = 100'000;

/// The head of a text frame as clients send it. With a mask of zero the bytes stay as they are.
void append_head(std::string& to, std::size_t length) {
  to += '\x81';
  if (length < 126) {
    to += static_cast<char>(0x80U | length);
  } else {
    to += '\xFE';
    to += static_cast<char>(length >> 8U);
    to += static_cast<char>(length & 0xFFU);
  }
  to.append(4, '\0');
}

class messages {
public:
  messages() {
    for (std::size_t i = 0; i < kept; ++i) rest_.push_back(dislike());
  }
  /// One of the dislikes, by any of the users.
  void append(std::string& to) {
    static constexpr std::string_view begin = R"({"op":"dislike","id":1,"user_id":"user-)";
    const std::string user = std::to_string(1 + below(users));
    const std::string& rest = rest_[below(kept)];
    append_head(to, begin.size() + user.size() + rest.size());
    to.append(begin).append(user).append(rest);
  }

private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  std::string dislike() {
    static constexpr std::array genres{"Action",  "Adventure", "Animation", "Comedy",   "Crime",  "Documentary",
                                       "Drama",   "Family",    "Fantasy",   "History",  "Horror", "Music",
                                       "Mystery", "Romance",   "Sci-Fi",    "Thriller", "War",    "Western"};
    static constexpr std::array reasons{"not_interested", "not_interested", "wrong_genre", "wrong_genre",
                                        "poor_quality"};
    const std::size_t film = below(20'000) * below(20'000) / 20'000;
    const auto named = [](std::string_view name, std::string list) {
      if (!list.empty()) list.pop_back();
      return ",\"" + std::string(name) + "\":[" + list + "]";
    };
    std::string of_genre, cast;
    for (std::size_t i = 0; i <= film % 3; ++i)
      of_genre.append("\"").append(genres.at((film * 7 + i * 5) % genres.size())).append("\",");
    for (std::size_t i = 1; i <= film % 4; ++i)
      cast += "\"Player " + std::to_string((film * 3 + i * i * 17) % 4'000) + "\",";
    const std::string number = std::to_string(film);
    std::string row = R"(","dislike":{"movie_id":)" + number + R"(,"movie_title":"A film with the number )" + number +
                      R"(","predicted_score":0.)" + std::to_string(100 + below(900)) + R"(,"reason":")" +
                      reasons.at(below(reasons.size())) + '"' + named("genres", of_genre) + named("cast", cast);
    if (film % 4 == 0) row += R"(,"franchise":"Series )" + std::to_string(film % 500) + '"';
    if (below(10) == 0)
      row += R"(,"feedback_text":"Not again, this is number )" + std::to_string(below(1'000'000)) + '"';
    return row + "}}";
  }

  std::mt19937_64 random_{std::random_device{}()};
  std::vector<std::string> rest_;
};

struct tally {
  std::vector<double> took_ms;
  std::int64_t refused = 0;
};

/// Takes the server's frames apart as far as needed to count the answers.
class answers {
public:
  /// Calls `each(is_receipt)` for every answer that is complete now.
  template <class Each>
  void read(std::string_view bytes, const Each& each) {
    waiting_ += bytes;
    std::size_t at = 0;
    while (waiting_.size() - at >= 10) {
      const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(waiting_[at + i]); };
      std::size_t length = byte(1) & 0x7FU, head = 2;
      if (length == 126)
        length = byte(2) << 8U | byte(3), head = 4;
      else if (length == 127) {
        length = 0, head = 10;
        for (std::size_t i = 2; i < 10; ++i) length = length << 8U | byte(i);
      }
      if (waiting_.size() - at < head + length) break;
      const std::string_view text(waiting_.data() + at + head, length);
      if (text.starts_with(R"({"type":"receipt")")) each(true);
      if (text.starts_with(R"({"type":"problem")")) each(false);
      at += head + length;
    }
    waiting_.erase(0, at);
  }

private:
  std::string waiting_;
};

net::awaitable<void> talk(tcp::endpoint server, std::size_t window, steady::time_point until, messages& from,
                          tally& counted) {
  try {
    tcp::socket socket(co_await net::this_coro::executor);
    co_await socket.async_connect(server, net::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    // The quietest topic, else each socket is sent the dislikes of all.
    static constexpr std::string_view hello =
        "GET /api/live?topics=model HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    co_await net::async_write(socket, net::buffer(hello), net::use_awaitable);
    std::string buffer;
    const std::size_t head =
        co_await net::async_read_until(socket, net::dynamic_buffer(buffer), "\r\n\r\n", net::use_awaitable);
    if (!buffer.starts_with("HTTP/1.1 101")) throw std::runtime_error("no upgrade: " + buffer.substr(0, 60));

    std::deque<steady::time_point> on_their_way;
    answers reading;
    const auto take = [&](std::string_view bytes) {
      const auto now = steady::now();
      reading.read(bytes, [&](bool receipt) {
        counted.took_ms.push_back(std::chrono::duration<double, std::milli>(now - on_their_way.front()).count());
        on_their_way.pop_front();
        if (!receipt) ++counted.refused;
      });
    };
    take(std::string_view(buffer).substr(head));
    std::vector<char> room(256 * 1024);
    for (;;) {
      const auto now = steady::now();
      std::string out;
      for (; now < until && on_their_way.size() < window; on_their_way.push_back(now)) from.append(out);
      if (!out.empty()) co_await net::async_write(socket, net::buffer(out), net::use_awaitable);
      if (on_their_way.empty()) co_return;
      const std::size_t read = co_await socket.async_read_some(net::buffer(room), net::use_awaitable);
      take({room.data(), read});
    }
  } catch (const std::exception& why) {
    std::fprintf(stderr, "socket_load: %s\n", why.what());
    std::exit(1);
  }
}

double at(const std::vector<double>& sorted, double share) {
  return sorted.empty() ? 0.0 : sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

// Prints "answers/s p50 p99 p99.9 (ms) answers refused".
int main(int count, char** words) {
  int port = 0, connections = 4, window = 256, seconds = 5;
  for (int at = 1; at + 1 < count; at += 2) {
    const std::string_view name = words[at];
    int* into = name == "--port"          ? &port
                : name == "--connections" ? &connections
                : name == "--window"      ? &window
                : name == "--seconds"     ? &seconds
                                          : nullptr;
    const char* end = words[at + 1] + std::strlen(words[at + 1]);
    if (into == nullptr || std::from_chars(words[at + 1], end, *into).ptr != end || *into < 1) port = -1;
  }
  if (port < 1 || port > 65'535 || count % 2 == 0) {
    std::fputs("usage: socket_load --port N [--connections N] [--window N] [--seconds N]\n", stderr);
    return 2;
  }
  messages from;
  tally counted;
  net::io_context loop(1);
  const auto begun = steady::now();
  for (int i = 0; i < connections; ++i)
    net::co_spawn(loop,
                  talk(tcp::endpoint(net::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)),
                       static_cast<std::size_t>(window), begun + std::chrono::seconds(seconds), from, counted),
                  net::detached);
  loop.run();
  const double passed = std::chrono::duration<double>(steady::now() - begun).count();
  std::ranges::sort(counted.took_ms);
  std::printf("%.0f %.2f %.2f %.2f %zu %lld\n", static_cast<double>(counted.took_ms.size()) / passed,
              at(counted.took_ms, 0.5), at(counted.took_ms, 0.99), at(counted.took_ms, 0.999), counted.took_ms.size(),
              static_cast<long long>(counted.refused));
}
