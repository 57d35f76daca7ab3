#pragma once

#include <string>
#include <string_view>

namespace demur::cli {

/// Where the server is: `http://host:port/base`.
struct server_url {
  std::string host;  ///< name or address; an IPv6 address without its brackets
  std::string port = "80";
  std::string base;  ///< path in front of every target, without a slash at its end; mostly empty

  /// As it is written in a Host header.
  std::string authority() const;
  std::string text() const;

  friend bool operator==(const server_url&, const server_url&) = default;
};

/// Reads `http://HOST[:PORT][/BASE]`; the scheme may be left out. Throws `failure` (usage) that names what is wrong.
server_url parse_server_url(std::string_view text);

/// Escapes what may not stand in a query value.
std::string url_encoded(std::string_view value);

}  // namespace demur::cli
