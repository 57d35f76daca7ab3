#pragma once

#include "runtime/settings_table.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// Values of settings as text, and what their rules say of them.
namespace demur::config {

/// `"90s"` without the quotes: a whole number of the largest unit that says it exactly.
std::string duration_text(std::chrono::milliseconds value);
/// A whole number and ms, s, m, h or d; nothing if it is none or too long to count.
std::optional<std::chrono::milliseconds> read_duration(std::string_view text);

/// The value as a file has it. Numbers and text stand so that TOML and JSON both read them.
std::string value_text(const place& value);
std::string quoted(std::string_view text);
std::string number_text(double value);

/// For an error's `found`.
std::string found_text(const setting& of, const place& value);
/// For an error's `allowed`: `an integer from 0 to 15`.
std::string allowed_text(const setting& of);

/// Does the value keep to the setting's rule? NaN keeps to none.
bool obeys(const any_rule& allowed, const place& value);

bool is_listen_address(std::string_view value);
/// http://HOST[:PORT][/PATH]. Without a path it may also be https://.
bool is_http_url(std::string_view value, bool with_path);
bool is_store_url(std::string_view value);

}  // namespace demur::config
