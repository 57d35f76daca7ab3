#include "runtime/settings_check.hpp"

#include "domain/json_document.hpp"
#include "domain/rules.hpp"
#include "domain/text.hpp"
#include "runtime/settings_value.hpp"

#include <utility>

namespace demur::config {

namespace {

/// Two keys of one section of which the first must be less than the second, or at most as much.
struct order {
  std::string_view section;
  std::string_view lesser;
  std::string_view greater;
  bool may_be_equal;
  bool (*broken)(const settings&);
};

constexpr order orders[] = {
    {"patterns", "low_ratio", "medium_ratio", false,
     [](const settings& of) { return of.patterns.low_ratio >= of.patterns.medium_ratio; }},
    {"patterns", "medium_ratio", "high_ratio", false,
     [](const settings& of) { return of.patterns.medium_ratio >= of.patterns.high_ratio; }},
    {"pipeline", "batch", "queue", true, [](const settings& of) { return of.pipeline.batch > of.pipeline.queue; }},
    {"server", "dislike_limit_kib", "body_limit_kib", true,
     [](const settings& of) { return of.server.dislike_limit_kib > of.server.body_limit_kib; }},
};

bool is_json_object(const std::string& text) {
  json_document parsed;
  return !parsed.parse(text) && parsed.root().type() == json_kind::object;
}

/// A trainer that is chosen needs to be told where it is.
std::optional<disorder> trainer_without_a_place(settings& of) {
  const bool lacks_program = of.retrain.trainer == "command" && of.trainer.command.program.empty();
  const bool lacks_url = of.retrain.trainer == "webhook" && of.trainer.webhook.url.empty();
  const bool lacks_callback = of.retrain.trainer == "webhook" && !lacks_url && of.trainer.webhook.callback.empty() &&
                              of.server.listen.ends_with(":0");
  if (lacks_callback)
    return disorder{rules::refusal("trainer.webhook.callback", "empty", "a URL, as server.listen names no port"),
                    "server.listen"};
  if (!lacks_program && !lacks_url) return std::nullopt;
  const std::string field = lacks_program ? "trainer.command.program" : "trainer.webhook.url";
  const std::string what = lacks_program ? "a program" : "a URL";
  return disorder{rules::refusal(field, "empty", what + ", as retrain.trainer is \"" + of.retrain.trainer + "\""),
                  "retrain.trainer"};
}

}  // namespace

std::optional<error> broken_rule(const setting& one, settings& of) {
  const place value = one.in(of);
  if (obeys(one.allowed, value)) return std::nullopt;
  return rules::refusal(full_name(one), found_text(one, value), allowed_text(one));
}

std::optional<disorder> broken_order(settings& of) {
  if (auto broken = trainer_without_a_place(of)) return broken;
  for (const auto& [section, lesser, greater, may_be_equal, broken] : orders) {
    if (!broken(of)) continue;
    const setting& less = *find_setting(section, lesser);
    const setting& more = *find_setting(section, greater);
    const std::string allowed =
        (may_be_equal ? "at most " : "less than ") + full_name(more) + ", which is " + value_text(more.in(of));
    return disorder{rules::refusal(full_name(less), value_text(less.in(of)), allowed), full_name(more)};
  }
  return std::nullopt;
}

bool is_plugin_name(std::string_view name) { return rules::is_reason(name); }

}  // namespace demur::config

namespace demur {

result<done> check_settings(const settings& chosen) {
  settings copy = chosen;
  for (const auto& one : config::all_settings())
    if (auto broken = config::broken_rule(one, copy)) return std::move(*broken);
  if (auto broken = config::broken_order(copy)) return std::move(broken->problem);
  for (const auto& [name, text] : chosen.plugins.config) {
    const std::string field = "plugins." + excerpt(name);
    if (!config::is_plugin_name(name)) return rules::refusal(field, "no plugin's name", config::allowed_plugin_name);
    if (!config::is_json_object(text)) return rules::refusal(field, quoted_excerpt(text), "a JSON object");
  }
  return done{};
}

}  // namespace demur
