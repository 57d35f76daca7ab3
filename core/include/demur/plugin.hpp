#pragma once

#include <demur/plugin.h>
#include <demur/plugin_config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

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
/// Text is UTF-8. Exceptions of a strategy end at the border: its message goes to the host, the call counts as failed.
namespace demur {

/// What the host offers. A strategy may keep it: valid as long as the strategy.                           [any thread]
class plugin_host {
public:
  explicit plugin_host(const demur_host& host) : host_(&host) {}

  /// A sentence for the host's log.
  void report(std::string_view sentence) const { host_->report(host_->state, {sentence.data(), sentence.size()}); }

private:
  const demur_host* host_;
};

/// Texts in a row, as views that are valid as long as the dislike.
class text_list {
public:
  class iterator {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string_view*;
    using reference = std::string_view;

    explicit iterator(const demur_text* at) : at_(at) {}
    std::string_view operator*() const { return {at_->data, at_->size}; }
    iterator& operator++() { return ++at_, *this; }
    iterator operator++(int) { return iterator(at_++); }
    friend bool operator==(iterator left, iterator right) { return left.at_ == right.at_; }
    friend bool operator!=(iterator left, iterator right) { return left.at_ != right.at_; }

  private:
    const demur_text* at_;
  };

  text_list(const demur_text* first, std::size_t count) : first_(first), count_(count) {}
  iterator begin() const { return iterator(first_); }
  iterator end() const { return iterator(first_ + count_); }
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  std::string_view operator[](std::size_t index) const { return {first_[index].data, first_[index].size}; }

private:
  const demur_text* first_;
  std::size_t count_;
};

/// One dislike. All views are valid during adjust() only.                            [the thread of adjust()]
class disliked {
public:
  explicit disliked(const demur_dislike& row) : row_(&row) {}

  std::string_view user_id() const { return view(row_->user_id); }
  std::optional<std::int64_t> movie_id() const { return given(row_->has_movie_id, row_->movie_id); }
  std::string_view movie_title() const { return view(row_->movie_title); }
  /// What the model had predicted, 0.0 to 1.0.
  std::optional<double> predicted_score() const { return given(row_->has_predicted_score, row_->predicted_score); }
  std::string_view reason() const { return view(row_->reason); }
  std::string_view feedback_text() const { return view(row_->feedback_text); }  ///< empty if none
  text_list genres() const { return {row_->genres, row_->genre_count}; }
  text_list cast() const { return {row_->cast, row_->cast_count}; }
  std::optional<std::string_view> franchise() const { return given(row_->has_franchise, view(row_->franchise)); }
  /// What else the client sent, a JSON object as text; empty if nothing.
  std::string_view context() const { return view(row_->context); }
  /// Since 1970-01-01 UTC.
  std::chrono::milliseconds created_at() const { return std::chrono::milliseconds(row_->created_at_ms); }

private:
  static std::string_view view(const demur_text& text) { return {text.data, text.size}; }
  template <class T>
  static std::optional<T> given(std::int32_t has, T value) {
    return has ? std::optional<T>(value) : std::nullopt;
  }

  const demur_dislike* row_;
};

namespace detail {

/// Ends an adjust() whose answer the host refused. No std::exception: a strategy that catches those is not meant.
struct refused_by_host {
  demur_status status;
};

}  // namespace detail

/// Where a strategy puts its answer. What the host does not take ends adjust() by an exception that a strategy need not
/// know, and voids the whole answer.                                      [the thread of adjust(), during adjust() only]
class adjustment_sink {
public:
  explicit adjustment_sink(const demur_sink& sink) : sink_(&sink) {}

  /// Multiplies this user's weight of the feature `family:value` by 1 + magnitude. magnitude: [-1, 1). family: `genre`,
  /// `cast`, `franchise` or one of your own of 1 to 32 letters a-z and _, but not `movie`, `title` or `dislikes`. value:
  /// 1 to 100 characters, no control characters. A feature only once, and at most 256 in one answer.
  void adjust(std::string_view family, std::string_view value, double magnitude) {
    pass_on(sink_->adjust(sink_->state, {family.data(), family.size()}, {value.data(), value.size()}, magnitude));
  }
  /// Hides the item itself from this user for ever.
  void filter_item() { pass_on(sink_->filter_item(sink_->state)); }
  /// Scales the weight of the training example made of this dislike, 0.0 to 1.0; 0: none is made. The last call counts.
  void training_factor(double factor) { pass_on(sink_->training_factor(sink_->state, factor)); }

private:
  static void pass_on(demur_status status) {
    if (status != DEMUR_OK) throw detail::refused_by_host{status};
  }

  const demur_sink* sink_;
};

namespace detail {

template <class Strategy, class = void>
struct names_reason : std::false_type {};
template <class Strategy>
struct names_reason<Strategy, std::void_t<decltype(std::declval<const Strategy&>().reason())>> : std::true_type {};

constexpr bool is_plugin_name(std::string_view name) {
  for (const char c : name)
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') return false;
  return !name.empty() && name.size() <= 64;
}

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

  static void* create(const demur_host* host, demur_text config) noexcept {
    const plugin_host reporter(*host);
    const auto made = [&]() -> void* {
      const plugin_config settings({config.data, config.size});
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
      if constexpr (names_reason<strategy>::value) text = it.held.reason();
      return {text.data(), text.size()};
    };
    return guarded(it.host, named, demur_text{nullptr, 0});
  }

  static double half_life_days(const void* self) noexcept {
    const auto& it = *static_cast<const instance*>(self);
    const auto days = [&]() -> double { return it.held.half_life_days(); };
    return guarded(it.host, days, std::numeric_limits<double>::quiet_NaN());
  }

  static demur_status adjust(void* self, const demur_dislike* row, const demur_sink* sink) noexcept {
    auto& it = *static_cast<instance*>(self);
    const auto adjusted = [&]() -> demur_status {
      adjustment_sink answer(*sink);
      try {
        it.held.adjust(disliked(*row), answer);
      } catch (const refused_by_host& refused) {
        return refused.status;
      }
      return DEMUR_OK;
    };
    return guarded(it.host, adjusted, DEMUR_ERROR);
  }

  static const void* get_interface(const void*, const char* id) noexcept {
    return std::strcmp(id, DEMUR_STRATEGY_1) == 0 ? &strategy_1 : nullptr;
  }

  static constexpr demur_strategy_1 strategy_1{sizeof(demur_strategy_1), reason, half_life_days, adjust};

public:
  static constexpr demur_plugin plugin{sizeof(demur_plugin),
                                       DEMUR_ABI_MAJOR,
                                       DEMUR_ABI_MINOR,
                                       {Exported::name.data(), Exported::name.size()},
                                       {Exported::version.data(), Exported::version.size()},
                                       create,
                                       destroy,
                                       get_interface};
};

}  // namespace detail
}  // namespace demur

/// Exports a strategy: its class, the name of its section in the settings (and of the reason it answers to, unless the
/// class has `std::string_view reason() const`), its version. Once in a library, outside all namespaces.
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
