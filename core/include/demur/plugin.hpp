#pragma once

#include <demur/plugin.h>
#include <demur/plugin_border.hpp>
#include <demur/plugin_config.hpp>
#include <demur/plugin_services.hpp>
#include <demur/plugin_sink.hpp>
#include <demur/plugin_values.hpp>

#include <string_view>

/// A strategy plugin in C++17, over the border that `plugin.h` describes. A whole one:
///
///     class too_long {
///     public:
///       explicit too_long(const demur::plugin_config& config)
///           : factor_(config.number("factor", 0.2, demur::at_least(0).below(1))) {}
///       double half_life_days() const { return demur::hosts_half_life; }
///       void adjust(const demur::disliked& dislike, demur::adjustment_sink& answer) const {
///         for (const auto genre : dislike.genres()) answer.adjust("genre", genre, -factor_);
///       }
///
///     private:
///       double factor_;
///     };
///
///     DEMUR_EXPORT_STRATEGY(too_long, "too_long", "1.0.0")
///
/// It is made of (const demur::plugin_config&, demur::plugin_host), of the first or of nothing. What else it may have,
/// each offered to the host if it is there:
///
///     std::string_view reason() const;                       the reason it answers to, if that is not its name
///     std::string explain(const demur::disliked&);           says to a person what adjust() would do
///     double fit(std::string_view feedback_text);            how well somebody's words fit the reason, 0.0 to 1.0
///     void adjust_batch(const demur::dislike_batch&);        many at once, with the answers of adjust()
///
/// One object is never asked by two threads at a time. Text is UTF-8. Exceptions of a strategy end at the border: its
/// message goes to the host, the call counts as failed. `plugin_testing.hpp` asks a strategy without a server.

/// Exports a strategy: its class, the name of its section in the settings (and of the reason it answers to, unless the
/// class has `reason()`), its version. Once in a library, outside all namespaces.
#define DEMUR_EXPORT_STRATEGY(strategy_class, plugin_name, plugin_version) \
  namespace {                                                              \
  struct demur_exported {                                                  \
    using strategy = strategy_class;                                       \
    static constexpr std::string_view name = plugin_name;                  \
    static constexpr std::string_view version = plugin_version;            \
  };                                                                       \
  }                                                                        \
  extern "C" DEMUR_EXPORT const demur_plugin* demur_plugin_entry(void) {   \
    return &demur::detail::border<demur_exported>::plugin;                 \
  }
