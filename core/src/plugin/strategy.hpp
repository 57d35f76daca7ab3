#pragma once

#include "plugin/checked_sink.hpp"
#include "plugin/fault.hpp"
#include "plugin/library.hpp"
#include "plugin/reports.hpp"

#include <demur/error.hpp>
#include <demur/plugin.h>
#include <demur/types.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demur::plugin {

/// A plugin at work: one instance, asked through `demur.strategy/1`. What it does wrong ends here, as an error.
class strategy {
public:
  /// Told what a plugin reported in a call that went well. Called by the thread of that call; must not throw.
  using listener = std::function<void(const strategy& from, std::string_view said)>;

  /// Creates the instance with its section of the settings, a JSON object as text.                       [main thread]
  static result<std::unique_ptr<strategy>> create(const library& from, const std::string& config, listener told = {});

  strategy(const strategy&) = delete;
  strategy& operator=(const strategy&) = delete;
  ~strategy();

  const std::string& reason() const { return reason_; }
  const std::string& name() const { return from_.name; }
  const std::string& version() const { return from_.version; }
  /// `plugin wrong_genre 1.0.0 (plugins/wrong_genre.so)`, for sentences.
  std::string in_words() const { return from_.in_words(); }
  /// In which an adjustment of this strategy fades to half; 0: never.
  double half_life_days(double host_default) const { return half_life_days_ < 0.0 ? host_default : half_life_days_; }

  /// What the strategy says to one dislike. Never throws. A plugin that fails, or says what plugin.h does not allow, is
  /// an `internal` error that names it and what was found; of its answer nothing is kept. One thread at a time.
  result<verdict> adjust(const dislike& row);

  /// Of adjust(), in the life of this object.                                                             [any thread]
  std::uint64_t calls() const { return calls_.load(std::memory_order_relaxed); }
  std::uint64_t failures() const { return failures_.load(std::memory_order_relaxed); }

private:
  strategy(const library& from, listener told);
  std::optional<fault> start(const std::string& config);
  std::optional<fault> find_interface();
  std::optional<fault> ask_constants();
  std::optional<fault> ask(const demur_dislike& row);
  demur_dislike view_of(const dislike& row);
  error blamed(fault wrong, error_code code);
  void pass_on_reports();

  library from_;
  listener told_;
  reports reports_;
  demur_host host_;
  void* instance_ = nullptr;
  const demur_strategy_1* interface_ = nullptr;
  std::string reason_;
  double half_life_days_ = 0.0;

  checked_sink sink_;
  std::vector<demur_text> genres_;
  std::vector<demur_text> cast_;
  std::atomic<std::uint64_t> calls_ = 0;
  std::atomic<std::uint64_t> failures_ = 0;
};

}  // namespace demur::plugin
