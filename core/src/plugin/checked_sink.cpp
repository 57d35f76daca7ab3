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

}  // namespace

checked_sink::checked_sink()
    : table_{.size = sizeof(demur_sink),
             .state = this,
             .adjust =
                 [](void* state, demur_text family, demur_text value, double magnitude) noexcept {
                   return answer(state, [&](checked_sink& self) {
                     auto wrong = check_text("family", family, max_family);
                     if (!wrong) wrong = check_text("value", value, rules::name.to * max_bytes_of_a_character);
                     return wrong ? wrong : self.add({family.data, family.size}, {value.data, value.size}, magnitude);
                   });
                 },
             .filter_item =
                 [](void* state) noexcept {
                   return answer(state, [](checked_sink& self) -> std::optional<fault> {
                     self.answer_.filter_item = true;
                     return std::nullopt;
                   });
                 },
             .training_factor =
                 [](void* state, double factor) noexcept {
                   return answer(state, [&](checked_sink& self) { return self.scale(factor); });
                 }} {}

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

std::optional<fault> checked_sink::add(std::string_view family, std::string_view value, double magnitude) {
  if (auto wrong = check_family(family)) return wrong;
  if (auto wrong = check_value(family, value)) return wrong;
  std::string feature = feature_name(family, value);
  // Also false for NaN.
  if (!(magnitude >= -1.0 && magnitude < 1.0))
    return fault{"gave " + feature + " the magnitude " + in_words(magnitude), "-1 <= magnitude < 1"};
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
  answer_.adjustments.push_back({std::move(feature), magnitude + 0.0});
  return std::nullopt;
}

std::optional<fault> checked_sink::scale(double factor) {
  if (!(factor >= 0.0 && factor <= 1.0))
    return fault{"gave the training factor " + in_words(factor), "0 <= factor <= 1"};
  answer_.training_factor = factor + 0.0;
  return std::nullopt;
}

}  // namespace demur::plugin
