#pragma once

#include "url.hpp"
#include "wire.hpp"

#include <chrono>
#include <memory>

namespace demur::cli {

/// One connection, one request at a time. It is opened when needed, kept, and opened anew when the server has closed it.
/// Not thread-safe.
class http_client {
public:
  explicit http_client(server_url server, std::chrono::milliseconds timeout = std::chrono::seconds(60));
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;
  ~http_client();

  /// Throws `failure`: unreachable if nobody answers, saying how to start a server.
  http_answer send(const http_request& request);

  /// As `send`, but waits and asks again while the server answers 503, as long as it says or a second, for at most
  /// `patience` in all. The request must be harmless to repeat.
  http_answer send_patiently(const http_request& request, std::chrono::seconds patience = std::chrono::seconds(60));

  const server_url& server() const { return server_; }

private:
  struct parts;
  server_url server_;
  std::chrono::milliseconds timeout_;
  std::unique_ptr<parts> parts_;
};

/// Sleeps, but wakes up when the program is asked to stop; false: it was.
bool pause_for(std::chrono::milliseconds length);

/// The text for somebody whose server does not answer.
std::string unreachable_text(const server_url& server, const std::string& why);

}  // namespace demur::cli
