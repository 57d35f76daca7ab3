#pragma once

#include "plugin/call_figures.hpp"
#include "plugin/services.hpp"
#include "plugin/verdict.hpp"

#include <demur/error.hpp>
#include <demur/types.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace demur::plugin {

/// What a plugin says of itself once it is created, and where it came from.
struct strategy_info {
  std::string name;
  std::string version;
  std::string reason;
  std::filesystem::path file{};  ///< in the plugin folder
  std::string digest{};          ///< of the file's content
  std::uint32_t abi_minor = 0;
  double half_life_days = -1.0;  ///< negative: the host's default
  bool explains = false;         ///< has demur.preview/1
  bool reads_text = false;       ///< has demur.text/1
  bool asks_weights = false;     ///< asked for demur.weights/1: its answer depends on what came before

  /// `plugin wrong_genre 1.0.0 (plugins/wrong_genre.so)`, for sentences.
  std::string in_words() const;
};

enum class strategy_state {
  serving,
  starting,     ///< its process is on its way
  resting,      ///< its process ended; the next one waits for its time
  quarantined,  ///< it failed too often
};
std::string_view to_string(strategy_state value);

/// A plugin at work: one instance of it, in this process or in one of its own. What it does wrong ends here, as an error.
/// One thread at a time, but for what says otherwise.
class strategy {
public:
  /// Told what a plugin reported in a call that went well. Called by the thread of that call; must not throw.
  using listener = std::function<void(const strategy& from, std::string_view said)>;

  strategy(const strategy&) = delete;
  strategy& operator=(const strategy&) = delete;
  virtual ~strategy() = default;

  /// Puts dislikes to the strategy; `answers` must come next. What is passed must stay until then. Several strategies may
  /// be asked before the first is waited for. Never throws.
  virtual void ask(std::span<const dislike* const> rows, const services& from) = 0;
  /// One answer a row, in order. Never throws. Errors name the plugin and what was found: `internal`, it failed or said what
  /// plugin.h does not allow, and nothing of that answer is kept; `unavailable`, it could not be asked, or was stopped
  /// before it had answered, and should be asked again when `state` is serving.
  virtual std::vector<result<verdict>> answers() = 0;
  /// What demur.preview/1 says of a dislike; `not_found` if the plugin does not have it.
  virtual result<std::string> explain(const dislike& row, const services& from) = 0;
  /// What demur.text/1 says of words, 0 to 1; `not_found` if the plugin does not have it.
  virtual result<double> fit(std::string_view feedback_text) = 0;

  /// Moves on one whose process is down: starts it when its time has come, takes note that it is there. To be called now
  /// and then.
  virtual void wake() {}
  virtual strategy_state state() const = 0;  ///< [any thread]
  /// Where it runs: `none`, in this process, or `process`.                                                [any thread]
  virtual std::string_view isolation() const = 0;

  const strategy_info& info() const { return info_; }           ///< [any thread]
  const std::string& reason() const { return info_.reason; }    ///< [any thread]
  const std::string& name() const { return info_.name; }        ///< [any thread]
  const std::string& version() const { return info_.version; }  ///< [any thread]
  std::string in_words() const { return info_.in_words(); }     ///< [any thread]
  /// In which an adjustment of this strategy fades to half; 0: never.                                     [any thread]
  double half_life_days(double host_default) const {
    return info_.half_life_days < 0.0 ? host_default : info_.half_life_days;
  }
  const call_figures& figures() const { return figures_; }  ///< [any thread]

  /// One dislike alone.
  result<verdict> adjust(const dislike& row, const services& from = {});

protected:
  explicit strategy(listener told) : told_(std::move(told)) {}

  void tell(std::string_view said) const {
    if (!said.empty() && told_) told_(*this, said);
  }
  /// It does not have this interface.
  error lacks(const char* id) const;
  /// The fault as an error; counted.
  error failed(error problem);

  strategy_info info_;
  call_figures figures_;

private:
  listener told_;
};

}  // namespace demur::plugin
