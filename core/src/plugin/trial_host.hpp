#pragma once

#include "plugin/checked_sink.hpp"
#include "plugin/fault.hpp"
#include "plugin/reports.hpp"

#include <demur/plugin.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace demur::plugin {

/// A host that notes what a plugin asks of it. Its services know nothing. Must stay where it is. Not thread-safe, but for
/// what plugin.h calls from any thread.
class trial_host {
public:
  enum class offer { everything, nothing };

  explicit trial_host(offer offered = offer::everything);
  trial_host(const trial_host&) = delete;
  trial_host& operator=(const trial_host&) = delete;

  const demur_host& table() const { return table_; }
  /// What was reported since the last time.
  std::string take_reports() { return reports_.take(); }
  const std::set<std::string>& asked() const { return asked_; }  ///< services, during create()
  const std::set<std::string>& asked_late() const { return asked_late_; }

private:
  friend class trial_instance;
  struct border;

  demur_host table_;
  offer offered_;
  bool creating_ = false;
  reports reports_;
  std::set<std::string> asked_;
  std::set<std::string> asked_late_;
};

/// An instance of a plugin, made and ended without any of the host's checks in between.
class trial_instance {
public:
  /// `shown`: the table that the plugin gets to see, of that host.
  trial_instance(const demur_plugin& plugin, trial_host& host, std::string_view config, const demur_host& shown);
  trial_instance(const demur_plugin& plugin, trial_host& host, std::string_view config)
      : trial_instance(plugin, host, config, host.table()) {}
  trial_instance(const trial_instance&) = delete;
  trial_instance& operator=(const trial_instance&) = delete;
  ~trial_instance();

  /// Did create() throw?
  const std::optional<fault>& thrown() const { return thrown_; }
  bool is_made() const { return held_ != nullptr; }
  /// What was reported by a create() that refused; empty: nothing.
  const std::string& refusal() const { return refusal_; }

  const void* get_interface(const char* id) const;
  /// Of a plugin whose tables are known to be sound.
  const demur_strategy_1& strategy() const;
  /// Puts one dislike; what it throws is the fault. The sink's table may be a copy.
  std::optional<fault> adjust(const demur_dislike& shown, const demur_sink& sink);
  /// Ends it now; what destroy() throws is the fault.
  std::optional<fault> end();
  void* held() const { return held_; }

private:
  const demur_plugin& plugin_;
  void* held_ = nullptr;
  std::optional<fault> thrown_;
  std::string refusal_;
};

}  // namespace demur::plugin
