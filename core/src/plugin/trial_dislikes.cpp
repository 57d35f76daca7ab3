#include "plugin/trial_dislikes.hpp"

#include "domain/digest.hpp"
#include "domain/rules.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <utility>

namespace demur::plugin {

namespace {

constexpr std::int64_t some_day_ms = 1'700'000'000'000;
constexpr std::int64_t some_weeks_ms = std::int64_t{1} << 31;

/// Numbers that look random and are the same everywhere (Knuth's MMIX constants).
class number_stream {
public:
  std::uint64_t below(std::uint64_t limit) {
    state_ = state_ * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    return (state_ >> 33U) % limit;
  }
  bool one_in(std::uint64_t count) { return below(count) == 0; }

private:
  std::uint64_t state_ = 1;
};

constexpr std::array<const char*, 12> genres = {"Horror",    "Comedy",     "Drama",          "Sci-Fi",
                                                "Film-Noir", "Children's", "Thriller",       "Western",
                                                "Komödie",   "ドラマ",     "Документальный", "Crime"};
constexpr std::array<const char*, 5> franchises = {"Saw", "Star Wars", "Ocean's", "男はつらいよ", "Die Hard"};
constexpr std::array<const char*, 8> words = {"",
                                              "too long",
                                              "I have seen it before, twice.",
                                              "not again: another prequel",
                                              "boring and slow",
                                              "langweilig",
                                              "the acting was terrible",
                                              "scary 😱, not for me"};

std::string repeated(const std::string& part, std::size_t times) {
  std::string whole;
  for (std::size_t i = 0; i < times; ++i) whole += part;
  return whole;
}

/// So many names of so many characters each, all different.
std::vector<std::string> long_names(std::size_t count, std::size_t characters, const std::string& filler) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i) + " ";
    names.push_back(number + repeated(filler, characters - number.size()));
  }
  return names;
}

dislike plain(const std::string& reason) {
  dislike row;
  row.dislike_id = 1;
  row.user_id = "ann";
  row.movie_id = 215;
  row.movie_title = "Saw II";
  row.predicted_score = 0.75;
  row.reason = reason;
  row.created_at = timestamp(std::chrono::milliseconds(some_day_ms));
  row.genres = {"Horror", "Thriller"};
  row.cast = {"Tobin Bell", "Shawnee Smith"};
  row.franchise = "Saw";
  return row;
}

/// Every text of it.
dislike speaking(const std::string& reason, const std::string& text) {
  dislike row = plain(reason);
  row.movie_title = row.feedback_text.emplace(text);
  row.franchise = text;
  row.genres = {text, "Horror"};
  row.cast = {text};
  row.context = R"({"said":")" + text + R"("})";
  return row;
}

}  // namespace

std::vector<dislike> trial_dislikes(std::size_t count, const std::string& reason) {
  number_stream numbers;
  std::vector<dislike> rows;
  rows.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    dislike row;
    row.dislike_id = static_cast<id>(i) + 1;
    row.user_id = "user-" + std::to_string(numbers.below(20));
    row.movie_title = "Movie " + std::to_string(numbers.below(500));
    if (!numbers.one_in(5)) row.movie_id = static_cast<id>(numbers.below(1'000));
    if (!numbers.one_in(4)) row.predicted_score = static_cast<double>(numbers.below(1'001)) / 1'000.0;
    row.reason = reason;
    if (const char* said = words[numbers.below(words.size())]; *said) row.feedback_text = said;
    row.created_at =
        timestamp(std::chrono::milliseconds(some_day_ms + static_cast<std::int64_t>(numbers.below(some_weeks_ms))));
    for (auto genre = numbers.below(4); genre > 0; --genre)
      rules::add_name(row.genres, genres[numbers.below(genres.size())]);
    for (auto actor = numbers.below(6); actor > 0; --actor)
      rules::add_name(row.cast, "Actor " + std::to_string(numbers.below(100)));
    if (numbers.one_in(3)) row.franchise = franchises[numbers.below(franchises.size())];
    if (numbers.one_in(4)) row.context = R"({"device":"tv","minutes_watched":)" + std::to_string(i) + "}";
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<hostile_dislike> hostile_dislikes(const std::string& reason) {
  std::vector<hostile_dislike> all;
  const auto add = [&](const char* what, auto bend, bool may_come = true) {
    dislike row = plain(reason);
    bend(row);
    all.push_back({what, std::move(row), may_come});
  };
  add("no genres", [](dislike& row) { row.genres.clear(); });
  add("no cast", [](dislike& row) { row.cast.clear(); });
  add("nothing but an id", [](dislike& row) {
    row.movie_title.clear();
    row.genres.clear();
    row.cast.clear();
    row.franchise.reset();
    row.predicted_score.reset();
  });
  add("32 genres and a cast of 32, of 100 characters each", [](dislike& row) {
    row.genres = long_names(rules::features.most, rules::name.to, "x");
    row.cast = long_names(rules::features.most, rules::name.to, "\u00e9");
  });
  add("names of 100 characters of 4 bytes", [](dislike& row) {
    row.genres = long_names(2, rules::name.to, "\U0001F631");
    row.cast = long_names(2, rules::name.to, "\U00020000");
    row.franchise = repeated("\U0001F631", rules::name.to);
  });
  for (const auto& [what, text] : {std::pair{"characters of 4 bytes", "\U0001F631\U0001D11E\U00020000"},
                                   {"marks that turn the direction", "\u202Edrawkcab\u202C \u200F\u05D0\u2067x\u2069"},
                                   {"combining characters", "a\u0301\u0302\u0303\u0304\u0305\u0306 \u0E01\u0E33"},
                                   {"characters of no width", "\uFEFF\u200B\u200D\u2060\uFFFD"},
                                   {"quotes, brackets and per cent signs", "%s%n%x {}[]'`$(id)\\;--"},
                                   {"blanks only", "   "}})
    all.push_back({what, speaking(reason, text)});
  add("a feedback of 2,000 characters of 4 bytes",
      [](dislike& row) { row.feedback_text = repeated("\U0001F631", rules::comment.to); });
  add("a title of 300 characters", [](dislike& row) { row.movie_title = repeated("\u00e9", rules::title.to); });
  add("a context of 4 KiB",
      [](dislike& row) { row.context = R"({"x":")" + std::string(rules::max_context - 8, 'x') + R"("})"; });
  add("movie_id 0", [](dislike& row) { row.movie_id = 0; });
  add("movie_id 2^53 - 1", [](dislike& row) { row.movie_id = rules::max_id; });
  add("a dislike of 1970", [](dislike& row) { row.created_at = timestamp{}; });
  add("a dislike of the year 9999", [](dislike& row) {
    constexpr std::int64_t last_ms = 253'402'300'799'999;
    row.created_at = timestamp(std::chrono::milliseconds(last_ms));
  });
  add("predicted_score 0", [](dislike& row) { row.predicted_score = 0.0; });
  add("predicted_score 1", [](dislike& row) { row.predicted_score = 1.0; });
  add("no predicted_score", [](dislike& row) { row.predicted_score.reset(); });
  add(
      "empty texts everywhere",
      [](dislike& row) {
        row = {};
        row.feedback_text = row.franchise.emplace();
        row.genres = row.cast = {""};
      },
      false);
  add(
      "genres with line breaks and zeros",
      [](dislike& row) {
        row.genres = {"a\nb", std::string("a\0b", 3)};
      },
      false);
  add(
      "one genre twice",
      [](dislike& row) {
        row.genres = {"Horror", "Horror"};
      },
      false);
  add(
      "a context that is no JSON", [](dislike& row) { row.context = R"({"half)"; }, false);
  return all;
}

services trial_services(timestamp earliest) {
  services offered;
  offered.now = std::max(earliest, timestamp(std::chrono::milliseconds(some_day_ms + some_weeks_ms)));
  offered.weight = [](const dislike& of, const std::string& feature) {
    constexpr std::uint64_t steps = 100;
    return static_cast<double>(stable_hash(of.user_id + feature) % steps + 5) / static_cast<double>(steps);
  };
  offered.find_movie = [](id movie_id) -> const movie* {
    static const movie known{215, "Saw II", {"Horror", "Thriller"}, {"Tobin Bell"}, "Saw"};
    static const movie bare{2, "Untitled", {}, {}, std::nullopt};
    if (movie_id % 3 == 0) return nullptr;
    return movie_id % 3 == 1 ? &known : &bare;
  };
  return offered;
}

}  // namespace demur::plugin
