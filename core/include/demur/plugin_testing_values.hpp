#pragma once

#include <demur/plugin.h>
#include <demur/plugin_values.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <locale>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What goes into a strategy under test and what comes out of it; part of `plugin_testing.hpp`.
namespace demur::testing {

/// `-0.15`, also what JSON has no words for: `nan`, `inf`.
inline std::string in_words(double number) {
  std::ostringstream words;
  words.imbue(std::locale::classic());
  words.precision(15);
  words << number;
  return words.str();
}

/// A dislike to ask a strategy about: `dislike().user("ann").genres({"Horror"})`. What is not said: the user `ann`, the
/// title `A film`, the strategy's own reason, noon of 2026-01-31; nothing else.
class dislike {
public:
  dislike& user(std::string name) { return user_ = std::move(name), *this; }
  dislike& movie(std::int64_t number) { return movie_ = number, *this; }
  dislike& title(std::string text) { return title_ = std::move(text), *this; }
  dislike& score(double predicted) { return score_ = predicted, *this; }
  dislike& reason(std::string name) { return reason_ = std::move(name), *this; }
  dislike& feedback(std::string text) { return feedback_ = std::move(text), *this; }
  dislike& genres(std::vector<std::string> names) { return genres_ = std::move(names), *this; }
  dislike& cast(std::vector<std::string> names) { return cast_ = std::move(names), *this; }
  dislike& franchise(std::string name) { return franchise_ = std::move(name), *this; }
  dislike& context(std::string json) { return context_ = std::move(json), *this; }
  dislike& at(std::chrono::milliseconds since_1970) { return created_at_ = since_1970, *this; }

private:
  friend class dislike_row;

  std::string user_ = "ann";
  std::optional<std::int64_t> movie_;
  std::string title_ = "A film";
  std::optional<double> score_;
  std::optional<std::string> reason_;
  std::string feedback_;
  std::vector<std::string> genres_;
  std::vector<std::string> cast_;
  std::optional<std::string> franchise_;
  std::string context_;
  std::chrono::milliseconds created_at_{1'769'860'800'000};
};

/// A row of the catalogue: `movie(12).title("Saw").genres({"Horror"})`.
class movie {
public:
  explicit movie(std::int64_t number) : id_(number) {}
  movie& title(std::string text) { return title_ = std::move(text), *this; }
  movie& genres(std::vector<std::string> names) { return genres_ = std::move(names), *this; }
  movie& cast(std::vector<std::string> names) { return cast_ = std::move(names), *this; }
  movie& franchise(std::string name) { return franchise_ = std::move(name), *this; }

  std::int64_t id() const { return id_; }

private:
  friend class movie_row;

  std::int64_t id_;
  std::string title_ = "A film";
  std::vector<std::string> genres_;
  std::vector<std::string> cast_;
  std::optional<std::string> franchise_;
};

/// How long an adjustment stays as it is, and in how many days it then rises to nothing.
struct rise {
  double hold_days = 0.0;
  double rise_days = 0.0;

  friend bool operator==(const rise& left, const rise& right) {
    return left.hold_days == right.hold_days && left.rise_days == right.rise_days;
  }
};

/// One adjustment of a user's weight. With neither of the two it fades with the strategy's half-life.
struct adjustment {
  std::string feature;  ///< `genre:Horror`
  double magnitude = 0.0;
  std::optional<double> half_life_days;  ///< of its own
  std::optional<testing::rise> rise;

  /// `genre:Horror -0.15`, `genre:Horror -0.8 for 14 days, then rising for 140`.
  std::string in_words() const {
    std::string words = feature + " " + testing::in_words(magnitude);
    if (half_life_days) words += " with half-life " + testing::in_words(*half_life_days);
    if (rise)
      words +=
          " for " + testing::in_words(rise->hold_days) + " days, then rising for " + testing::in_words(rise->rise_days);
    return words;
  }

  friend bool operator==(const adjustment& left, const adjustment& right) {
    return left.feature == right.feature && left.magnitude == right.magnitude &&
           left.half_life_days == right.half_life_days && left.rise == right.rise;
  }
};

/// What a strategy says to one dislike, as the host keeps it.
struct answer {
  demur_status status = DEMUR_OK;       ///< of the call
  std::vector<adjustment> adjustments;  ///< in the strategy's order
  bool filter_item = false;             ///< hidden for ever
  std::optional<double> hide_days;      ///< hidden for so long
  double training_factor = 1.0;
  std::string refusal;  ///< why the host keeps nothing of it, `gave ...; expected ....`; empty if it is taken
  std::string reports;  ///< what was reported and logged, `; ` between; logged is `warn: ...`

  bool taken() const { return refusal.empty(); }
  /// Of a feature, `genre:Horror`; NaN, which equals nothing, if it is not adjusted.
  double magnitude(std::string_view feature) const {
    for (const auto& one : adjustments)
      if (one.feature == feature) return one.magnitude;
    return std::numeric_limits<double>::quiet_NaN();
  }

  /// All but the reports: `genre:Horror -0.15; hidden for 14 days; training factor 0`, `nothing`, or the refusal.
  std::string in_words() const {
    if (!taken()) return refusal;
    std::string words;
    const auto say = [&](const std::string& part) { words += (words.empty() ? "" : "; ") + part; };
    for (const auto& one : adjustments) say(one.in_words());
    if (filter_item) say("hidden for ever");
    if (hide_days) say("hidden for " + testing::in_words(*hide_days) + " days");
    if (training_factor != 1.0) say("training factor " + testing::in_words(training_factor));
    return words.empty() ? "nothing" : words;
  }
};

namespace detail {

inline std::vector<demur_text> border_texts(const std::vector<std::string>& texts) {
  std::vector<demur_text> row;
  for (const auto& text : texts) row.push_back(demur::detail::border_text(text));
  return row;
}

}  // namespace detail

/// A dislike as it crosses the border. Must not outlive what it is made of.
class dislike_row {
public:
  dislike_row(const dislike& from, std::string_view reason)
      : genres_(detail::border_texts(from.genres_)), cast_(detail::border_texts(from.cast_)) {
    using demur::detail::border_text;
    row_.size = sizeof row_;
    row_.has_movie_id = from.movie_.has_value();
    row_.movie_id = from.movie_.value_or(0);
    row_.has_predicted_score = from.score_.has_value();
    row_.predicted_score = from.score_.value_or(0.0);
    row_.has_franchise = from.franchise_.has_value();
    if (from.franchise_) row_.franchise = border_text(*from.franchise_);
    row_.user_id = border_text(from.user_);
    row_.movie_title = border_text(from.title_);
    row_.reason = border_text(from.reason_ ? std::string_view(*from.reason_) : reason);
    row_.feedback_text = border_text(from.feedback_);
    row_.genres = genres_.data();
    row_.genre_count = genres_.size();
    row_.cast = cast_.data();
    row_.cast_count = cast_.size();
    row_.created_at_ms = from.created_at_.count();
    row_.context = border_text(from.context_);
  }
  // The row points to the object.
  dislike_row(const dislike_row&) = delete;
  dislike_row& operator=(const dislike_row&) = delete;

  const demur_dislike& row() const { return row_; }

private:
  std::vector<demur_text> genres_;
  std::vector<demur_text> cast_;
  demur_dislike row_{};
};

/// A row of the catalogue as it crosses the border, with texts of its own.
class movie_row {
public:
  explicit movie_row(const movie& from)
      : from_(from), genres_(detail::border_texts(from_.genres_)), cast_(detail::border_texts(from_.cast_)) {
    row_.size = sizeof row_;
    row_.movie_id = from_.id_;
    row_.movie_title = demur::detail::border_text(from_.title_);
    row_.has_franchise = from_.franchise_.has_value();
    if (from_.franchise_) row_.franchise = demur::detail::border_text(*from_.franchise_);
    row_.genres = genres_.data();
    row_.genre_count = genres_.size();
    row_.cast = cast_.data();
    row_.cast_count = cast_.size();
  }
  movie_row(const movie_row&) = delete;
  movie_row& operator=(const movie_row&) = delete;

  const demur_movie& row() const { return row_; }

private:
  movie from_;
  std::vector<demur_text> genres_;
  std::vector<demur_text> cast_;
  demur_movie row_{};
};

}  // namespace demur::testing
