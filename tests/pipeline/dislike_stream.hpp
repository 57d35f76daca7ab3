#pragma once

#include "domain/case_file.hpp"
#include "domain/feature.hpp"
#include "pipeline/exposure.hpp"

#include <demur/types.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace demur::testing {

inline const timestamp new_year = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

/// What one says in a test; the rest is filled in.
struct said {
  std::string user = "ann";
  std::string reason = "wrong_genre";
  std::vector<std::string> genres = {};
  std::vector<std::string> cast = {};
  std::optional<std::string> franchise = std::nullopt;
  std::optional<id> movie_id = 1;
  std::optional<double> predicted_score = std::nullopt;
};

/// Entries as they come out of the adjustment room: ids ascend, and each knows what its user said so far.
class dislike_stream {
public:
  timestamp now = new_year;
  double burst_half_life_days = 300.0 / 86'400.0;

  case_entry next(const said& what) {
    case_entry entry;
    dislike& row = entry.row;
    row.dislike_id = ++last_id_;
    row.user_id = what.user;
    row.reason = what.reason;
    row.genres = what.genres;
    row.cast = what.cast;
    row.franchise = what.franchise;
    row.movie_id = what.movie_id;
    row.movie_title = what.movie_id ? "Movie " + std::to_string(*what.movie_id) : "A title";
    row.predicted_score = what.predicted_score;
    row.created_at = now;
    if (what.reason != "already_watched") entry.example = example_of(row);
    tell_user_so_far(entry);
    return entry;
  }
  id last_id() const { return last_id_; }

private:
  struct user_counts {
    std::int64_t dislikes = 0;
    faded_sum burst;
    std::map<std::string, std::int64_t> by_feature;
  };

  static training_example example_of(const dislike& row) {
    training_example example;
    example.example_id = row.dislike_id;
    example.user_id = row.user_id;
    example.predicted_rating = row.predicted_score;
    example.error = row.predicted_score;
    return example;
  }

  void tell_user_so_far(case_entry& entry) {
    const dislike& row = entry.row;
    user_counts& counts = users_[row.user_id];
    counts.burst.add(1.0, row.created_at, burst_half_life_days);
    entry.user.dislikes = ++counts.dislikes;
    entry.user.burst = counts.burst.at(row.created_at);
    auto features = features_of(row.genres, row.cast, row.franchise);
    features.insert(features.begin(), feature_name("reason", row.reason));
    for (auto& feature : features) {
      const std::int64_t times = ++counts.by_feature[feature];
      entry.user.features.push_back({std::move(feature), times});
    }
  }

  id last_id_ = 0;
  std::map<std::string, user_counts> users_;
};

inline movie film(id movie_id, std::vector<std::string> genres, std::vector<std::string> cast = {},
                  std::optional<std::string> franchise = std::nullopt) {
  return {movie_id, "Movie " + std::to_string(movie_id), std::move(genres), std::move(cast), std::move(franchise)};
}

}  // namespace demur::testing
