#pragma once

#include <demur/settings.hpp>

#include <spdlog/common.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace demur::server_program {

/// What a line says beside its message.
struct log_field {
  std::string_view key;
  std::variant<std::string, std::int64_t, bool, std::vector<std::string>> value;
};

/// Makes spdlog's default logger, which the rooms use, write to standard error in the chosen format: UTC with
/// milliseconds, one line each whatever a message holds. Call it before the first line; may be called again.
void configure_log(const settings::log_section& chosen);

/// Writes a line with fields. From any thread, with configure_log's logger only.
void log_event(spdlog::level::level_enum level, std::string_view message, std::initializer_list<log_field> fields);

}  // namespace demur::server_program
