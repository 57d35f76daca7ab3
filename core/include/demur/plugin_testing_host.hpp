#pragma once

#include <demur/plugin.h>
#include <demur/plugin_testing_sink.hpp>
#include <demur/plugin_testing_values.hpp>
#include <demur/plugin_values.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A host to run one strategy in; part of `plugin_testing.hpp`.
namespace demur::testing {

/// What the host has that a strategy is tested in. `abi_minor` 0: a host of ABI 1.0, which has no services and takes no
/// adjustment that fades in a way of its own.
struct offer {
  bool log = true;
  bool clock = true;
  bool weights = true;
  bool catalogue = true;
  unsigned abi_minor = DEMUR_ABI_MINOR;
};

/// A plugin that the host does not take, or an answer to explain() or fit() that it does not take: a sentence.
class refused : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// One instance of a plugin in a host that has a clock, weights and a catalogue to set, and checks what the server
/// checks. Pinned in memory. One thread at a time; a strategy's own threads may report.
class host {
public:
  /// `config`: the plugin's section of the settings, as JSON. Throws `refused` where the server would not load it.
  explicit host(const demur_plugin* plugin, std::string config = "{}", const offer& offered = {});
  host(const host&) = delete;
  host& operator=(const host&) = delete;
  ~host() {
    if (instance_) plugin_->destroy(instance_);
  }

  const std::string& reason() const { return reason_; }
  double half_life_days() const { return half_life_days_; }  ///< negative: the server's default
  bool explains() const { return preview_ != nullptr; }
  bool hears_words() const { return text_ != nullptr; }
  bool answers_batches() const { return demur::detail::offers(*strategy_, &demur_strategy_1::adjust_batch); }
  /// What was reported and logged since the last answer, or by the constructor.
  std::string reports() {
    const std::lock_guard lock(mutex_);
    return std::exchange(said_, {});
  }

  /// The clock, since 1970-01-01 UTC; before the first call it stands at the dislike's own time.
  void set_now(std::chrono::milliseconds now) { now_ = now; }
  /// The weight of `genre:Horror` for a user; 1 where none is set.
  void set_weight(const std::string& user, const std::string& feature, double weight) {
    weights_[user + "\n" + feature] = weight;
  }
  /// Puts a row into the catalogue, in the place of one with the same id.
  void put_movie(const movie& row) { movies_.insert_or_assign(row.id(), row); }

  answer adjust(const dislike& asked);
  /// All at once, if the strategy answers batches, else one by one. The answer to a row that adjust() answers in another
  /// way is refused.
  std::vector<answer> adjust_batch(const std::vector<dislike>& asked);
  /// Throws `refused` if the strategy has no explain(), or it fails, or says what the server does not take.
  std::string explain(const dislike& asked);
  /// Throws `refused` if the strategy has no fit(), or it says something that is no number from 0 to 1.
  double fit(std::string_view words);

private:
  static host& self(void* state) { return *static_cast<host*>(state); }

  static void report(void* state, demur_text sentence) { self(state).say(demur::detail::view(sentence)); }
  static void write_log(void* state, std::int32_t level, demur_text sentence) {
    constexpr std::array<const char*, 4> names = {"debug", "info", "warn", "error"};
    const auto place = static_cast<std::size_t>(std::clamp<std::int32_t>(level, DEMUR_LOG_DEBUG, DEMUR_LOG_ERROR));
    self(state).say(names[place] + std::string(": ") + std::string(demur::detail::view(sentence)));
  }
  static std::int64_t now_ms(void* state) {
    auto& it = self(state);
    if (it.rows_.empty()) return 0;
    return it.now_ ? it.now_->count() : it.rows_.front()->created_at_ms;
  }
  static double weight(void* state, const demur_dislike* row, demur_text family, demur_text value);
  static const demur_movie* find_movie(void* state, std::int64_t movie_id);
  static const void* get_service(void* state, const char* service);

  void say(std::string_view sentence) {
    const std::lock_guard lock(mutex_);
    said_.append(said_.empty() ? "" : "; ").append(sentence);
  }
  void check_entry() const;
  void find_interfaces();
  void ask_constants();
  /// What the strategy may ask the services about; forgotten with the guard.
  auto at_work_on(std::vector<const demur_dislike*> rows) {
    rows_ = std::move(rows);
    const auto forget = [](host* it) {
      it->rows_.clear();
      it->found_.reset();
    };
    return std::unique_ptr<host, decltype(forget)>(this, forget);
  }

  const demur_plugin* plugin_;
  offer offered_;
  demur_host table_{};
  bool creating_ = true;
  void* instance_ = nullptr;
  const demur_strategy_1* strategy_ = nullptr;
  const demur_preview_1* preview_ = nullptr;
  const demur_text_1* text_ = nullptr;
  std::string reason_;
  double half_life_days_ = 0.0;

  std::vector<const demur_dislike*> rows_;  ///< that adjust() is at work on
  std::optional<std::chrono::milliseconds> now_;
  std::map<std::string, double> weights_;
  std::map<std::int64_t, movie> movies_;
  std::unique_ptr<movie_row> found_;
  std::mutex mutex_;
  std::string said_;
};

/// The sentence with which the server would refuse a plugin with these settings; empty if it takes it.
inline std::string refusal_of(const demur_plugin* plugin, const std::string& config, const offer& offered = {}) {
  try {
    const host taken(plugin, config, offered);
    return "";
  } catch (const refused& why) {
    return why.what();
  }
}

inline host::host(const demur_plugin* plugin, std::string config, const offer& offered)
    : plugin_(plugin), offered_(offered) {
  check_entry();
  table_.size = offered.abi_minor == 0 ? offsetof(demur_host, get_service) : sizeof table_;
  table_.state = this;
  table_.report = report;
  if (offered.abi_minor > 0) table_.get_service = get_service;

  instance_ = plugin_->create(&table_, demur::detail::border_text(config));
  creating_ = false;
  if (!instance_) throw refused("refused its settings (" + reports() + ")");
  try {
    find_interfaces();
    ask_constants();
  } catch (...) {
    plugin_->destroy(instance_);
    throw;
  }
}

inline void host::check_entry() const {
  const auto expect = [](bool good, const char* sentence) {
    if (!good) throw refused(sentence);
  };
  expect(plugin_, "returns nothing from demur_plugin_entry; expected the table of a plugin.");
  // In the order in which each next step becomes safe.
  expect(plugin_->size >= offsetof(demur_plugin, abi_minor), "describes itself in too few bytes.");
  expect(plugin_->abi_major == DEMUR_ABI_MAJOR, "is built for another major version of the plugin ABI.");
  expect(plugin_->size >= sizeof(demur_plugin), "describes itself in too few bytes.");
  expect(demur::detail::is_plugin_name(demur::detail::view(plugin_->name)),
         "has a bad name; expected 1 to 64 of the characters a-z, 0-9 and _.");
  const auto version = demur::detail::view(plugin_->version);
  expect(!version.empty() && version.size() <= 64 &&
             std::all_of(version.begin(), version.end(), [](char c) { return c > ' ' && c <= '~'; }),
         "has a bad version; expected 1 to 64 visible ASCII characters.");
  expect(plugin_->create && plugin_->destroy && plugin_->get_interface,
         "leaves out one of create, destroy and get_interface; expected all three.");
}

inline void host::find_interfaces() {
  strategy_ = static_cast<const demur_strategy_1*>(plugin_->get_interface(instance_, DEMUR_STRATEGY_1));
  if (!strategy_) throw refused("has no interface " DEMUR_STRATEGY_1 "; expected one.");
  if (!demur::detail::offers(*strategy_, &demur_strategy_1::reason) ||
      !demur::detail::offers(*strategy_, &demur_strategy_1::half_life_days) ||
      !demur::detail::offers(*strategy_, &demur_strategy_1::adjust))
    throw refused("leaves out one of reason, half_life_days and adjust; expected all three.");
  preview_ = static_cast<const demur_preview_1*>(plugin_->get_interface(instance_, DEMUR_PREVIEW_1));
  if (preview_ && !demur::detail::offers(*preview_, &demur_preview_1::explain))
    throw refused("leaves out explain of " DEMUR_PREVIEW_1 "; expected a function.");
  text_ = static_cast<const demur_text_1*>(plugin_->get_interface(instance_, DEMUR_TEXT_1));
  if (text_ && !demur::detail::offers(*text_, &demur_text_1::fit))
    throw refused("leaves out fit of " DEMUR_TEXT_1 "; expected a function.");
}

inline void host::ask_constants() {
  reason_ = demur::detail::view(strategy_->reason(instance_));
  if (!demur::detail::is_plugin_name(reason_))
    throw refused("answers to the reason " + detail::quoted(reason_) +
                  "; expected 1 to 64 of the characters a-z, 0-9 and _.");
  half_life_days_ = strategy_->half_life_days(instance_);
  if (!std::isfinite(half_life_days_) || half_life_days_ > 36'500.0)
    throw refused("has a half-life of " + in_words(half_life_days_) + " days; expected at most 36500.");
}

inline double host::weight(void* state, const demur_dislike* row, demur_text family, demur_text value) {
  auto& it = self(state);
  if (std::find(it.rows_.begin(), it.rows_.end(), row) == it.rows_.end())
    return std::numeric_limits<double>::quiet_NaN();
  const auto found =
      it.weights_.find(std::string(demur::detail::view(row->user_id)) + "\n" +
                       std::string(demur::detail::view(family)) + ":" + std::string(demur::detail::view(value)));
  return found == it.weights_.end() ? 1.0 : found->second;
}

inline const demur_movie* host::find_movie(void* state, std::int64_t movie_id) {
  auto& it = self(state);
  // Made anew each time, so that a memory checker sees who looks at the row before.
  it.found_.reset();
  const auto found = it.movies_.find(movie_id);
  if (it.rows_.empty() || found == it.movies_.end()) return nullptr;
  it.found_ = std::make_unique<movie_row>(found->second);
  return &it.found_->row();
}

inline const void* host::get_service(void* state, const char* service) {
  static constexpr demur_log_1 log{sizeof(demur_log_1), write_log};
  static constexpr demur_clock_1 clock{sizeof(demur_clock_1), now_ms};
  static constexpr demur_weights_1 weights{sizeof(demur_weights_1), weight};
  static constexpr demur_catalogue_1 catalogue{sizeof(demur_catalogue_1), find_movie};
  const auto& it = self(state);
  const std::string_view wanted = service;
  if (!it.creating_) return nullptr;
  if (wanted == DEMUR_LOG_1 && it.offered_.log) return &log;
  if (wanted == DEMUR_CLOCK_1 && it.offered_.clock) return &clock;
  if (wanted == DEMUR_WEIGHTS_1 && it.offered_.weights) return &weights;
  if (wanted == DEMUR_CATALOGUE_1 && it.offered_.catalogue) return &catalogue;
  return nullptr;
}

inline answer host::adjust(const dislike& asked) {
  const dislike_row row(asked, reason_);
  detail::checked_sink sink(offered_.abi_minor);
  const auto working = at_work_on({&row.row()});
  const demur_status status = strategy_->adjust(instance_, &row.row(), &sink.table());
  return sink.take(status, reports());
}

inline std::vector<answer> host::adjust_batch(const std::vector<dislike>& asked) {
  std::vector<answer> single;
  for (const auto& one : asked) single.push_back(adjust(one));
  if (!answers_batches()) return single;

  std::vector<std::unique_ptr<dislike_row>> rows;
  std::vector<std::unique_ptr<detail::checked_sink>> sinks;
  std::vector<const demur_dislike*> row_tables;
  std::vector<const demur_sink*> sink_tables;
  for (const auto& one : asked) {
    row_tables.push_back(&rows.emplace_back(std::make_unique<dislike_row>(one, reason_))->row());
    sink_tables.push_back(&sinks.emplace_back(std::make_unique<detail::checked_sink>(offered_.abi_minor))->table());
  }
  std::vector<demur_status> statuses(asked.size(), DEMUR_OK);
  const auto working = at_work_on(row_tables);
  const demur_status whole =
      strategy_->adjust_batch(instance_, row_tables.data(), sink_tables.data(), statuses.data(), asked.size());

  const std::string said = reports();
  std::vector<answer> answers;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    auto& one = answers.emplace_back(sinks[i]->take(whole == DEMUR_OK ? statuses[i] : whole, said));
    const bool same = one.taken() == single[i].taken() && (!one.taken() || one.in_words() == single[i].in_words());
    if (!same)
      one.refusal =
          "answered " + one.in_words() + " in a batch; expected the answer of adjust(): " + single[i].in_words();
  }
  return answers;
}

inline std::string host::explain(const dislike& asked) {
  if (!explains()) throw refused("has no interface " DEMUR_PREVIEW_1 ".");
  struct {
    std::string text;
    std::string fault;
  } heard;
  using heard_text = decltype(heard);
  const demur_text_sink sink{sizeof(demur_text_sink), &heard, [](void* state, demur_text text) -> demur_status {
                               auto& it = *static_cast<heard_text*>(state);
                               const auto said = demur::detail::view(text);
                               it.text = said;
                               if (text.size > 2'000) it.fault = "explains in " + std::to_string(text.size) + " bytes";
                               if (!detail::is_utf8(said)) it.fault = "explains in something that is not UTF-8";
                               return it.fault.empty() ? DEMUR_OK : DEMUR_ERROR;
                             }};
  const dislike_row row(asked, reason_);
  const auto working = at_work_on({&row.row()});
  const demur_status status = preview_->explain(instance_, &row.row(), &sink);
  if (!heard.fault.empty()) throw refused(heard.fault + "; expected UTF-8 of at most 2000 bytes.");
  if (status != DEMUR_OK)
    throw refused("failed to explain with status " + std::to_string(status) + " (" + reports() + ")");
  return heard.text;
}

inline double host::fit(std::string_view words) {
  if (!hears_words()) throw refused("has no interface " DEMUR_TEXT_1 ".");
  const double said = text_->fit(instance_, demur::detail::border_text(words));
  // Also false for NaN.
  if (!(said >= 0.0 && said <= 1.0))
    throw refused("says that words fit by " + in_words(said) + " (" + reports() + "); expected 0 to 1.");
  return said;
}

}  // namespace demur::testing
