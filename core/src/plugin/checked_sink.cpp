#include "plugin/checked_sink.hpp"

#include "domain/feature.hpp"
#include "domain/rules.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <functional>
#include <utility>

namespace demur::plugin {

namespace {

constexpr std::size_t max_adjustments = 256;
constexpr std::size_t max_family = 32;
constexpr std::size_t max_bytes_of_a_character = 4;

/// Under these the host keeps a user's hidden items and his tally; see reason_state.
constexpr std::array<std::string_view, 3> reserved_families = {"movie", "title", "dislikes"};

/// Nothing of a text is read if it cannot be right by its size alone.
std::optional<fault> check_text(const char* what, const demur_text& text, std::size_t max_bytes) {
  if (text.size > max_bytes)
    return fault{"gave a " + std::string(what) + " of " + std::to_string(text.size) + " bytes",
                 "at most " + std::to_string(max_bytes)};
  if (!text.data && text.size > 0)
    return fault{"gave a " + std::string(what) + " of " + std::to_string(text.size) + " bytes at no address", "a text"};
  return std::nullopt;
}

std::optional<fault> check_family(std::string_view family) {
  const auto allowed = [](char letter) { return (letter >= 'a' && letter <= 'z') || letter == '_'; };
  if (family.empty() || !std::all_of(family.begin(), family.end(), allowed))
    return fault{"gave the family " + quoted_excerpt(family), "1 to 32 characters of a-z and _"};
  if (std::find(reserved_families.begin(), reserved_families.end(), family) != reserved_families.end())
    return fault{"gave the family " + quoted_excerpt(family), "one that is not the host's own"};
  return std::nullopt;
}

std::optional<fault> check_value(std::string_view family, std::string_view value) {
  if (is_utf8(value) && rules::obeys(value, rules::name)) return std::nullopt;
  return fault{"gave the " + std::string(family) + " " + quoted_excerpt(value),
               "UTF-8 of " + std::string(rules::name.allowed)};
}

/// Also false for NaN.
bool is_days(double days) { return days >= 0.0 && days <= rules::longest_days; }

std::optional<fault> check_fading(const std::string& feature, const adjustment& how) {
  if (how.half_life_days && !is_days(*how.half_life_days))
    return fault{"gave " + feature + " a half-life of " + in_words(*how.half_life_days) + " days", "0 to 36500"};
  if (!how.rise) return std::nullopt;
  if (!is_days(how.rise->hold_days) || !is_days(how.rise->rise_days))
    return fault{"lets " + feature + " hold for " + in_words(how.rise->hold_days) + " days and rise for " +
                     in_words(how.rise->rise_days),
                 "both 0 to 36500"};
  if (how.magnitude > 0.0)
    return fault{"gave " + feature + ", which is to rise, the magnitude " + in_words(how.magnitude),
                 "-1 <= magnitude <= 0"};
  return std::nullopt;
}

}  // namespace

checked_sink::checked_sink()
    : table_{
          .size = sizeof(demur_sink),
          .state = this,
          .adjust =
              [](void* state, demur_text family, demur_text value, double magnitude) noexcept {
                return add(state, family, value, {{}, magnitude, {}, {}});
              },
          .filter_item =
              [](void* state) noexcept {
                return answer(state, [](checked_sink& self) -> std::optional<fault> {
                  self.answer_.filter_item = true;
                  self.answer_.hide_days.reset();
                  return std::nullopt;
                });
              },
          .training_factor =
              [](void* state, double factor) noexcept {
                return answer(state, [&](checked_sink& self) { return self.scale(factor); });
              },
          .adjust_with_half_life =
              [](void* state, demur_text family, demur_text value, double magnitude, double half_life_days) noexcept {
                return add(state, family, value, {{}, magnitude, half_life_days + 0.0, {}});
              },
          .adjust_with_rise =
              [](void* state, demur_text family, demur_text value, double magnitude, double hold_days,
                 double rise_days) noexcept {
                return add(state, family, value, {{}, magnitude, {}, straight_rise{hold_days + 0.0, rise_days + 0.0}});
              },
          .hide_item =
              [](void* state, double days) noexcept {
                return answer(state, [&](checked_sink& self) { return self.hide(days); });
              }} {}

demur_status checked_sink::add(void* state, demur_text family, demur_text value, adjustment how) noexcept {
  return answer(state, [&](checked_sink& self) {
    auto wrong = check_text("family", family, max_family);
    if (!wrong) wrong = check_text("value", value, rules::name.to * max_bytes_of_a_character);
    return wrong ? wrong : self.add(view(family), view(value), std::move(how));
  });
}

void checked_sink::begin() {
  answer_ = {};
  answer_.adjustments.reserve(usual_count_);
  hashes_.clear();
  wrong_.reset();
}

verdict checked_sink::take() {
  usual_count_ = answer_.adjustments.size();
  return std::move(answer_);
}

template <class Check>
demur_status checked_sink::answer(void* state, Check check) noexcept {
  auto& self = *static_cast<checked_sink*>(state);
  if (self.wrong_) return DEMUR_ERROR;
  try {
    self.wrong_ = check(self);
  } catch (const std::exception&) {
    // Out of memory: there is none for words either.
    self.wrong_.emplace();
  }
  return self.wrong_ ? DEMUR_ERROR : DEMUR_OK;
}

std::optional<fault> checked_sink::add(std::string_view family, std::string_view value, adjustment how) {
  if (auto wrong = check_family(family)) return wrong;
  if (auto wrong = check_value(family, value)) return wrong;
  std::string feature = feature_name(family, value);
  // Also false for NaN.
  if (!(how.magnitude >= -1.0 && how.magnitude < 1.0))
    return fault{"gave " + feature + " the magnitude " + in_words(how.magnitude), "-1 <= magnitude < 1"};
  if (auto wrong = check_fading(feature, how)) return wrong;
  if (answer_.adjustments.size() == max_adjustments)
    return fault{"gave more than " + std::to_string(max_adjustments) + " adjustments",
                 "at most " + std::to_string(max_adjustments)};

  const std::size_t hash = std::hash<std::string>{}(feature);
  for (auto at = std::find(hashes_.begin(), hashes_.end(), hash); at != hashes_.end();
       at = std::find(at + 1, hashes_.end(), hash))
    if (answer_.adjustments[static_cast<std::size_t>(at - hashes_.begin())].feature == feature)
      return fault{"adjusted " + feature + " twice", "one adjustment of a feature"};

  hashes_.push_back(hash);
  // Plus zero: a strategy's -0.0 does not get into tables and receipts.
  how.magnitude += 0.0;
  how.feature = std::move(feature);
  answer_.adjustments.push_back(std::move(how));
  return std::nullopt;
}

std::optional<fault> checked_sink::scale(double factor) {
  if (!(factor >= 0.0 && factor <= 1.0))
    return fault{"gave the training factor " + in_words(factor), "0 <= factor <= 1"};
  answer_.training_factor = factor + 0.0;
  return std::nullopt;
}

std::optional<fault> checked_sink::hide(double days) {
  if (!(days > 0.0 && days <= rules::longest_days))
    return fault{"hides the item for " + in_words(days) + " days", "above 0 and at most 36500"};
  answer_.filter_item = true;
  answer_.hide_days = days;
  return std::nullopt;
}

}  // namespace demur::plugin
