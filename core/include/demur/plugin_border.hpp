#pragma once

#include <demur/plugin.h>
#include <demur/plugin_config.hpp>
#include <demur/plugin_services.hpp>
#include <demur/plugin_sink.hpp>
#include <demur/plugin_values.hpp>

#include <cstddef>
#include <cstring>
#include <exception>
#include <limits>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

/// What turns a strategy's class into the tables of `plugin.h`; part of `plugin.hpp`. An author needs nothing of it.
namespace demur::detail {

/// Whether a class has an optional member: by its name, and with what it takes and returns. One that has the name alone
/// is a mistake which must not pass for a member that was left out.
#define DEMUR_DETAIL_MEMBER(member, instance, arguments, returned)                                 \
  template <class Strategy, class = void>                                                          \
  struct names_##member : std::false_type {};                                                      \
  template <class Strategy>                                                                        \
  struct names_##member<Strategy, std::void_t<decltype(&Strategy::member)>> : std::true_type {};   \
  template <class Strategy, class = void>                                                          \
  struct has_##member : std::false_type {};                                                        \
  template <class Strategy>                                                                        \
  struct has_##member<Strategy, std::void_t<decltype(std::declval<instance&>().member arguments)>> \
      : std::is_convertible<decltype(std::declval<instance&>().member arguments), returned> {};
DEMUR_DETAIL_MEMBER(reason, const Strategy, (), std::string_view)
DEMUR_DETAIL_MEMBER(explain, Strategy, (std::declval<const disliked&>()), std::string_view)
DEMUR_DETAIL_MEMBER(fit, Strategy, (std::string_view()), double)
DEMUR_DETAIL_MEMBER(adjust_batch, Strategy, (std::declval<const dislike_batch&>()), void)
#undef DEMUR_DETAIL_MEMBER

/// The tables of a plugin, and the functions in them. `Exported` has internal linkage and so has all that is made of it:
/// two libraries with classes of one name share nothing, whatever the visibility they were compiled with.
template <class Exported>
class border {
  using strategy = typename Exported::strategy;
  static_assert(is_plugin_name(Exported::name), "a plugin's name is 1 to 64 characters of a-z, 0-9 and _");
  static_assert(std::is_constructible_v<strategy, const plugin_config&, plugin_host> ||
                    std::is_constructible_v<strategy, const plugin_config&> ||
                    std::is_default_constructible_v<strategy>,
                "a strategy is made of (const demur::plugin_config&, demur::plugin_host), of the first or of nothing");
  static_assert(has_reason<strategy>::value || !names_reason<strategy>::value,
                "reason() is const, takes nothing and returns a std::string_view");
  static_assert(has_explain<strategy>::value || !names_explain<strategy>::value,
                "explain() takes a const demur::disliked& and returns a text");
  static_assert(has_fit<strategy>::value || !names_fit<strategy>::value,
                "fit() takes a std::string_view and returns a double");
  static_assert(has_adjust_batch<strategy>::value || !names_adjust_batch<strategy>::value,
                "adjust_batch() takes a const demur::dislike_batch& and returns nothing");

  struct instance {
    plugin_host host;
    strategy held;
  };

  static strategy make(const plugin_config& config, const plugin_host& host) {
    if constexpr (std::is_constructible_v<strategy, const plugin_config&, plugin_host>) {
      return strategy(config, host);
    } else if constexpr (std::is_constructible_v<strategy, const plugin_config&>) {
      return strategy(config);
    } else {
      return strategy();
    }
  }

  /// Does it, and reports what it throws.
  template <class Action>
  static auto guarded(const plugin_host& host, const Action& action, decltype(action()) if_thrown) noexcept {
    try {
      return action();
    } catch (const std::exception& thrown) {
      host.report(thrown.what());
    } catch (...) {
      host.report("something was thrown that is no std::exception");
    }
    return if_thrown;
  }

  /// Lets the strategy do something that ends by itself or with a status.
  template <class Action>
  static demur_status answering(void* self, const Action& action) noexcept {
    auto& it = *static_cast<instance*>(self);
    const auto answered = [&]() -> demur_status {
      try {
        action(it.held);
      } catch (const refused_by_host& refused) {
        if (refused.why) it.host.report(refused.why);
        return refused.status;
      }
      return DEMUR_OK;
    };
    return guarded(it.host, answered, DEMUR_ERROR);
  }

  static void* create(const demur_host* host, demur_text config) noexcept {
    const plugin_host reporter(*host);
    const auto made = [&]() -> void* {
      const plugin_config settings(view(config));
      std::unique_ptr<instance> whole(new instance{reporter, make(settings, reporter)});
      settings.refuse_unasked();
      return whole.release();
    };
    return guarded(reporter, made, nullptr);
  }

  static void destroy(void* self) noexcept { delete static_cast<instance*>(self); }

  static demur_text reason(const void* self) noexcept {
    const auto& it = *static_cast<const instance*>(self);
    const auto named = [&]() -> demur_text {
      std::string_view text = Exported::name;
      if constexpr (has_reason<strategy>::value) text = it.held.reason();
      return border_text(text);
    };
    return guarded(it.host, named, demur_text{nullptr, 0});
  }

  static double half_life_days(const void* self) noexcept {
    const auto& it = *static_cast<const instance*>(self);
    const auto days = [&]() -> double { return it.held.half_life_days(); };
    return guarded(it.host, days, std::numeric_limits<double>::quiet_NaN());
  }

  static demur_status adjust(void* self, const demur_dislike* row, const demur_sink* sink) noexcept {
    return answering(self, [&](strategy& held) {
      adjustment_sink answer(*sink);
      held.adjust(disliked(*row), answer);
    });
  }

  static demur_status adjust_batch(void* self, const demur_dislike* const* rows, const demur_sink* const* sinks,
                                   demur_status* statuses, std::size_t count) noexcept {
    return answering(self, [&]([[maybe_unused]] strategy& held) {
      if constexpr (has_adjust_batch<strategy>::value) held.adjust_batch(dislike_batch(rows, sinks, statuses, count));
    });
  }

  static demur_status explain(void* self, const demur_dislike* row, const demur_text_sink* sink) noexcept {
    return answering(self, [&]([[maybe_unused]] strategy& held) {
      if constexpr (has_explain<strategy>::value) {
        const auto& said = held.explain(disliked(*row));
        const demur_status status = sink->put(sink->state, border_text(said));
        if (status != DEMUR_OK) throw refused_by_host{status};
      }
    });
  }

  static double fit(void* self, demur_text feedback_text) noexcept {
    auto& it = *static_cast<instance*>(self);
    const auto fitting = [&]() -> double {
      if constexpr (has_fit<strategy>::value) return it.held.fit(view(feedback_text));
      return 0.0;
    };
    return guarded(it.host, fitting, std::numeric_limits<double>::quiet_NaN());
  }

  static const void* get_interface(const void*, const char* wanted) noexcept {
    if (std::strcmp(wanted, DEMUR_STRATEGY_1) == 0) return &strategy_1;
    if (has_explain<strategy>::value && std::strcmp(wanted, DEMUR_PREVIEW_1) == 0) return &preview_1;
    if (has_fit<strategy>::value && std::strcmp(wanted, DEMUR_TEXT_1) == 0) return &text_1;
    return nullptr;
  }

  static constexpr demur_strategy_1 strategy_1{sizeof(demur_strategy_1), reason, half_life_days, adjust,
                                               has_adjust_batch<strategy>::value ? adjust_batch : nullptr};
  static constexpr demur_preview_1 preview_1{sizeof(demur_preview_1), explain};
  static constexpr demur_text_1 text_1{sizeof(demur_text_1), fit};

public:
  static constexpr demur_plugin plugin{
      sizeof(demur_plugin),           DEMUR_ABI_MAJOR, DEMUR_ABI_MINOR, border_text(Exported::name),
      border_text(Exported::version), create,          destroy,         get_interface};
};

}  // namespace demur::detail
