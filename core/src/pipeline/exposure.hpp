#pragma once

#include "domain/by_text.hpp"
#include "domain/feature.hpp"

#include <demur/types.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace demur::pipeline {

/// How often each feature could have been disliked: its share in the catalogue, and among what was shown. A pure function
/// of the catalogue and of the impressions per movie, whatever the order in which the two came.
class exposure {
public:
  /// `max_features`: further ones are not tracked.
  explicit exposure(std::size_t max_features) : max_features_(max_features) {}

  /// A catalogue row came, or took the place of `before`.
  void put_movie(const movie* before, const movie& after);
  /// A movie was shown `times` times; `row` is its catalogue row, null if it has none yet.
  void show(id movie_id, const movie* row, std::int64_t times = 1);

  struct counts {
    std::int64_t catalogue = 0;
    std::int64_t impressions = 0;
  };
  /// Null if the feature is in no movie of the catalogue.
  const counts* find(std::string_view feature) const;
  std::int64_t catalogue() const { return catalogue_; }
  /// Of movies in the catalogue.
  std::int64_t impressions() const { return impressions_; }
  const std::unordered_map<id, std::int64_t>& impressions_by_movie() const { return by_movie_; }
  const std::map<std::string, std::int64_t>& impressions_by_genre() const { return by_genre_; }
  /// The totals, and the counts of these features alone.
  exposure excerpt(const std::vector<std::string>& features) const;

private:
  void add(const movie& row, std::int64_t movies, std::int64_t impressions);

  std::size_t max_features_;
  by_text<counts> by_feature_;
  std::unordered_map<id, std::int64_t> by_movie_;
  std::map<std::string, std::int64_t> by_genre_;
  std::int64_t catalogue_ = 0;
  std::int64_t impressions_ = 0;
};

}  // namespace demur::pipeline
