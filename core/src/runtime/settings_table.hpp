#pragma once

#include <demur/settings.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The one description of every setting. Reading a file, checking and rendering all go through it; the defaults are the
/// initialisers of `settings`. Not in it: `plugins.config`, whose keys are the plugins' own.
namespace demur::config {

/// Where a setting's value is kept in some settings object.
using place = std::variant<bool*, std::int64_t*, double*, std::string*, std::vector<std::string>*,
                           std::chrono::milliseconds*, std::chrono::seconds*, std::chrono::hours*>;

struct true_or_false {};

struct integers {
  std::int64_t from;
  std::int64_t to;
};

struct numbers {
  double from;
  double to;
  bool without_from = false;
  bool without_to = false;
};

struct durations {
  std::chrono::milliseconds from;
  std::chrono::milliseconds to;
};

struct one_of {
  std::vector<std::string_view> words;
};

struct text {
  bool (*obeys)(std::string_view);
  std::string_view allowed;
  bool secret = false;  ///< may hold a password: an error does not repeat it
};

struct texts {
  bool (*obeys)(const std::vector<std::string>&);
  std::string_view allowed;
};

using any_rule = std::variant<true_or_false, integers, numbers, durations, one_of, text, texts>;

struct setting {
  std::string_view section;  ///< empty: at the top of the file
  std::string_view key;      ///< the member's name
  place (*in)(settings&);
  std::string_view unit;  ///< what is counted; empty where the value says it itself
  any_rule allowed;
  std::string_view meaning;
};

struct section {
  std::string_view name;
  std::string_view meaning;
};

/// In the order of the file: what belongs to no section first, then section by section.
std::span<const setting> all_settings();
std::span<const section> all_sections();

/// Null if there is none.
const setting* find_setting(std::string_view section, std::string_view key);
bool is_section(std::string_view name);
/// Does a section's name begin with it and a point?
bool is_group(std::string_view name);

/// `server.listen`
std::string full_name(const setting& of);

}  // namespace demur::config
