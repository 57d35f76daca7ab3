#include "domain/nearest.hpp"
#include "domain/rules.hpp"
#include "domain/text.hpp"
#include "runtime/settings_check.hpp"
#include "runtime/settings_value.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>

namespace demur {

namespace {

/// More is not a settings file but a mistake (a device, a database).
constexpr std::size_t longest_file = 1'048'576;

std::string found_text(const toml::node& value) {
  if (const auto* text = value.as_string()) return quoted_excerpt(text->get());
  if (const auto* number = value.as_integer()) return std::to_string(number->get());
  if (const auto* number = value.as_floating_point()) return config::number_text(number->get());
  if (const auto* truth = value.as_boolean()) return truth->get() ? "true" : "false";
  if (value.is_array()) return "an array";
  if (value.is_table()) return "a section";
  return "a date or time";
}

/// A file's values on their way into a settings object. What is wrong is collected, to report what stands first.
class reader {
public:
  explicit reader(std::string_view name) : name_(name) {}

  result<settings> read(const toml::table& file) {
    for (const auto& [key, value] : file) {
      if (config::is_section(key.str())) {
        read_section(key.str(), value);
      } else if (config::is_group(key.str()) && value.is_table()) {
        read_group(key.str(), *value.as_table());
      } else {
        read_setting("", key, value);
      }
    }
    if (problems_.empty()) check_order();
    if (!problems_.empty()) return std::move(problems_.begin()->second);
    return std::move(chosen_);
  }

private:
  void read_section(std::string_view section, const toml::node& value) {
    const auto* keys = value.as_table();
    if (!keys)
      return refuse(line_of(value), rules::refusal(std::string(section), found_text(value),
                                                   "a section: [" + std::string(section) + "] and its keys below"));
    for (const auto& [key, inner] : *keys) {
      const bool of_plugin = section == "plugins" && inner.is_table() && !config::find_setting(section, key.str());
      if (of_plugin) {
        read_plugin(key, *inner.as_table());
      } else {
        read_setting(section, key, inner);
      }
    }
  }

  /// Sections whose names have two parts.
  void read_group(std::string_view group, const toml::table& sections) {
    for (const auto& [key, value] : sections) {
      const std::string name = std::string(group) + "." + std::string(key.str());
      if (config::is_section(name)) {
        read_section(name, value);
      } else {
        refuse(key.source().begin.line, unknown(group, key.str(), value.is_table()));
      }
    }
  }

  void read_setting(std::string_view section, const toml::key& key, const toml::node& value) {
    const auto* one = config::find_setting(section, key.str());
    if (!one) return refuse(key.source().begin.line, unknown(section, key.str(), value.is_table()));
    const auto line = line_of(value);
    lines_[config::full_name(*one)] = line;
    const auto place = one->in(chosen_);
    if (!std::visit([&](auto* target) { return assign(target, value); }, place))
      return refuse(line, rules::refusal(config::full_name(*one), found_text(value), config::allowed_text(*one)));
    if (auto broken = config::broken_rule(*one, chosen_)) refuse(line, std::move(*broken));
  }

  void read_plugin(const toml::key& name, const toml::table& keys) {
    const std::string field = "plugins." + excerpt(name.str());
    if (!config::is_plugin_name(name.str()))
      return refuse(name.source().begin.line, rules::refusal(field, "no plugin's name", config::allowed_plugin_name));
    std::string json = "{";
    auto& options = chosen_.plugins.options[std::string(name.str())];
    for (const auto& [key, value] : keys) {
      if (read_option(options, field, key, value)) continue;
      const std::string text = json_text(value);
      if (text.empty())
        refuse(line_of(value),
               rules::refusal(field + "." + excerpt(key.str()), found_text(value), "a number, a text, true or false"));
      json += (json.size() > 1 ? "," : "") + config::quoted(key.str()) + ":" + text;
    }
    chosen_.plugins.config[std::string(name.str())] = json + "}";
  }

  /// A key of a plugin's section that is the host's. All but `shadow` are those of [plugins], for this plugin alone.
  bool read_option(settings::plugin_options& into, const std::string& field, const toml::key& key,
                   const toml::node& value) {
    const auto refuse_value = [&](std::string_view allowed) {
      refuse(line_of(value), rules::refusal(field + "." + std::string(key.str()), found_text(value), allowed));
      return true;
    };
    if (key == "shadow") {
      const auto* name = value.as_string();
      if (!name || !config::is_plugin_name(name->get())) return refuse_value(config::allowed_plugin_name);
      into.shadow = name->get();
      return true;
    }
    if (key != "isolation" && key != "deadline" && key != "memory_mib") return false;
    const config::setting& same = *config::find_setting("plugins", key.str());
    settings read;
    const auto place = same.in(read);
    if (!std::visit([&](auto* target) { return assign(target, value); }, place) || config::broken_rule(same, read))
      return refuse_value(config::allowed_text(same));
    if (key == "isolation") into.isolation = read.plugins.isolation;
    if (key == "deadline") into.deadline = read.plugins.deadline;
    if (key == "memory_mib") into.memory_mib = read.plugins.memory_mib;
    return true;
  }

  void check_order() {
    auto broken = config::broken_order(chosen_);
    if (!broken) return;
    // One of the two is in the file: the defaults fit together.
    const auto line = lines_.contains(broken->problem.field) ? lines_[broken->problem.field] : lines_[broken->other];
    refuse(line, std::move(broken->problem));
  }

  /// Empty: JSON, or a plugin, cannot have it.
  static std::string json_text(const toml::node& value) {
    if (const auto* text = value.as_string()) return config::quoted(text->get());
    const auto* number = value.as_floating_point();
    const bool plain = value.is_integer() || value.is_boolean() || (number && std::isfinite(number->get()));
    return plain ? found_text(value) : std::string();
  }

  template <class Target>
  static bool assign(Target* target, const toml::node& value) {
    if constexpr (std::is_same_v<Target, bool> || std::is_same_v<Target, std::int64_t> ||
                  std::is_same_v<Target, std::string>) {
      const auto* found = value.as<Target>();
      if (found) *target = found->get();
      return found != nullptr;
    } else if constexpr (std::is_same_v<Target, std::vector<std::string>>) {
      const auto* found = value.as_array();
      if (!found || !std::ranges::all_of(*found, [](const toml::node& one) { return one.is_string(); })) return false;
      target->clear();
      for (const toml::node& one : *found) target->push_back(one.as_string()->get());
      return true;
    } else if constexpr (std::is_same_v<Target, double>) {
      const auto* whole = value.as_integer();
      const auto* found = value.as_floating_point();
      if (whole) *target = static_cast<double>(whole->get());
      if (found) *target = found->get();
      return whole || found;
    } else {
      const auto* text = value.as_string();
      const auto found = text ? config::read_duration(text->get()) : std::nullopt;
      if (found) *target = std::chrono::duration_cast<Target>(*found);
      return found && *target == *found;
    }
  }

  /// There is no such setting: names the nearest in the section, or the same one in the first other section.
  static error unknown(std::string_view section, std::string_view key, bool is_table) {
    std::vector<std::string> here;
    std::string elsewhere;
    for (const auto& one : config::all_settings()) {
      if (one.section == section) here.push_back(config::full_name(one));
      if (one.key == key && elsewhere.empty()) elsewhere = config::full_name(one);
    }
    const std::string prefix = section.empty() ? "" : std::string(section) + ".";
    for (const auto& one : config::all_sections())
      if (one.name.starts_with(prefix)) here.emplace_back(one.name);
    std::string near = elsewhere;
    if (near.empty()) near = nearest_key(prefix, key, here);

    error problem{error_code::bad_value, "", prefix + excerpt(key), "unknown", near};
    problem.detail = "there is no " + std::string(is_table ? "section " : "setting ") + problem.field;
    if (near.empty()) {
      for (const auto& name : here) near += (near.empty() ? "" : ", ") + name;
      problem.allowed = near;
      problem.detail += "; there are " + near + ".";
    } else {
      problem.detail += "; did you mean " + near + "?";
    }
    return problem;
  }

  /// The section's name is right already: it must not make far words look near.
  static std::string nearest_key(const std::string& prefix, std::string_view key,
                                 const std::vector<std::string>& names) {
    std::vector<std::string> keys;
    keys.reserve(names.size());
    for (const auto& name : names) keys.push_back(name.substr(prefix.size()));
    const std::string found = nearest(key, keys);
    return found.empty() ? found : prefix + found;
  }

  void refuse(toml::source_index line, error problem) {
    problem.detail = name_ + ":" + std::to_string(line) + ": " + problem.detail;
    problems_.emplace(line, std::move(problem));
  }

  static toml::source_index line_of(const toml::node& value) { return value.source().begin.line; }

  std::string name_;
  settings chosen_;
  std::map<std::string, toml::source_index> lines_;  ///< of what was read, by full name
  std::multimap<toml::source_index, error> problems_;
};

error unreadable(const std::string& file, error_code code, const std::string& why) {
  return {code, "The settings file " + file + " cannot be read: " + why + ".", "", file, "a readable TOML file"};
}

}  // namespace

result<settings> parse_settings(std::string_view text, std::string_view name) {
  try {
    return reader(name).read(toml::parse(text, name));
  } catch (const toml::parse_error& problem) {
    const auto at = problem.source().begin;
    return error{error_code::malformed,
                 std::string(name) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": not TOML. " +
                     std::string(problem.description()) + ".",
                 "", "", "TOML"};
  }
}

result<settings> load_settings(const std::string& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return unreadable(file, error_code::bad_value, "it is a folder");
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    const int why = errno;
    return unreadable(file, why == ENOENT ? error_code::not_found : error_code::bad_value,
                      std::generic_category().message(why));
  }
  std::string text(longest_file + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return unreadable(file, error_code::bad_value, "reading failed");
  if (text.size() > longest_file) return unreadable(file, error_code::too_large, "it is longer than 1 MiB");
  return parse_settings(text, file);
}

}  // namespace demur
