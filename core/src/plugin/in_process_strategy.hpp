#pragma once

#include "plugin/checked_sink.hpp"
#include "plugin/fault.hpp"
#include "plugin/library.hpp"
#include "plugin/reports.hpp"
#include "plugin/strategy.hpp"

#include <demur/plugin.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace demur::plugin {

/// A plugin whose functions this process calls. Exceptions are caught; a crash or an endless loop are not survived, and
/// time is only measured: see isolated_strategy.
class in_process_strategy : public strategy {
public:
  /// Creates the instance with its section of the settings, a JSON object as text. A batch that takes longer than
  /// `deadline` is counted as late; 0: none is.                                                         [any thread]
  static result<std::unique_ptr<in_process_strategy>> create(const library& from, const std::string& config,
                                                             std::chrono::milliseconds deadline = {},
                                                             listener told = {});
  ~in_process_strategy() override;

  void ask(std::span<const dislike* const> rows, const services& from) override;
  std::vector<result<verdict>> answers() override;
  result<std::string> explain(const dislike& row, const services& from) override;
  result<double> fit(std::string_view feedback_text) override;
  strategy_state state() const override { return strategy_state::serving; }
  std::string_view isolation() const override { return "none"; }

private:
  /// What the plugin's calls come to: the tables of the services, and where they lead.
  struct border;

  in_process_strategy(const library& from, std::chrono::milliseconds deadline, listener told);
  std::optional<fault> start(const std::string& config);
  std::optional<fault> find_interfaces();
  std::optional<fault> ask_constants();
  /// Views of dislikes, valid until the next call.
  void show(std::span<const dislike* const> rows);
  void ask_one_by_one(std::vector<std::optional<fault>>& wrong);
  void ask_at_once(std::vector<std::optional<fault>>& wrong);
  const dislike* dislike_of(const demur_dislike* shown) const;
  error blamed(fault wrong, error_code code);
  void pass_on_reports();

  library from_;
  std::chrono::milliseconds deadline_;
  reports reports_;
  demur_host host_;
  void* instance_ = nullptr;
  const demur_strategy_1* strategy_ = nullptr;
  const demur_preview_1* preview_ = nullptr;
  const demur_text_1* text_ = nullptr;
  bool creating_ = false;  ///< services may be asked for
  bool has_batch_form_ = false;

  std::span<const dislike* const> rows_;
  services services_;                 ///< of this question
  bool answering_ = false;            ///< services may be asked
  std::vector<demur_text> names_;     ///< genres and cast of all rows
  std::vector<demur_dislike> shown_;  ///< one a row
  std::vector<std::unique_ptr<checked_sink>> sinks_;
  std::vector<demur_text> found_names_;  ///< of the movie that was asked for last
  demur_movie found_{};
};

}  // namespace demur::plugin
