#pragma once

#include <demur/plugin.h>
#include <demur/plugin_config.hpp>
#include <demur/plugin_values.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a strategy may ask its host for; part of `plugin.hpp`. Each is asked for in the strategy's constructor, from
/// demur::plugin_host, and kept as a member: a host prepares only what somebody wants.
namespace demur {

/// How much a sentence in the host's log matters.
enum class log_level : std::int32_t {
  debug = DEMUR_LOG_DEBUG,
  info = DEMUR_LOG_INFO,
  warn = DEMUR_LOG_WARN,
  error = DEMUR_LOG_ERROR
};

/// The time of the host.
class host_clock {
public:
  host_clock(const demur_host& host, const demur_clock_1& table) : host_(&host), table_(&table) {}

  /// The time at which the host works on this dislike, since 1970-01-01 UTC; the only one that a strategy may let into
  /// its answer, so that a replay gives the same. 0 outside adjust().                    [the thread of adjust()]
  std::chrono::milliseconds now() const { return std::chrono::milliseconds(table_->now_ms(host_->state)); }

private:
  const demur_host* host_;
  const demur_clock_1* table_;
};

/// The weights of the users, as they were before the dislike that is at hand.
class host_weights {
public:
  host_weights(const demur_host& host, const demur_weights_1& table) : host_(&host), table_(&table) {}

  /// The weight of `family:value` for the user of the dislike that adjust() was given: personal times shared, 1 if
  /// nothing is known of it. NaN: asked outside adjust(), or for another dislike, or the host cannot tell.
  ///                                                                                      [the thread of adjust()]
  double of(const disliked& dislike, std::string_view family, std::string_view value) const {
    return table_->weight(host_->state, &dislike.row(), detail::border_text(family), detail::border_text(value));
  }

private:
  const demur_host* host_;
  const demur_weights_1* table_;
};

/// The catalogue of movies.
class host_catalogue {
public:
  host_catalogue(const demur_host& host, const demur_catalogue_1& table) : host_(&host), table_(&table) {}

  /// The row of a movie; nothing if there is none, or outside adjust(). Looking up the next one ends its views.
  ///                                                                                      [the thread of adjust()]
  std::optional<catalogued> find(std::int64_t movie_id) const {
    const demur_movie* found = table_->find(host_->state, movie_id);
    return found ? std::optional<catalogued>(*found) : std::nullopt;
  }

private:
  const demur_host* host_;
  const demur_catalogue_1* table_;
};

/// What the host offers. A strategy may keep it: valid as long as the strategy.
class plugin_host {
public:
  /// During create().
  explicit plugin_host(const demur_host& host) : host_(&host), log_(find(DEMUR_LOG_1, &demur_log_1::write)) {}

  /// A sentence for the host's log, for the person who wrote the settings, or from an adjust() that fails: why.
  ///                                                                                                  [any thread]
  void report(std::string_view sentence) const { host_->report(host_->state, detail::border_text(sentence)); }
  /// A sentence for the host's log. An older host has no levels: it is told all but `debug`.          [any thread]
  void log(log_level level, std::string_view sentence) const {
    if (log_) {
      log_->write(host_->state, static_cast<std::int32_t>(level), detail::border_text(sentence));
    } else if (level != log_level::debug) {
      report(sentence);
    }
  }

  /// In the strategy's constructor only. A host that does not have the service: config_error that says so.
  host_clock clock() const { return {*host_, need(DEMUR_CLOCK_1, &demur_clock_1::now_ms)}; }
  host_weights weights() const { return {*host_, need(DEMUR_WEIGHTS_1, &demur_weights_1::weight)}; }
  host_catalogue catalogue() const { return {*host_, need(DEMUR_CATALOGUE_1, &demur_catalogue_1::find)}; }

private:
  template <class Table, class Member>
  const Table* find(const char* service, Member Table::*function) const {
    if (!detail::offers(*host_, &demur_host::get_service)) return nullptr;
    const auto* table = static_cast<const Table*>(host_->get_service(host_->state, service));
    return table && detail::offers(*table, function) ? table : nullptr;
  }
  template <class Table, class Member>
  const Table& need(const char* service, Member Table::*function) const {
    if (const auto* table = find(service, function)) return *table;
    throw config_error("this host does not have the service " + std::string(service) +
                       ", or was asked for it later than in the strategy's constructor");
  }

  const demur_host* host_;
  const demur_log_1* log_;
};

}  // namespace demur
