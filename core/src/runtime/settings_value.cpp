#include "runtime/settings_value.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

namespace demur::config {

namespace {

using std::chrono::milliseconds;

struct time_unit {
  std::string_view name;
  std::int64_t milliseconds;
  std::string_view plural;
};
constexpr std::array<time_unit, 5> units = {{{"d", 86'400'000, "days"},
                                             {"h", 3'600'000, "hours"},
                                             {"m", 60'000, "minutes"},
                                             {"s", 1'000, "seconds"},
                                             {"ms", 1, "milliseconds"}}};

/// With `_` between the thousands, from five digits on.
std::string integer_text(std::int64_t value) {
  std::string digits = std::to_string(value);
  const std::size_t first = digits.front() == '-' ? 1 : 0;
  if (digits.size() - first < 5) return digits;
  for (std::size_t at = digits.size() - 3; at > first && at < digits.size(); at -= 3) digits.insert(at, "_");
  return digits;
}

std::string short_number(double value) {
  std::string text = number_text(value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

template <class Value>
constexpr bool is_duration = false;
template <class Rep, class Period>
constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

/// Of the duration that a setting is kept in: what its value must be a whole number of, if that is not fine enough
/// for every unit.
std::string_view granularity(const setting& of) {
  settings any;
  return std::visit(
      []<class Value>(Value*) -> std::string_view {
        if constexpr (is_duration<Value>) {
          for (const time_unit& unit : units)
            if (milliseconds(Value(1)).count() == unit.milliseconds && unit.milliseconds > 1) return unit.plural;
        }
        return {};
      },
      of.in(any));
}

std::string words_text(const one_of& allowed) {
  std::string text = allowed.words.size() > 2 ? "one of " : "";
  for (std::size_t at = 0; at < allowed.words.size(); ++at) {
    if (at > 0) text += at + 1 == allowed.words.size() ? " or " : ", ";
    text += quoted(allowed.words[at]);
  }
  return text;
}

std::string numbers_text(const numbers& allowed) {
  return std::string("a number ") + (allowed.without_from ? "above " : "from ") + short_number(allowed.from) +
         (allowed.without_to     ? " and below "
          : allowed.without_from ? " and up to "
                                 : " to ") +
         short_number(allowed.to);
}

bool keeps(const true_or_false&, bool) { return true; }
bool keeps(const integers& allowed, std::int64_t value) { return value >= allowed.from && value <= allowed.to; }
bool keeps(const numbers& allowed, double value) {
  const bool above = allowed.without_from ? value > allowed.from : value >= allowed.from;
  return above && (allowed.without_to ? value < allowed.to : value <= allowed.to);
}
bool keeps(const durations& allowed, milliseconds value) { return value >= allowed.from && value <= allowed.to; }
bool keeps(const one_of& allowed, const std::string& value) { return std::ranges::count(allowed.words, value) > 0; }
bool keeps(const text& allowed, const std::string& value) { return allowed.obeys(value); }
bool keeps(const texts& allowed, const std::vector<std::string>& value) { return allowed.obeys(value); }

/// A name to be looked up. It must begin with a letter, or a mistyped address would be taken for one.
bool is_host_name(std::string_view host) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !host.empty() && host.size() <= 253 && letter(host.front()) &&
         std::ranges::all_of(host, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; });
}

bool is_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return problem == std::errc{} && end == digits.data() + digits.size();
}

}  // namespace

std::string duration_text(milliseconds value) {
  for (const time_unit& unit : units)
    if (value.count() != 0 && value.count() % unit.milliseconds == 0)
      return std::to_string(value.count() / unit.milliseconds) + std::string(unit.name);
  return "0s";
}

std::optional<milliseconds> read_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (problem != std::errc{} || count < 0) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const time_unit& unit : units) {
    if (unit.name != name) continue;
    if (count > std::numeric_limits<std::int64_t>::max() / unit.milliseconds) return std::nullopt;
    return milliseconds(count * unit.milliseconds);
  }
  return std::nullopt;
}

std::string quoted(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "\"";
  for (const char character : text) {
    const auto code = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      out += {'\\', character};
    } else if (code < 0x20 || code == 0x7F) {
      out += "\\u00";
      out += {hex[code >> 4U], hex[code & 0xFU]};
    } else {
      out += character;
    }
  }
  return out + "\"";
}

std::string number_text(double value) {
  // Fixed notation of what people write; the shortest of both beyond that.
  const double size = std::abs(value);
  const bool plain = value == 0.0 || (size >= 1e-6 && size < 1e15);
  std::array<char, 64> digits{};
  const auto end = plain ? std::to_chars(digits.begin(), digits.end(), value, std::chars_format::fixed).ptr
                         : std::to_chars(digits.begin(), digits.end(), value).ptr;
  std::string text(digits.begin(), end);
  if (std::isfinite(value) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string value_text(const place& value) {
  return std::visit(
      []<class Value>(const Value* at) -> std::string {
        if constexpr (std::is_same_v<Value, bool>) {
          return *at ? "true" : "false";
        } else if constexpr (std::is_same_v<Value, std::int64_t>) {
          return integer_text(*at);
        } else if constexpr (std::is_same_v<Value, double>) {
          return number_text(*at);
        } else if constexpr (std::is_same_v<Value, std::string>) {
          return quoted(*at);
        } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
          std::string list = "[";
          for (const std::string& one : *at) list += (list.size() > 1 ? ", " : "") + quoted(one);
          return list + "]";
        } else {
          return quoted(duration_text(*at));
        }
      },
      value);
}

std::string found_text(const setting& of, const place& value) {
  const auto* const word = std::get_if<std::string*>(&value);
  if (!word) return value_text(value);
  const auto* const allowed = std::get_if<text>(&of.allowed);
  if (!allowed || !allowed->secret) return quoted_excerpt(**word);
  return "something else, not shown because it may hold a password";
}

std::string allowed_text(const setting& of) {
  struct {
    const setting& of;
    std::string operator()(const true_or_false&) const { return "true or false"; }
    std::string operator()(const integers& allowed) const {
      return "an integer from " + integer_text(allowed.from) + " to " + integer_text(allowed.to);
    }
    std::string operator()(const numbers& allowed) const { return numbers_text(allowed); }
    std::string operator()(const durations& allowed) const {
      const std::string_view grain = granularity(of);
      return "a duration from " + quoted(duration_text(allowed.from)) + " to " + quoted(duration_text(allowed.to)) +
             (grain.empty() ? "" : " in whole " + std::string(grain));
    }
    std::string operator()(const one_of& allowed) const { return words_text(allowed); }
    std::string operator()(const text& allowed) const { return std::string(allowed.allowed); }
    std::string operator()(const texts& allowed) const { return std::string(allowed.allowed); }
  } const in_words{of};
  return std::visit(in_words, of.allowed);
}

bool obeys(const any_rule& allowed, const place& value) {
  return std::visit(
      [](const auto& limits, const auto* at) {
        if constexpr (requires { keeps(limits, *at); }) {
          return keeps(limits, *at);
        } else {
          return false;
        }
      },
      allowed, value);
}

bool is_listen_address(std::string_view value) {
  const auto colon = value.rfind(':');
  if (colon == std::string_view::npos || !is_port(value.substr(colon + 1))) return false;
  std::string host(value.substr(0, colon));
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && is_host_name(host)) return true;
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  // inet_pton stops at a terminator: what stands behind one would be taken unread.
  return host.find('\0') == std::string::npos &&
         inet_pton(bracketed ? AF_INET6 : AF_INET, host.c_str(), parsed.data()) == 1;
}

bool is_http_url(std::string_view value, bool with_path) {
  constexpr std::string_view http = "http://", https = "https://";
  if (value.starts_with(http))
    value.remove_prefix(http.size());
  else if (!with_path && value.starts_with(https))
    value.remove_prefix(https.size());
  else
    return false;
  const std::string_view authority = value.substr(0, value.find('/'));
  const std::string_view path = value.substr(authority.size());
  const auto printable = [](char c) { return c > ' ' && c <= '~' && c != '#'; };
  if ((!with_path && !path.empty()) || value.size() > 2'048 || !std::ranges::all_of(path, printable)) return false;
  const auto host_end = authority.starts_with('[') ? authority.find(']') : authority.find(':');
  const bool has_port = authority.find(':', host_end == authority.npos ? 0 : host_end) != authority.npos;
  return is_listen_address(has_port ? std::string(authority) : std::string(authority) + ":80");
}

bool is_store_url(std::string_view value) {
  const auto colon = value.find("://");
  if (colon == std::string_view::npos || colon == 0 || colon + 3 == value.size()) return false;
  return value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == colon && !has_control(value, false);
}

}  // namespace demur::config
