#include "url.hpp"

#include "failure.hpp"

#include <algorithm>
#include <charconv>

namespace demur::cli {

namespace {

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw failure(exit_code::usage, "--server " + std::string(text) + ": " + why +
                                      "\n  allowed: http://HOST[:PORT][/PATH], for example http://127.0.0.1:8080");
}

bool is_port(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= 1 && value <= 65'535;
}

bool is_host_character(char c) {
  return c > ' ' && c < '\x7f' && std::string_view("/?#@[]\\\"<>").find(c) == std::string_view::npos;
}

/// Takes the scheme off the front.
std::string_view without_scheme(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return text;
  const std::string_view scheme = text.substr(0, colon);
  if (scheme == "https") refuse(text, "this client speaks http only; put it behind your TLS proxy's plain side");
  if (scheme != "http") refuse(text, "unknown scheme \"" + std::string(scheme) + "\"");
  return text.substr(colon + 3);
}

}  // namespace

std::string server_url::authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + port;
}

std::string server_url::text() const { return "http://" + authority() + base; }

server_url parse_server_url(std::string_view text) {
  std::string_view rest = without_scheme(text);
  if (rest.find_first_of("?#") != std::string_view::npos) refuse(text, "a query has no place here");

  server_url url;
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  url.base = rest.substr(slash);
  while (!url.base.empty() && url.base.back() == '/') url.base.pop_back();
  std::string_view authority = rest.substr(0, slash);

  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) refuse(text, "the bracket of the IPv6 address is not closed");
    url.host = authority.substr(1, close - 1);
    has_port = authority.substr(close + 1).starts_with(':');
    if (has_port) port = authority.substr(close + 2);
    if (!has_port && close + 1 != authority.size()) refuse(text, "something stands between the address and the port");
  } else {
    const std::size_t colon = authority.rfind(':');
    has_port = colon != std::string_view::npos;
    if (has_port) port = authority.substr(colon + 1);
    url.host = authority.substr(0, colon);
  }

  if (url.host.empty()) refuse(text, "there is no host");
  if (!std::all_of(url.host.begin(), url.host.end(), is_host_character))
    refuse(text, "\"" + url.host + "\" is no host name");
  if (has_port && !is_port(port)) refuse(text, "\"" + std::string(port) + "\" is no port (1 to 65535)");
  if (has_port) url.port = port;
  return url;
}

std::string url_encoded(std::string_view value) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       std::string_view("-._~,").find(c) != std::string_view::npos;
    if (plain) {
      encoded += c;
    } else {
      encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return encoded;
}

}  // namespace demur::cli
