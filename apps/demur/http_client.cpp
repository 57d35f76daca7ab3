#include "http_client.hpp"

#include "failure.hpp"
#include "stop.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <optional>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace demur::cli {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using steady = std::chrono::steady_clock;

struct http_client::parts {
  net::io_context io;
  tcp::socket socket{io};
  answer_reader reader;
  std::array<char, 64 * 1024> input;

  /// Runs what was started with `outcome` as its result until it is done; a closed socket ends it when time is up.
  boost::system::error_code finish(std::optional<boost::system::error_code>& outcome, steady::time_point deadline) {
    io.restart();
    while (!outcome) {
      if (steady::now() >= deadline || stop_requested()) {
        boost::system::error_code ignored;
        socket.close(ignored);
        io.restart();
        io.run();
        return net::error::timed_out;
      }
      io.run_one_for(std::chrono::milliseconds(100));
      if (io.stopped()) io.restart();
    }
    return *outcome;
  }

  boost::system::error_code connect(const server_url& server, steady::time_point deadline) {
    boost::system::error_code error;
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(server.host, server.port, error);
    if (error) return error;
    socket = tcp::socket(io);
    reader = answer_reader();
    std::optional<boost::system::error_code> outcome;
    net::async_connect(socket, found, [&outcome](auto result, const auto&) { outcome = result; });
    error = finish(outcome, deadline);
    if (!error) socket.set_option(tcp::no_delay(true), error);
    return error;
  }

  /// Kept from an earlier request, and not closed by the server since.
  bool usable() {
    if (!socket.is_open()) return false;
    char byte = 0;
    return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  boost::system::error_code exchange(const std::string& wire, std::vector<http_answer>& answers,
                                     steady::time_point deadline) {
    std::optional<boost::system::error_code> outcome;
    net::async_write(socket, net::buffer(wire), [&outcome](auto result, std::size_t) { outcome = result; });
    auto error = finish(outcome, deadline);
    while (!error && answers.empty()) {
      outcome.reset();
      std::size_t length = 0;
      socket.async_read_some(net::buffer(input), [&](auto result, std::size_t read) {
        length = read;
        outcome = result;
      });
      error = finish(outcome, deadline);
      if (!error && !reader.take({input.data(), length}, answers)) error = net::error::invalid_argument;
    }
    return answers.empty() ? error : boost::system::error_code{};
  }

  void close() {
    boost::system::error_code ignored;
    socket.close(ignored);
  }
};

http_client::http_client(server_url server, std::chrono::milliseconds timeout)
    : server_(std::move(server)), timeout_(timeout), parts_(std::make_unique<parts>()) {}
http_client::~http_client() = default;

http_answer http_client::send(const http_request& request) {
  std::string wire;
  append_request(wire, request, server_);
  const auto deadline = steady::now() + timeout_;
  for (bool again = false;; again = true) {
    const bool kept = parts_->usable();
    if (!kept) {
      const auto error = parts_->connect(server_, deadline);
      if (error) {
        parts_->close();
        throw failure(exit_code::unreachable, unreachable_text(server_, error.message()));
      }
    }
    std::vector<http_answer> answers;
    const auto error = parts_->exchange(wire, answers, deadline);
    if (!error) {
      if (!answers.front().keep_alive) parts_->close();
      return std::move(answers.front());
    }
    parts_->close();
    // A server that goes away between our look and our request has seen nothing of it, or may be asked twice.
    if (kept && !again && repeatable(request)) continue;
    const std::string unsure = repeatable(request) ? "" : "; whether it took effect is not known";
    throw failure(exit_code::unreachable, unreachable_text(server_, "the connection ended before the answer (" +
                                                                        error.message() + ")" + unsure));
  }
}

http_answer http_client::send_patiently(const http_request& request, std::chrono::seconds patience) {
  const auto deadline = steady::now() + patience;
  while (true) {
    http_answer answer = send(request);
    if (answer.status != 503 || steady::now() >= deadline) return answer;
    if (!pause_for(answer.retry_after.value_or(std::chrono::seconds(1)))) return answer;
  }
}

bool pause_for(std::chrono::milliseconds length) {
  const auto end = steady::now() + length;
  while (!stop_requested() && steady::now() < end)
    std::this_thread::sleep_for(std::min<steady::duration>(end - steady::now(), std::chrono::milliseconds(100)));
  return !stop_requested();
}

std::string unreachable_text(const server_url& server, const std::string& why) {
  return "no answer from " + server.text() + ": " + why + "\n  start a server:  ./dev run   or   demurd --listen " +
         server.authority() + "\n  or name another: --server http://HOST:PORT, or the variable DEMUR_SERVER";
}

}  // namespace demur::cli
