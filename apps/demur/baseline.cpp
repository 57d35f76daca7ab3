#include "baseline.hpp"

#include <algorithm>
#include <cmath>

namespace demur::cli {

namespace {

constexpr double prior_mean = 3.5;
constexpr double user_shrinkage = 10.0;
constexpr double item_shrinkage = 25.0;
constexpr std::int64_t genre_ratings = 5;
constexpr double genre_gap = 0.25;
constexpr std::int64_t item_ratings = 3;

}  // namespace

void rating_baseline::tally::add(double stars) {
  sum += stars;
  ++count;
  if (stars <= dislike_stars) ++low;
}

double rating_baseline::prediction(std::int64_t user, std::int64_t item) const {
  const double mean = all_.count > 0 ? all_.mean() : prior_mean;
  const auto offset = [mean](const tally& seen, double shrinkage) {
    const auto count = static_cast<double>(seen.count);
    return (seen.sum - count * mean) / (count + shrinkage);
  };
  double stars = mean;
  if (const auto found = users_.find(user); found != users_.end()) stars += offset(found->second.all, user_shrinkage);
  if (const auto found = items_.find(item); found != items_.end()) stars += offset(found->second, item_shrinkage);
  return std::clamp(stars, 0.5, 5.0);
}

std::string rating_baseline::reason(std::int64_t user, std::int64_t item,
                                    const std::vector<std::string>& genres) const {
  if (const auto found = users_.find(user); found != users_.end()) {
    tally on_genres;
    for (const auto& genre : genres) {
      const auto seen = found->second.by_genre.find(genre);
      if (seen == found->second.by_genre.end()) continue;
      on_genres.sum += seen->second.sum;
      on_genres.count += seen->second.count;
    }
    if (on_genres.count >= genre_ratings && on_genres.mean() <= found->second.all.mean() - genre_gap)
      return "wrong_genre";
  }
  const auto seen = items_.find(item);
  if (seen != items_.end() && seen->second.count >= item_ratings && 2 * seen->second.low > seen->second.count)
    return "poor_quality";
  return "not_interested";
}

void rating_baseline::add(std::int64_t user, std::int64_t item, const std::vector<std::string>& genres, double stars) {
  all_.add(stars);
  items_[item].add(stars);
  user_tally& known = users_[user];
  known.all.add(stars);
  for (const auto& genre : genres) known.by_genre[genre].add(stars);
}

double score_of(double stars) { return std::round((std::clamp(stars, 0.5, 5.0) - 0.5) / 4.5 * 1e4) / 1e4; }

std::string_view baseline_help() {
  return R"(predicted_score: what a simple recommender would have said, from the ratings of
earlier seconds only:
  stars = m + (S_u - n_u m) / (n_u + 10) + (S_i - n_i m) / (n_i + 25)
  predicted_score = (stars - 0.5) / 4.5
with m the mean of all ratings so far (3.5 before the first), S_u and n_u sum and
number of the user's ratings so far, S_i and n_i those of the item.

reason: MovieLens has none, so it is guessed, also from earlier seconds only:
  wrong_genre     the user gave the item's genres 5 or more ratings, and their mean
                  is at least 0.25 below the mean of all his ratings (a rating counts
                  once for each genre it shares with the item)
  poor_quality    else, 3 or more rated the item, more than half of them 2.0 or lower
  not_interested  else
)";
}

}  // namespace demur::cli
