#include "log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>

namespace demur::server_program {

namespace {

/// spdlog carries a message as text only. The logger is synchronous, so its formatter runs in the thread that logs and
/// finds the fields here.
thread_local std::span<const log_field> current_fields;

std::string_view level_name(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
      return "trace";
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::info:
      return "info";
    case spdlog::level::warn:
      return "warn";
    default:
      return "error";
  }
}

spdlog::level::level_enum level_of(std::string_view name) {
  for (const auto level : {spdlog::level::trace, spdlog::level::debug, spdlog::level::info, spdlog::level::warn})
    if (name == level_name(level)) return level;
  return spdlog::level::err;
}

std::string time_text(spdlog::log_clock::time_point at) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(at);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), (ms - seconds).count());
}

/// The length of the valid UTF-8 character that `text` begins with; 0 if it begins with none.
std::size_t character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong_or_outside = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                                   (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
  const auto continues = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; };
  const auto rest = text.substr(1, length - 1);
  return !overlong_or_outside && std::ranges::all_of(rest, continues) ? length : 0;
}

/// Without what would break a line, a terminal or a JSON reader. `quotes`: also fit to stand between them.
std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const auto lead = static_cast<unsigned char>(text.front());
    const bool c1_control = length == 2 && lead == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (length == 0) {
      out += "\uFFFD";
    } else if (lead < 0x20 || lead == 0x7F || c1_control) {
      out += fmt::format("\\u{:04x}", c1_control ? static_cast<unsigned char>(text[1]) : lead);
    } else {
      if (quotes && (lead == '"' || lead == '\\')) out += '\\';
      out.append(text.substr(0, length));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string json_string(std::string_view text) { return '"' + escaped(text, true) + '"'; }

struct json_value {
  std::string operator()(const std::string& text) const { return json_string(text); }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(const std::vector<std::string>& texts) const {
    std::string out = "[";
    for (const auto& text : texts) out += (out.size() > 1 ? "," : "") + json_string(text);
    return out + "]";
  }
};

/// As in JSON, but with quotes only where they are needed.
struct plain_value : json_value {
  using json_value::operator();
  std::string operator()(const std::string& text) const {
    const bool plain =
        !text.empty() && text.find_first_of(" \"\\=") == std::string::npos && escaped(text, true) == text;
    return plain ? text : json_string(text);
  }
  std::string operator()(const std::vector<std::string>& texts) const {
    std::string joined;
    for (const auto& text : texts) joined += (joined.empty() ? "" : ",") + text;
    return (*this)(joined);
  }
};

class text_lines : public spdlog::formatter {
public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    fmt::format_to(std::back_inserter(out), "{} ", time_text(line.time));
    line.color_range_start = out.size();
    fmt::format_to(std::back_inserter(out), "{:<5}", level_name(line.level));
    line.color_range_end = out.size();
    fmt::format_to(std::back_inserter(out), " {}", escaped({line.payload.data(), line.payload.size()}, false));
    for (const auto& [key, value] : current_fields)
      fmt::format_to(std::back_inserter(out), " {}={}", key, std::visit(plain_value{}, value));
    out.push_back('\n');
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<text_lines>(); }
};

class json_lines : public spdlog::formatter {
public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    fmt::format_to(std::back_inserter(out), R"({{"time":"{}","level":"{}","message":{})", time_text(line.time),
                   level_name(line.level), json_string({line.payload.data(), line.payload.size()}));
    for (const auto& [key, value] : current_fields)
      fmt::format_to(std::back_inserter(out), R"(,"{}":{})", key, std::visit(json_value{}, value));
    fmt::format_to(std::back_inserter(out), "}}\n");
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<json_lines>(); }
};

}  // namespace

void configure_log(const settings::log_section& chosen) {
  auto logger = std::make_shared<spdlog::logger>("demurd", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  if (chosen.format == "json") {
    logger->set_formatter(std::make_unique<json_lines>());
  } else {
    logger->set_formatter(std::make_unique<text_lines>());
  }
  logger->set_level(level_of(chosen.level));
  spdlog::set_default_logger(std::move(logger));
}

void log_event(spdlog::level::level_enum level, std::string_view message, std::initializer_list<log_field> fields) {
  current_fields = fields;
  spdlog::log(level, spdlog::string_view_t(message.data(), message.size()));
  current_fields = {};
}

}  // namespace demur::server_program
