#include "plugin/strategy.hpp"

#include "domain/rules.hpp"
#include "domain/text.hpp"
#include "plugin/fault.hpp"

#include <cmath>
#include <exception>
#include <new>
#include <utility>

namespace demur::plugin {

namespace {

constexpr double longest_half_life_days = 36'500.0;

demur_text border_text(std::string_view text) { return {text.data(), text.size()}; }

void fill(std::vector<demur_text>& views, const std::vector<std::string>& texts) {
  views.clear();
  for (const auto& text : texts) views.push_back(border_text(text));
}

/// Calls into a plugin. Plain C promises that nothing is thrown; a promise is not enough.
template <class Call>
std::optional<fault> guarded(const char* function, const Call& call) {
  constexpr const char* expected = "that no exception leaves a plugin";
  try {
    call();
    return std::nullopt;
  } catch (const std::exception& thrown) {
    return fault{"threw " + quoted_excerpt(thrown.what()) + " from " + function, expected};
  } catch (...) {
    return fault{"threw something that is no std::exception from " + std::string(function), expected};
  }
}

}  // namespace

result<std::unique_ptr<strategy>> strategy::create(const library& from, const std::string& config, listener told) {
  std::unique_ptr<strategy> made(new strategy(from, std::move(told)));
  if (const auto wrong = made->start(config)) return made->blamed(*wrong, error_code::bad_value);
  made->pass_on_reports();
  return made;
}

strategy::strategy(const library& from, listener told)
    : from_(from),
      told_(std::move(told)),
      host_{.size = sizeof(demur_host), .state = this, .report = [](void* state, demur_text sentence) noexcept {
              static_cast<strategy*>(state)->reports_.add(view(sentence));
            }} {}

strategy::~strategy() {
  // Whoever takes the system down cannot do anything about a plugin that fails to end.
  if (instance_) (void)guarded("destroy", [this] { from_.entry->destroy(instance_); });
}

std::optional<fault> strategy::start(const std::string& config) {
  auto wrong = guarded("create", [&] { instance_ = from_.entry->create(&host_, border_text(config)); });
  if (!wrong && !instance_)
    wrong = fault{"refused its settings", "settings in [plugins." + from_.name + "] that it takes"};
  if (!wrong) wrong = find_interface();
  if (!wrong) wrong = ask_constants();
  return wrong;
}

std::optional<fault> strategy::find_interface() {
  const void* found = nullptr;
  if (auto wrong = guarded("get_interface", [&] { found = from_.entry->get_interface(instance_, DEMUR_STRATEGY_1); }))
    return wrong;
  if (!found) return fault{"has no interface " DEMUR_STRATEGY_1, "one"};
  interface_ = static_cast<const demur_strategy_1*>(found);
  if (interface_->size < sizeof(demur_strategy_1))
    return fault{"describes its " DEMUR_STRATEGY_1 " in " + std::to_string(interface_->size) + " bytes",
                 "at least " + std::to_string(sizeof(demur_strategy_1))};
  if (!interface_->reason || !interface_->half_life_days || !interface_->adjust)
    return fault{"leaves out one of reason, half_life_days and adjust", "all three"};
  return std::nullopt;
}

std::optional<fault> strategy::ask_constants() {
  if (auto wrong = guarded("reason", [&] { reason_ = view(interface_->reason(instance_)); })) return wrong;
  if (!rules::is_reason(reason_))
    return fault{"answers to the reason " + quoted_excerpt(reason_), std::string(rules::allowed_reason)};
  if (auto wrong = guarded("half_life_days", [&] { half_life_days_ = interface_->half_life_days(instance_); }))
    return wrong;
  if (!std::isfinite(half_life_days_) || half_life_days_ > longest_half_life_days)
    return fault{"has a half-life of " + plugin::in_words(half_life_days_) + " days", "at most 36500"};
  return std::nullopt;
}

result<verdict> strategy::adjust(const dislike& row) {
  calls_.fetch_add(1, std::memory_order_relaxed);
  // Short enough for a string without an allocation.
  error problem;
  problem.detail = "Out of memory.";
  try {
    const auto wrong = ask(view_of(row));
    if (!wrong) {
      pass_on_reports();
      return sink_.take();
    }
    problem = blamed(*wrong, error_code::internal);
  } catch (const std::bad_alloc&) {
    // The sentence stands there already.
  }
  failures_.fetch_add(1, std::memory_order_relaxed);
  return problem;
}

std::optional<fault> strategy::ask(const demur_dislike& row) {
  sink_.begin();
  demur_status status = DEMUR_OK;
  if (auto thrown = guarded("adjust", [&] { status = interface_->adjust(instance_, &row, &sink_.table()); }))
    return thrown;
  if (sink_.wrong()) return sink_.wrong();
  if (status == DEMUR_OK) return std::nullopt;
  return fault{"failed with status " + std::to_string(status), "status " + std::to_string(DEMUR_OK)};
}

demur_dislike strategy::view_of(const dislike& row) {
  fill(genres_, row.genres);
  fill(cast_, row.cast);
  return {
      .size = sizeof(demur_dislike),
      .has_movie_id = row.movie_id.has_value(),
      .movie_id = row.movie_id.value_or(0),
      .has_predicted_score = row.predicted_score.has_value(),
      .has_franchise = row.franchise.has_value(),
      .predicted_score = row.predicted_score.value_or(0.0),
      .user_id = border_text(row.user_id),
      .movie_title = border_text(row.movie_title),
      .reason = border_text(row.reason),
      .feedback_text = row.feedback_text ? border_text(*row.feedback_text) : demur_text{},
      .franchise = row.franchise ? border_text(*row.franchise) : demur_text{},
      .genres = genres_.data(),
      .genre_count = genres_.size(),
      .cast = cast_.data(),
      .cast_count = cast_.size(),
      .created_at_ms = row.created_at.time_since_epoch().count(),
      .context = border_text(row.context),
  };
}

error strategy::blamed(fault wrong, error_code code) {
  const std::string said = reports_.take();
  if (!said.empty()) wrong.found += " (" + said + ")";
  return blame(in_words(), wrong, code);
}

void strategy::pass_on_reports() {
  const std::string said = reports_.take();
  if (!said.empty() && told_) told_(*this, said);
}

}  // namespace demur::plugin
