#include "runtime/webhook.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace demur {

namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using tcp = net::ip::tcp;
using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto patience = 30s;
constexpr auto look = 50ms;

/// An http:// URL that the settings have let pass.
struct address {
  std::string authority;
  std::string host;
  std::string port = "80";
  std::string path;

  explicit address(std::string_view url) {
    url.remove_prefix(std::string_view("http://").size());
    const auto slash = url.find('/');
    authority = url.substr(0, slash);
    path = slash == std::string_view::npos ? "/" : url.substr(slash);
    const auto bracket = authority.find(']');
    const auto colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
    host = authority.substr(0, colon);
    if (colon != std::string::npos) port = authority.substr(colon + 1);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  }
};

net::awaitable<void> exchange(const address& to, const http::request<http::string_body>& request, unsigned& status) {
  const auto here = co_await net::this_coro::executor;
  tcp::resolver resolver(here);
  const auto found = co_await resolver.async_resolve(to.host, to.port, net::use_awaitable);
  boost::beast::tcp_stream stream(here);
  co_await stream.async_connect(found, net::use_awaitable);
  co_await http::async_write(stream, request, net::use_awaitable);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  co_await http::async_read_header(stream, buffer, parser, net::use_awaitable);
  status = parser.get().result_int();
}

result<done> post(const std::string& url, const http::request<http::string_body>& request,
                  const std::function<bool()>& is_cancelled) {
  const auto refuse = [&url](const std::string& why) {
    return error{error_code::unavailable, "The pipeline at " + url + " " + why + ".", "trainer.webhook.url", url, {}};
  };
  const address to(url);
  unsigned status = 0;
  std::optional<std::exception_ptr> ended;
  net::io_context io(1);
  net::co_spawn(io, exchange(to, request, status), [&](std::exception_ptr why) { ended = std::move(why); });
  const auto deadline = clock::now() + patience;
  while (!ended) {
    io.run_for(look);
    if (is_cancelled()) return error{error_code::conflict, "The retrain was cancelled.", {}, {}, {}};
    if (!ended && clock::now() >= deadline) return refuse("did not answer in 30 seconds");
  }
  try {
    if (*ended) std::rethrow_exception(*ended);
  } catch (const std::exception& why) {
    return refuse(std::string("cannot be told: ") + why.what());
  }
  if (status / 100 != 2) return refuse("answered " + std::to_string(status) + "; expected 2xx");
  return done{};
}

}  // namespace

std::string signature_of(std::string_view body, std::string_view secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), bytes.data(), &size);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned int at = 0; at < size; ++at) text += {digits[bytes[at] >> 4U], digits[bytes[at] & 0xFU]};
  return text;
}

learning::webhook_sender webhook_of(settings::trainer_section::webhook_section chosen) {
  return [chosen = std::move(chosen)](const std::string& body, const std::function<bool()>& is_cancelled) {
    const address to(chosen.url);
    http::request<http::string_body> request(http::verb::post, to.path, 11, body);
    request.set(http::field::host, to.authority);
    request.set(http::field::user_agent, "demurd");
    request.set(http::field::content_type, "application/json");
    request.set(http::field::connection, "close");
    if (!chosen.secret.empty()) request.set("X-Demur-Signature", "sha256=" + signature_of(body, chosen.secret));
    request.prepare_payload();
    return post(chosen.url, request, is_cancelled);
  };
}

}  // namespace demur
