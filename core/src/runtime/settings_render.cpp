#include "domain/json_document.hpp"
#include "runtime/settings_value.hpp"

#include <algorithm>

namespace demur {

namespace {

constexpr std::string_view introduction =
    R"(# The settings of demurd: every one, with its meaning, unit, range and default.
# A line that is left out keeps its default. An unknown name or a value out of range is an error.
# Options of the command line come before this file.
# Durations are a whole number and a unit in quotes: "250ms", "10s", "5m", "24h", "30d".
# Relative paths start at the folder that demurd is started in.
)";

bool is_bare(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

void render_setting(std::string& out, const config::setting& one, settings& chosen, settings& defaults) {
  out.append("\n# ").append(one.meaning).append("\n# ");
  if (!one.unit.empty()) out.append(one.unit).append(": ");
  out.append(config::allowed_text(one)).append("; default ").append(config::value_text(one.in(defaults)));
  out.append("\n").append(one.key).append(" = ").append(config::value_text(one.in(chosen))).append("\n");
}

void render_options(std::string& out, const settings::plugin_options& options) {
  const auto line = [&out](std::string_view key, const std::string& value) {
    out.append(key).append(" = ").append(value).append("\n");
  };
  settings held;
  if (options.isolation) line("isolation", config::quoted(*options.isolation));
  if (options.deadline) {
    held.plugins.deadline = *options.deadline;
    line("deadline", config::value_text(&held.plugins.deadline));
  }
  if (options.memory_mib) {
    held.plugins.memory_mib = *options.memory_mib;
    line("memory_mib", config::value_text(&held.plugins.memory_mib));
  }
  if (!options.shadow.empty()) line("shadow", config::quoted(options.shadow));
}

/// A plugin's section. Only what a file can have brought is shown: numbers, text, true and false.
void render_plugin(std::string& out, const settings::plugins_section& all, const std::string& name,
                   std::string_view json) {
  json_document parsed;
  if (parsed.parse(json) || parsed.root().type() != json_kind::object) return;
  out.append("\n[plugins.").append(name).append("]\n");
  if (const auto options = all.options.find(name); options != all.options.end()) render_options(out, options->second);
  for (json_value key = parsed.root().first(); key != parsed.root().next(); key = key.next().next()) {
    const json_value value = key.next();
    const bool is_text = value.type() == json_kind::string;
    if (is_text || value.type() == json_kind::number || value.type() == json_kind::boolean) {
      out.append(is_bare(key.text()) ? std::string(key.text()) : config::quoted(key.text()));
      out.append(" = ").append(is_text ? config::quoted(value.text()) : std::string(value.raw())).append("\n");
    }
  }
}

}  // namespace

std::string render_settings(const settings& chosen) {
  settings values = chosen;
  settings defaults;
  std::string out(introduction);
  std::string_view section;
  for (const auto& one : config::all_settings()) {
    if (one.section != section) {
      section = one.section;
      const auto about = std::ranges::find(config::all_sections(), section, &config::section::name);
      out.append("\n# ").append(about->meaning).append("\n[").append(section).append("]\n");
    }
    render_setting(out, one, values, defaults);
  }
  for (const auto& [name, json] : chosen.plugins.config) render_plugin(out, chosen.plugins, name, json);
  return out;
}

}  // namespace demur
