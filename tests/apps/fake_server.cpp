#include "apps/fake_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

namespace demur {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = net::ip::tcp;

struct fake_server::parts {
  struct connection {
    explicit connection(tcp::socket from) : socket(std::move(from)) {}
    tcp::socket socket;
    std::thread thread;
  };

  explicit parts(behaviour told) : how(std::move(told)), acceptor(io, {net::ip::make_address("127.0.0.1"), 0}) {
    accepting = std::thread([this] { accept(); });
  }

  ~parts() {
    boost::system::error_code ignored;
    // A blocked accept does not end when its socket is closed: one more connection wakes it.
    stopping = true;
    tcp::socket last(io);
    last.connect(acceptor.local_endpoint(), ignored);
    accepting.join();
    for (auto& each : connections) {
      each.socket.shutdown(tcp::socket::shutdown_both, ignored);
      each.thread.join();
    }
  }

  void accept() {
    while (true) {
      boost::system::error_code error;
      tcp::socket socket(io);
      acceptor.accept(socket, error);
      if (error || stopping) return;
      connections.emplace_back(std::move(socket));
      connections.back().thread = std::thread(
          [this, number = connections.size() - 1, &each = connections.back()] { serve(each.socket, number); });
    }
  }

  void serve(tcp::socket& socket, std::size_t number) {
    beast::flat_buffer buffer;
    boost::system::error_code error;
    while (true) {
      http::request<http::string_body> request;
      http::read(socket, buffer, request, error);
      if (error) break;
      if (beast::websocket::is_upgrade(request) && how.live) return serve_live(socket, request);
      const fake_answer answer = answer_to(request, number);
      if (answer.hang_up) break;
      http::response<http::string_body> response(static_cast<http::status>(answer.status), 11);
      response.set(http::field::content_type, answer.status < 300 ? "application/json" : "application/problem+json");
      for (const auto& [name, value] : answer.headers) response.set(name, value);
      response.body() = answer.body;
      response.prepare_payload();
      http::write(socket, response, error);
      if (error) break;
    }
    socket.shutdown(tcp::socket::shutdown_both, error);
  }

  fake_answer answer_to(const http::request<http::string_body>& request, std::size_t number) {
    const std::lock_guard<std::mutex> guard(mutex);
    seen.push_back({std::string(request.method_string()), std::string(request.target()),
                    std::string(request["X-User-ID"]), std::string(request["Idempotency-Key"]), request.body(),
                    number});
    return how.answer ? how.answer(seen.back()) : fake_answer{};
  }

  void serve_live(tcp::socket& socket, const http::request<http::string_body>& request) {
    boost::system::error_code error;
    {
      const std::lock_guard<std::mutex> guard(mutex);
      seen.push_back({"LIVE", std::string(request.target()), std::string(request["X-User-ID"]), "", "", 0});
    }
    beast::websocket::stream<tcp::socket&> stream(socket);
    stream.accept(request, error);
    bool open = !error;
    const auto tell = [&](const std::vector<std::string>& messages) {
      for (const auto& message : messages) {
        open = open && !message.empty();
        if (!open) break;
        stream.write(net::buffer(message), error);
      }
    };
    tell(how.greeting);
    while (open && !error) {
      beast::flat_buffer buffer;
      stream.read(buffer, error);
      if (error) break;
      const std::lock_guard<std::mutex> guard(mutex);
      tell(how.live(beast::buffers_to_string(buffer.data())));
    }
    socket.shutdown(tcp::socket::shutdown_both, error);
  }

  behaviour how;
  net::io_context io;
  tcp::acceptor acceptor;
  std::atomic<bool> stopping = false;
  std::thread accepting;
  std::list<connection> connections;
  mutable std::mutex mutex;
  std::vector<fake_request> seen;
};

fake_server::fake_server(behaviour how) : parts_(std::make_unique<parts>(std::move(how))) {}
fake_server::~fake_server() = default;

std::string fake_server::url() const {
  return "http://127.0.0.1:" + std::to_string(parts_->acceptor.local_endpoint().port());
}

std::vector<fake_request> fake_server::requests() const {
  const std::lock_guard<std::mutex> guard(parts_->mutex);
  return parts_->seen;
}

}  // namespace demur
