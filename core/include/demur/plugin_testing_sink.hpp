#pragma once

#include <demur/plugin.h>
#include <demur/plugin_testing_values.hpp>
#include <demur/plugin_values.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// The host's end of a sink, which checks what a strategy says as the server does; part of `plugin_testing.hpp`.
namespace demur::testing::detail {

/// The length of the UTF-8 character that `text` begins with; 0 if it begins with none (Unicode, table 3-7).
inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  if (text.empty() || (byte(0) >= 0x80 && byte(0) < 0xC2) || byte(0) > 0xF4) return 0;
  const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  // Forms that are too long, surrogates, and what lies above U+10FFFF.
  if (length == 3 && ((byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xED && byte(1) > 0x9F))) return 0;
  if (length == 4 && ((byte(0) == 0xF0 && byte(1) < 0x90) || (byte(0) == 0xF4 && byte(1) > 0x8F))) return 0;
  return length;
}

inline bool is_control(char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F; }

/// The characters of a text; nothing if it is not UTF-8 or has a control character.
inline std::optional<std::size_t> count_characters(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) {
    const std::size_t length = utf8_length(text);
    if (length == 0 || is_control(text.front())) return std::nullopt;
    text.remove_prefix(length);
  }
  return count;
}

inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// In quotes, printable and not too long.
inline std::string quoted(std::string_view text) {
  std::string words = "\"";
  for (std::size_t characters = 0; !text.empty(); ++characters) {
    if (characters == 60) return words + "...\"";
    const std::size_t length = utf8_length(text);
    words += length == 0 || is_control(text.front()) ? std::string_view("?") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return words + "\"";
}

/// Takes one answer. The first fault voids it and refuses all that follows, whether or not the strategy looks at its
/// status. `abi_minor` 0: as a host of ABI 1.0 has it.
class checked_sink {
public:
  explicit checked_sink(unsigned abi_minor = DEMUR_ABI_MINOR) {
    table_.size = abi_minor == 0 ? offsetof(demur_sink, adjust_with_half_life) : sizeof(demur_sink);
    table_.state = this;
    table_.adjust = adjust;
    table_.filter_item = filter_item;
    table_.training_factor = training_factor;
    if (abi_minor == 0) return;
    table_.adjust_with_half_life = adjust_with_half_life;
    table_.adjust_with_rise = adjust_with_rise;
    table_.hide_item = hide_item;
  }
  // The table points to the object.
  checked_sink(const checked_sink&) = delete;
  checked_sink& operator=(const checked_sink&) = delete;

  const demur_sink& table() const { return table_; }
  /// What was said, or of a call that ended with another status or with a fault nothing but why.
  answer take(demur_status status, const std::string& reports) {
    answer said;
    if (fault_.empty() && status != DEMUR_OK)
      fault_ = "failed with status " + std::to_string(status) + (reports.empty() ? "" : " (" + reports + ")") +
               "; expected status 0.";
    if (fault_.empty()) said = std::move(answer_);
    said.status = status;
    said.refusal = fault_;
    said.reports = reports;
    return said;
  }

private:
  static demur_status adjust(void* state, demur_text family, demur_text value, double magnitude) {
    return self(state).add(family, value, magnitude, {}, {});
  }
  static demur_status adjust_with_half_life(void* state, demur_text family, demur_text value, double magnitude,
                                            double days) {
    return self(state).add(family, value, magnitude, days, {});
  }
  static demur_status adjust_with_rise(void* state, demur_text family, demur_text value, double magnitude,
                                       double hold_days, double rise_days) {
    return self(state).add(family, value, magnitude, {}, rise{hold_days, rise_days});
  }
  static demur_status filter_item(void* state) {
    return self(state).take([](checked_sink& it) {
      it.answer_.filter_item = true;
      it.answer_.hide_days.reset();
      return std::string();
    });
  }
  static demur_status hide_item(void* state, double days) {
    return self(state).take([&](checked_sink& it) {
      if (!(days > 0.0 && days <= longest_days))
        return "hides the item for " + in_words(days) + " days; expected above 0 and at most 36500.";
      it.answer_.filter_item = false;
      it.answer_.hide_days = days;
      return std::string();
    });
  }
  static demur_status training_factor(void* state, double factor) {
    return self(state).take([&](checked_sink& it) {
      if (!(factor >= 0.0 && factor <= 1.0))
        return "gave the training factor " + in_words(factor) + "; expected 0 <= factor <= 1.";
      it.answer_.training_factor = factor + 0.0;
      return std::string();
    });
  }

  static constexpr double longest_days = 36'500.0;
  static constexpr std::size_t max_adjustments = 256;

  static checked_sink& self(void* state) { return *static_cast<checked_sink*>(state); }

  /// `action` returns what is wrong, empty if nothing.
  template <class Action>
  demur_status take(const Action& action) {
    if (fault_.empty()) fault_ = action(*this);
    return fault_.empty() ? DEMUR_OK : DEMUR_ERROR;
  }

  demur_status add(demur_text family, demur_text value, double magnitude, std::optional<double> half_life,
                   std::optional<rise> rising) {
    return take([&](checked_sink& it) {
      std::string wrong = check_text("family", family, 32);
      if (wrong.empty()) wrong = check_text("value", value, 400);
      if (wrong.empty()) wrong = check_feature(demur::detail::view(family), demur::detail::view(value));
      if (!wrong.empty()) return wrong;
      adjustment made{std::string(demur::detail::view(family)) + ":" + std::string(demur::detail::view(value)),
                      magnitude + 0.0, half_life, rising};
      wrong = check_fading(made);
      if (wrong.empty() && it.answer_.adjustments.size() == max_adjustments)
        wrong = "gave more than 256 adjustments; expected at most 256.";
      for (const auto& other : it.answer_.adjustments)
        if (wrong.empty() && other.feature == made.feature)
          wrong = "adjusted " + made.feature + " twice; expected one adjustment of a feature.";
      if (wrong.empty()) it.answer_.adjustments.push_back(std::move(made));
      return wrong;
    });
  }

  static std::string check_text(const std::string& what, const demur_text& text, std::size_t max_bytes) {
    const std::string gave = "gave a " + what + " of " + std::to_string(text.size) + " bytes";
    if (text.size > max_bytes) return gave + "; expected at most " + std::to_string(max_bytes) + ".";
    if (!text.data && text.size > 0) return gave + " at no address; expected a text.";
    return "";
  }
  static std::string check_feature(std::string_view family, std::string_view value) {
    const auto allowed = [](char letter) { return (letter >= 'a' && letter <= 'z') || letter == '_'; };
    if (family.empty() || !std::all_of(family.begin(), family.end(), allowed))
      return "gave the family " + quoted(family) + "; expected 1 to 32 characters of a-z and _.";
    if (family == "movie" || family == "title" || family == "dislikes")
      return "gave the family " + quoted(family) + "; expected one that is not the host's own.";
    const auto characters = count_characters(value);
    if (!characters || *characters == 0 || *characters > 100)
      return "gave the " + std::string(family) + " " + quoted(value) +
             "; expected UTF-8 of 1 to 100 characters, none of them a control character.";
    return "";
  }
  static std::string check_fading(const adjustment& made) {
    // All also false for NaN.
    const auto is_days = [](double days) { return days >= 0.0 && days <= longest_days; };
    if (!(made.magnitude >= -1.0 && made.magnitude < 1.0))
      return "gave " + made.feature + " the magnitude " + in_words(made.magnitude) + "; expected -1 <= magnitude < 1.";
    if (made.half_life_days && !is_days(*made.half_life_days))
      return "gave " + made.feature + " a half-life of " + in_words(*made.half_life_days) +
             " days; expected 0 to 36500.";
    if (!made.rise) return "";
    if (!is_days(made.rise->hold_days) || !is_days(made.rise->rise_days))
      return "lets " + made.feature + " hold for " + in_words(made.rise->hold_days) + " days and rise for " +
             in_words(made.rise->rise_days) + "; expected both 0 to 36500.";
    if (made.magnitude > 0.0)
      return "gave " + made.feature + ", which is to rise, the magnitude " + in_words(made.magnitude) +
             "; expected -1 <= magnitude <= 0.";
    return "";
  }

  demur_sink table_{};
  answer answer_;
  std::string fault_;
};

}  // namespace demur::testing::detail
