#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// The reference of `bench ingest`: what Beast alone takes to read a request, parse its body as JSON and answer. It is
// written as Beast's own examples are, with as many threads as the server it is compared with, and does nothing else.
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using tcp = net::ip::tcp;

// As long as the receipt of a dislike with two adjustments.
constexpr char receipt[] =
    R"({"dislike_id":374523018747904,"user_id":"user-000001","example_id":374523018747904,"weight":0.8,)"
    R"("adjustments":[{"impact_id":374523018747905,"impact_type":"genre_weight","feature_affected":"genre:Horror",)"
    R"("adjustment_magnitude":-0.15,"weight_before":1.0,"weight_after":0.85},{"impact_id":374523018747906,)"
    R"("impact_type":"genre_weight","feature_affected":"genre:Thriller","adjustment_magnitude":-0.15,)"
    R"("weight_before":1.0,"weight_after":0.85}],"filtered":true,"patterns":[],"retraining_triggered":false,)"
    R"("model_version_id":0})";

using response = http::response<http::string_body>;

response answer(const http::request<http::string_body>& request) {
  response made{http::status::created, request.version()};
  try {
    unsigned char first[4096];
    boost::json::monotonic_resource memory(first, sizeof first);
    const boost::json::value body = boost::json::parse(request.body(), &memory);
    if (!body.is_object()) made.result(http::status::unprocessable_entity);
  } catch (const std::exception&) {
    made.result(http::status::bad_request);
  }
  made.set(http::field::content_type, "application/json");
  made.keep_alive(request.keep_alive());
  made.body() = receipt;
  made.prepare_payload();
  return made;
}

net::awaitable<void> serve(tcp::socket socket) {
  boost::beast::flat_buffer buffer;
  try {
    for (bool more = true; more;) {
      http::request<http::string_body> request;
      co_await http::async_read(socket, buffer, request, net::use_awaitable);
      response made = answer(request);
      more = made.keep_alive();
      co_await http::async_write(socket, made, net::use_awaitable);
    }
  } catch (const std::exception&) {
    // The client went away; so does the connection.
  }
}

net::awaitable<void> listen(tcp::acceptor acceptor, std::vector<std::unique_ptr<net::io_context>>& loops) {
  for (std::size_t next = 0;; next = (next + 1) % loops.size()) {
    net::io_context& loop = *loops[next];
    tcp::socket socket = co_await acceptor.async_accept(loop, net::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    net::co_spawn(loop, serve(std::move(socket)), net::detached);
  }
}

bool read_number(const char* text, int& number) {
  const char* end = text + std::strlen(text);
  const auto [stop, problem] = std::from_chars(text, end, number);
  return problem == std::errc{} && stop == end && number > 0;
}

}  // namespace

int main(int count, char** words) {
  int port = 0;
  int threads = 1;
  for (int at = 1; at + 1 < count; at += 2) {
    const std::string name = words[at];
    if (name == "--port" && read_number(words[at + 1], port)) continue;
    if (name == "--threads" && read_number(words[at + 1], threads)) continue;
    port = 0;
    break;
  }
  if (port == 0 || port > 65'535 || count % 2 == 0) {
    std::fputs("usage: bench_bare_beast --port N [--threads N]\n", stderr);
    return 2;
  }

  std::vector<std::unique_ptr<net::io_context>> loops;
  for (int at = 0; at < threads; ++at) loops.push_back(std::make_unique<net::io_context>(1));
  tcp::acceptor acceptor(*loops[0], tcp::endpoint(net::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)));
  net::co_spawn(*loops[0], listen(std::move(acceptor), loops), net::detached);

  std::vector<std::jthread> others;
  for (int at = 1; at < threads; ++at) {
    net::io_context& loop = *loops[at];
    others.emplace_back([&loop, work = net::make_work_guard(loop)] { loop.run(); });
  }
  loops[0]->run();
}
