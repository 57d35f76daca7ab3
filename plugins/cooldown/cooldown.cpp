#include <demur/plugin.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>

namespace {

/// "Enough for now": the item is hidden for a while, and what is like it counts for little until then; after that it comes
/// back in a straight line. The shape is the one published of a large network's "see fewer of these": 14 days at a fifth,
/// 140 to rise.
class cooldown {
public:
  explicit cooldown(const demur::plugin_config& config)
      : hide_days_(config.number("hide_days", 14, demur::above(0).at_most(36'500))),
        rise_days_(config.number("rise_days", 140, demur::at_least(0).at_most(36'500))),
        floor_(config.number("floor", 0.2, demur::at_least(0).at_most(1))) {}

  // Nothing of it fades by halves.
  double half_life_days() const { return demur::hosts_half_life; }

  void adjust(const demur::disliked& dislike, demur::adjustment_sink& answer) const {
    answer.hide_item(hide_days_);
    const auto lower = [&](std::string_view family, std::string_view value) {
      answer.adjust_with_rise(family, value, floor_ - 1.0, hide_days_, rise_days_);
    };
    if (const auto franchise = dislike.franchise()) {
      lower("franchise", *franchise);
    } else {
      for (const auto genre : dislike.genres()) lower("genre", genre);
    }
  }

  std::string explain(const demur::disliked& dislike) const {
    std::ostringstream words;
    words.imbue(std::locale::classic());
    words << "Hides this for " << hide_days_ << " days.";
    const std::string like_it = what_is_like(dislike);
    if (!like_it.empty())
      words << " As long, " << like_it << " counts " << std::round(100.0 * floor_)
            << " %; then more each day, and after " << hide_days_ + rise_days_ << " days as before.";
    return words.str();
  }

  double fit(std::string_view feedback_text) const {
    constexpr std::array<std::string_view, 7> phrases = {"enough",  "too much", "too many", "too often",
                                                         "for now", "not now",  "not again"};
    const auto said = [&](std::string_view phrase) { return demur::mentions(feedback_text, phrase); };
    return std::any_of(phrases.begin(), phrases.end(), said) ? 0.9 : 0.0;
  }

private:
  static std::string what_is_like(const demur::disliked& dislike) {
    if (const auto franchise = dislike.franchise()) return "whatever belongs to " + std::string(*franchise);
    const auto genres = dislike.genres();
    std::string names;
    // An explanation has 2,000 bytes, a name up to 400.
    for (std::size_t i = 0; i < std::min<std::size_t>(genres.size(), 3); ++i)
      names.append(names.empty() ? "" : " or ").append(genres[i]);
    if (genres.size() > 3) names += " and so on";
    return names.empty() ? "" : "whatever is " + names;
  }

  double hide_days_;
  double rise_days_;
  double floor_;
};

}  // namespace

DEMUR_EXPORT_STRATEGY(cooldown, "cooldown", "1.0.0")
