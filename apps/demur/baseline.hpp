#pragma once

#include <demur/types.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace demur::cli {

/// What was known before a rating was given: predicts it, and guesses why a low one was low. MovieLens has neither.
///
/// prediction = m + (S_u - n_u m) / (n_u + 10) + (S_i - n_i m) / (n_i + 25), clamped to 0.5 .. 5.0, with m the mean of
/// all ratings so far (3.5 before the first), S and n sum and number of the user's and the item's: the shrunken offsets
/// of Koren, "Factor in the Neighbors" (2010), with its 10 and 25, but the user's too taken from the mean alone.
class rating_baseline {
public:
  /// In stars, 0.5 to 5.0.
  double prediction(std::int64_t user, std::int64_t item) const;

  /// wrong_genre:  the user gave the item's genres at least 5 ratings, and their mean is 0.25 or more below the mean of
  ///               all his ratings (a rating counts once for each genre it shares with the item);
  /// poor_quality: else, at least 3 rated the item, and more than half of them 2.0 or lower;
  /// else not_interested.
  std::string reason(std::int64_t user, std::int64_t item, const std::vector<std::string>& genres) const;

  void add(std::int64_t user, std::int64_t item, const std::vector<std::string>& genres, double stars);

private:
  struct tally {
    double sum = 0.0;
    std::int64_t count = 0;
    std::int64_t low = 0;

    void add(double stars);
    double mean() const { return sum / static_cast<double>(count); }
  };
  struct user_tally {
    tally all;
    std::unordered_map<std::string, tally> by_genre;
  };

  tally all_;
  std::unordered_map<std::int64_t, user_tally> users_;
  std::unordered_map<std::int64_t, tally> items_;
};

/// Ratings up to this many stars stand for dislikes.
inline constexpr double dislike_stars = 2.0;

/// Stars to a score: (stars - 0.5) / 4.5, to four digits.
double score_of(double stars);

/// The two rules above in words, for --help.
std::string_view baseline_help();

}  // namespace demur::cli
