#pragma once

#include "plugin/checked_sink.hpp"
#include "plugin/failure_window.hpp"
#include "plugin/fault.hpp"
#include "plugin/host_process.hpp"
#include "plugin/messages.hpp"
#include "plugin/strategy.hpp"
#include "plugin/wire.hpp"

#include <demur/settings.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace demur::plugin {

/// How a plugin is kept apart.
struct isolation_options {
  std::filesystem::path host_program;       ///< demur-plugin-host
  std::chrono::milliseconds deadline{250};  ///< for one batch
  std::chrono::milliseconds start_timeout{5'000};
  process_limits limits;
  failure_window::policy failures;
};

/// demur-plugin-host: where the settings say, or beside the program that this process runs.
std::filesystem::path host_program_of(const settings::plugins_section& chosen);
/// What the settings say of one plugin; `own` goes before what is said of all.
isolation_options isolation_of(const settings::plugins_section& chosen, const settings::plugin_options& own);

/// A plugin in a process of its own. Whatever it does there, this process goes on: one that crashes, hangs, takes too much or
/// writes what is no answer is ended; its batch is `unavailable`, and `wake` starts it again in time.
class isolated_strategy : public strategy {
public:
  /// Starts the process and waits until it says what it is. `file` is loaded; `shown` is what sentences call it; `name` is
  /// what the plugin must call itself, since `config` was found by that name.                           [any thread]
  static result<std::unique_ptr<isolated_strategy>> create(const isolation_options& chosen,
                                                           const std::filesystem::path& file,
                                                           const std::filesystem::path& shown, const std::string& name,
                                                           const std::string& config, listener told = {});

  void ask(std::span<const dislike* const> rows, const services& from) override;
  std::vector<result<verdict>> answers() override;
  result<std::string> explain(const dislike& row, const services& from) override;
  result<double> fit(std::string_view feedback_text) override;
  void wake() override;
  strategy_state state() const override { return state_.load(std::memory_order_acquire); }
  std::string_view isolation() const override { return "process"; }

private:
  using time = std::chrono::steady_clock::time_point;
  using frame_or_fault = std::variant<wire::frame, fault>;

  isolated_strategy(const isolation_options& chosen, const std::filesystem::path& file,
                    const std::filesystem::path& shown, const std::string& config, listener told);

  /// A process that is on its way to its hello.
  result<done> start();
  /// Whether its hello has come, or comes until then. Of an error the process is ended.
  result<bool> greet(time until);
  result<done> take(const wire::frame& hello);

  /// Puts a question, of which the frame is in the outbox or nothing, as there is no process.
  template <class Put>
  void put(const Put& question);
  /// The frame that answers it; call-backs are served meanwhile.
  frame_or_fault await(wire::kind expected, std::size_t longest);
  std::optional<fault> serve(const wire::frame& asked);
  result<std::vector<result<verdict>>> take_answers();
  template <class T>
  result<T> one_answer(wire::kind expected, std::optional<wire::answered<wire::said<T>>> (*read)(std::string_view));

  fault was_late() const;
  /// Ends the process, counts that, and settles when the next one may start.
  void end(const error& why);
  /// The same in the midst of a question.
  error broke(const fault& how);
  error down() const;

  const isolation_options chosen_;
  const wire::order order_;
  failure_window failures_;
  std::atomic<strategy_state> state_ = strategy_state::resting;
  std::unique_ptr<host_process> process_;  ///< null: there is none
  time started_{};
  std::string ended_;  ///< how the last process did

  std::span<const dislike* const> rows_;
  services services_;  ///< of this question
  time asked_{};
  bool is_put_ = false;  ///< a process was asked
  checked_sink checked_;
};

}  // namespace demur::plugin
