#include "plugin/in_process_strategy.hpp"

#include "domain/feature.hpp"
#include "domain/rules.hpp"
#include "domain/text.hpp"
#include "plugin/guarded.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <exception>
#include <functional>
#include <limits>
#include <new>
#include <utility>

namespace demur::plugin {

namespace {

demur_text border_text(std::string_view text) { return {text.data(), text.size()}; }

void append(std::vector<demur_text>& views, const std::vector<std::string>& texts) {
  for (const auto& text : texts) views.push_back(border_text(text));
}

std::optional<fault> status_fault(demur_status status) {
  if (status == DEMUR_OK) return std::nullopt;
  return fault{"failed with status " + std::to_string(status), "status " + std::to_string(DEMUR_OK)};
}

/// Whether a table that may have grown since reaches as far as this member.
template <class Table, class Member>
bool reaches(const Table& table, const Member& member) {
  const auto offset = reinterpret_cast<const std::byte*>(&member) - reinterpret_cast<const std::byte*>(&table);
  return table.size >= static_cast<std::size_t>(offset) + sizeof(Member);
}

constexpr std::array<const char*, 4> log_words = {"debug", "info", "warn", "error"};

}  // namespace

struct in_process_strategy::border {
  static in_process_strategy& self(void* state) { return *static_cast<in_process_strategy*>(state); }

  static void report(void* state, demur_text sentence) noexcept { self(state).reports_.add(view(sentence)); }

  static const void* get_service(void* state, const char* id) noexcept {
    if (!id || !self(state).creating_) return nullptr;
    if (std::strcmp(id, DEMUR_LOG_1) == 0) return &log;
    if (std::strcmp(id, DEMUR_CLOCK_1) == 0) return &clock;
    if (std::strcmp(id, DEMUR_CATALOGUE_1) == 0) return &catalogue;
    if (std::strcmp(id, DEMUR_WEIGHTS_1) != 0) return nullptr;
    self(state).info_.asks_weights = true;
    return &weights;
  }

  static void write(void* state, std::int32_t level, demur_text sentence) noexcept {
    const bool known = level >= 0 && static_cast<std::size_t>(level) < log_words.size();
    self(state).reports_.add(view(sentence), log_words[known ? static_cast<std::size_t>(level) : 1]);
  }

  static std::int64_t now_ms(void* state) noexcept {
    const in_process_strategy& asked = self(state);
    return asked.answering_ ? asked.services_.now.time_since_epoch().count() : 0;
  }

  static double weight(void* state, const demur_dislike* of, demur_text family, demur_text value) noexcept {
    const in_process_strategy& asked = self(state);
    const dislike* row = asked.dislike_of(of);
    if (!row || !asked.services_.weight) return std::numeric_limits<double>::quiet_NaN();
    return asked.services_.weight(*row, feature_name(view(family), view(value)));
  }

  static const demur_movie* find(void* state, std::int64_t movie_id) noexcept {
    in_process_strategy& asked = self(state);
    if (!asked.answering_ || !asked.services_.find_movie) return nullptr;
    const movie* row = asked.services_.find_movie(movie_id);
    if (!row) return nullptr;
    asked.found_names_.clear();
    append(asked.found_names_, row->genres);
    append(asked.found_names_, row->cast);
    asked.found_ = {
        .size = sizeof(demur_movie),
        .has_franchise = row->franchise.has_value(),
        .movie_id = row->movie_id,
        .movie_title = border_text(row->movie_title),
        .franchise = row->franchise ? border_text(*row->franchise) : demur_text{},
        .genres = asked.found_names_.data(),
        .genre_count = row->genres.size(),
        .cast = asked.found_names_.data() + row->genres.size(),
        .cast_count = row->cast.size(),
    };
    return &asked.found_;
  }

  static constexpr demur_log_1 log{sizeof(demur_log_1), write};
  static constexpr demur_clock_1 clock{sizeof(demur_clock_1), now_ms};
  static constexpr demur_weights_1 weights{sizeof(demur_weights_1), weight};
  static constexpr demur_catalogue_1 catalogue{sizeof(demur_catalogue_1), find};
};

result<std::unique_ptr<in_process_strategy>> in_process_strategy::create(const library& from, const std::string& config,
                                                                         std::chrono::milliseconds deadline,
                                                                         listener told) {
  std::unique_ptr<in_process_strategy> made(new in_process_strategy(from, deadline, std::move(told)));
  if (const auto wrong = made->start(config)) return made->blamed(*wrong, error_code::bad_value);
  made->pass_on_reports();
  return made;
}

in_process_strategy::in_process_strategy(const library& from, std::chrono::milliseconds deadline, listener told)
    : strategy(std::move(told)),
      from_(from),
      deadline_(deadline),
      host_{.size = sizeof(demur_host), .state = this, .report = border::report, .get_service = border::get_service} {
  info_.name = from.name;
  info_.version = from.version;
  info_.file = from.file;
  info_.digest = from.digest;
  info_.abi_minor = from.entry->abi_minor;
}

in_process_strategy::~in_process_strategy() {
  // Whoever takes the system down cannot do anything about a plugin that fails to end.
  if (instance_) (void)guarded("destroy", [this] { from_.entry->destroy(instance_); });
}

std::optional<fault> in_process_strategy::start(const std::string& config) {
  creating_ = true;
  auto wrong = guarded("create", [&] { instance_ = from_.entry->create(&host_, border_text(config)); });
  creating_ = false;
  if (!wrong && !instance_)
    wrong = fault{"refused its settings", "settings in [plugins." + from_.name + "] that it takes"};
  if (!wrong) wrong = find_interfaces();
  if (!wrong) wrong = ask_constants();
  return wrong;
}

std::optional<fault> in_process_strategy::find_interfaces() {
  const auto get = [this](const char* id, const void*& found) {
    return guarded("get_interface", [&] { found = from_.entry->get_interface(instance_, id); });
  };
  const void* adjusts = nullptr;
  const void* preview = nullptr;
  const void* text = nullptr;
  for (auto [id, found] : {std::pair{DEMUR_STRATEGY_1, &adjusts}, {DEMUR_PREVIEW_1, &preview}, {DEMUR_TEXT_1, &text}})
    if (auto wrong = get(id, *found)) return wrong;

  if (!adjusts) return fault{"has no interface " DEMUR_STRATEGY_1, "one"};
  strategy_ = static_cast<const demur_strategy_1*>(adjusts);
  const auto too_small = [](const char* id, std::size_t found, std::size_t expected) {
    return fault{"describes its " + std::string(id) + " in " + std::to_string(found) + " bytes",
                 "at least " + std::to_string(expected)};
  };
  if (!reaches(*strategy_, strategy_->adjust))
    return too_small(DEMUR_STRATEGY_1, strategy_->size, offsetof(demur_strategy_1, adjust_batch));
  if (!strategy_->reason || !strategy_->half_life_days || !strategy_->adjust)
    return fault{"leaves out one of reason, half_life_days and adjust", "all three"};
  has_batch_form_ = reaches(*strategy_, strategy_->adjust_batch) && strategy_->adjust_batch;

  preview_ = static_cast<const demur_preview_1*>(preview);
  if (preview_ && (preview_->size < sizeof(demur_preview_1) || !preview_->explain))
    return too_small(DEMUR_PREVIEW_1, preview_->size, sizeof(demur_preview_1));
  text_ = static_cast<const demur_text_1*>(text);
  if (text_ && (text_->size < sizeof(demur_text_1) || !text_->fit))
    return too_small(DEMUR_TEXT_1, text_->size, sizeof(demur_text_1));
  info_.explains = preview_ != nullptr;
  info_.reads_text = text_ != nullptr;
  return std::nullopt;
}

std::optional<fault> in_process_strategy::ask_constants() {
  if (auto wrong = guarded("reason", [&] { info_.reason = view(strategy_->reason(instance_)); })) return wrong;
  if (!rules::is_reason(info_.reason))
    return fault{"answers to the reason " + quoted_excerpt(info_.reason), std::string(rules::allowed_reason)};
  double days = 0.0;
  if (auto wrong = guarded("half_life_days", [&] { days = strategy_->half_life_days(instance_); })) return wrong;
  if (!std::isfinite(days) || days > rules::longest_days)
    return fault{"has a half-life of " + plugin::in_words(days) + " days", "at most 36500"};
  info_.half_life_days = days;
  return std::nullopt;
}

void in_process_strategy::show(std::span<const dislike* const> rows) {
  std::size_t names = 0;
  for (const dislike* row : rows) names += row->genres.size() + row->cast.size();
  names_.clear();
  names_.reserve(names);  // views of it are handed out while it grows
  shown_.clear();
  for (const dislike* row : rows) {
    const demur_text* genres = names_.data() + names_.size();
    append(names_, row->genres);
    const demur_text* cast = names_.data() + names_.size();
    append(names_, row->cast);
    shown_.push_back({
        .size = sizeof(demur_dislike),
        .has_movie_id = row->movie_id.has_value(),
        .movie_id = row->movie_id.value_or(0),
        .has_predicted_score = row->predicted_score.has_value(),
        .has_franchise = row->franchise.has_value(),
        .predicted_score = row->predicted_score.value_or(0.0),
        .user_id = border_text(row->user_id),
        .movie_title = border_text(row->movie_title),
        .reason = border_text(row->reason),
        .feedback_text = row->feedback_text ? border_text(*row->feedback_text) : demur_text{},
        .franchise = row->franchise ? border_text(*row->franchise) : demur_text{},
        .genres = genres,
        .genre_count = row->genres.size(),
        .cast = cast,
        .cast_count = row->cast.size(),
        .created_at_ms = row->created_at.time_since_epoch().count(),
        .context = border_text(row->context),
    });
  }
}

const dislike* in_process_strategy::dislike_of(const demur_dislike* shown) const {
  const std::less<const demur_dislike*> before;
  const demur_dislike* first = shown_.data();
  if (!answering_ || before(shown, first) || !before(shown, first + rows_.size())) return nullptr;
  return rows_[static_cast<std::size_t>(shown - first)];
}

void in_process_strategy::ask(std::span<const dislike* const> rows, const services& from) {
  rows_ = rows;
  services_ = from;
}

void in_process_strategy::ask_one_by_one(std::vector<std::optional<fault>>& wrong) {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    demur_status status = DEMUR_OK;
    wrong[i] = guarded("adjust", [&] { status = strategy_->adjust(instance_, &shown_[i], &sinks_[i]->table()); });
    if (!wrong[i]) wrong[i] = sinks_[i]->wrong();
    if (!wrong[i]) wrong[i] = status_fault(status);
    // What it said of this one must not be held against the next.
    if (const std::string said = wrong[i] ? reports_.take() : ""; !said.empty()) wrong[i]->found += " (" + said + ")";
  }
}

void in_process_strategy::ask_at_once(std::vector<std::optional<fault>>& wrong) {
  std::vector<const demur_dislike*> shown;
  std::vector<const demur_sink*> sinks;
  std::vector<demur_status> statuses(rows_.size(), DEMUR_OK);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    shown.push_back(&shown_[i]);
    sinks.push_back(&sinks_[i]->table());
  }
  demur_status status = DEMUR_OK;
  auto all = guarded("adjust_batch", [&] {
    status = strategy_->adjust_batch(instance_, shown.data(), sinks.data(), statuses.data(), rows_.size());
  });
  if (!all) all = status_fault(status);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    wrong[i] = sinks_[i]->wrong();
    if (!wrong[i]) wrong[i] = all ? all : status_fault(statuses[i]);
  }
}

std::vector<result<verdict>> in_process_strategy::answers() {
  std::vector<result<verdict>> said;
  // Short enough for a string without an allocation.
  error out_of_memory;
  out_of_memory.detail = "Out of memory.";
  try {
    said.reserve(rows_.size());
    show(rows_);
    while (sinks_.size() < rows_.size()) sinks_.push_back(std::make_unique<checked_sink>());
    for (std::size_t i = 0; i < rows_.size(); ++i) sinks_[i]->begin();
    std::vector<std::optional<fault>> wrong(rows_.size());

    answering_ = true;
    const auto began = std::chrono::steady_clock::now();
    if (has_batch_form_ && rows_.size() > 1)
      ask_at_once(wrong);
    else
      ask_one_by_one(wrong);
    const auto took = std::chrono::steady_clock::now() - began;
    answering_ = false;

    figures_.answered(rows_.size(), took);
    if (deadline_.count() > 0 && took > deadline_) figures_.late();
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (wrong[i])
        said.emplace_back(failed(blamed(*std::move(wrong[i]), error_code::internal)));
      else
        said.emplace_back(sinks_[i]->take());
    }
    pass_on_reports();
  } catch (const std::bad_alloc&) {
    answering_ = false;
    while (said.size() < rows_.size()) said.emplace_back(failed(out_of_memory));
  }
  rows_ = {};
  return said;
}

result<std::string> in_process_strategy::explain(const dislike& row, const services& from) {
  if (!preview_) return lacks(DEMUR_PREVIEW_1);
  const dislike* const rows[] = {&row};
  ask(rows, from);
  show(rows_);
  std::string said;
  const demur_text_sink sink{sizeof(demur_text_sink), &said, [](void* state, demur_text text) noexcept -> demur_status {
                               constexpr std::size_t longest = 2'000;
                               if (view(text).size() > longest || !is_utf8(view(text))) return DEMUR_ERROR;
                               *static_cast<std::string*>(state) = view(text);
                               return DEMUR_OK;
                             }};
  demur_status status = DEMUR_OK;
  answering_ = true;
  auto wrong = guarded("explain", [&] { status = preview_->explain(instance_, shown_.data(), &sink); });
  answering_ = false;
  rows_ = {};
  if (!wrong) wrong = status_fault(status);
  if (wrong) return failed(blamed(*std::move(wrong), error_code::internal));
  pass_on_reports();
  return said;
}

result<double> in_process_strategy::fit(std::string_view feedback_text) {
  if (!text_) return lacks(DEMUR_TEXT_1);
  double fits = 0.0;
  auto wrong = guarded("fit", [&] { fits = text_->fit(instance_, border_text(feedback_text)); });
  if (!wrong && !(fits >= 0.0 && fits <= 1.0))
    wrong = fault{"says that words fit by " + plugin::in_words(fits), "0 to 1"};
  if (wrong) return failed(blamed(*std::move(wrong), error_code::internal));
  pass_on_reports();
  return fits + 0.0;
}

error in_process_strategy::blamed(fault wrong, error_code code) {
  const std::string said = reports_.take();
  if (!said.empty()) wrong.found += " (" + said + ")";
  return blame(in_words(), wrong, code);
}

void in_process_strategy::pass_on_reports() { tell(reports_.take()); }

}  // namespace demur::plugin
