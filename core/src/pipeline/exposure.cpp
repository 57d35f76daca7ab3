#include "pipeline/exposure.hpp"

#include "domain/feature.hpp"

namespace demur::pipeline {

namespace {

/// A vocabulary of genres is small; this only bounds one that is not.
constexpr std::size_t max_genres = 1'000;

}  // namespace

void exposure::add(const movie& row, std::int64_t movies, std::int64_t impressions) {
  catalogue_ += movies;
  impressions_ += impressions;
  for (std::string& feature : features_of(row)) {
    const auto found = by_feature_.find(feature);
    if (found == by_feature_.end() && by_feature_.size() >= max_features_) continue;
    counts& counted = found == by_feature_.end() ? by_feature_[std::move(feature)] : found->second;
    counted.catalogue += movies;
    counted.impressions += impressions;
  }
  if (impressions == 0) return;
  for (const std::string& genre : row.genres)
    if (by_genre_.contains(genre) || by_genre_.size() < max_genres) by_genre_[genre] += impressions;
}

void exposure::put_movie(const movie* before, const movie& after) {
  const auto shown = by_movie_.find(after.movie_id);
  const std::int64_t impressions = shown == by_movie_.end() ? 0 : shown->second;
  if (before) add(*before, -1, -impressions);
  add(after, 1, impressions);
}

void exposure::show(id movie_id, const movie* row, std::int64_t times) {
  by_movie_[movie_id] += times;
  if (row) add(*row, 0, times);
}

exposure exposure::excerpt(const std::vector<std::string>& features) const {
  exposure part(max_features_);
  part.catalogue_ = catalogue_;
  part.impressions_ = impressions_;
  for (const std::string& feature : features)
    if (const auto found = by_feature_.find(feature); found != by_feature_.end()) part.by_feature_.insert(*found);
  return part;
}

const exposure::counts* exposure::find(std::string_view feature) const {
  const auto found = by_feature_.find(feature);
  if (found == by_feature_.end()) return nullptr;
  // One that left the catalogue is kept with zeroes: a start, which reads the catalogue as it is, does not know of it.
  const counts& counted = found->second;
  return counted.catalogue == 0 && counted.impressions == 0 ? nullptr : &counted;
}

}  // namespace demur::pipeline
