#include "pipeline/metrics_state.hpp"

#include "domain/records.hpp"

#include <algorithm>
#include <cmath>

namespace demur::pipeline {

namespace {

constexpr auto window_length = std::chrono::hours(1);
/// 31 days of windows; older ones give way.
constexpr std::size_t max_windows = 744;
/// Only bounds a vocabulary of genres that is none.
constexpr std::size_t max_genres = 1'000;
/// Only bounds what clients name as versions.
constexpr std::size_t max_versions = 1'000;

std::optional<double> mean(double sum, std::int64_t count) {
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

dislike_rate rate(std::int64_t impressions, std::int64_t dislikes) {
  return {impressions, dislikes, static_cast<double>(dislikes) / static_cast<double>(impressions)};
}

}  // namespace

void metrics_state::count(const case_entry& entry) {
  through_dislike_id_ = entry.entry_id();
  if (entry.readjustment_id == 0) count_dislike(entry);
  window& hour = hour_of(entry.row.created_at);
  for (const recorded_impact& moved : entry.impacts) {
    if (moved.row.impact_type == filter_impact) continue;
    ++hour.adjustments;
    hour.magnitude_sum += std::abs(moved.row.adjustment_magnitude);
  }
  if (windows_.size() > max_windows) windows_.erase(windows_.begin());
}

void metrics_state::count(const recorded_set& shown) {
  through_recorded_id_ = shown.recorded_id;
  const auto impressions = std::ssize(shown.shown.items);
  const id version = shown.shown.model_version_id;
  if (by_version_.contains(version) || by_version_.size() < max_versions)
    by_version_[version].impressions += impressions;
  hour_of(shown.shown.created_at).impressions += impressions;
  if (windows_.size() > max_windows) windows_.erase(windows_.begin());
  if (!shown.leak) return;
  ++leak_.sets;
  leak_.movies += impressions;
  leak_.disliked_movies += shown.leak->disliked_movies;
  leak_.blamed_movies += shown.leak->blamed_movies;
  if (*shown.leak != set_leak{}) ++leak_.leaking_sets;
}

metrics_state::window& metrics_state::hour_of(timestamp created_at) {
  return windows_[std::chrono::floor<std::chrono::hours>(created_at)];
}

void metrics_state::count_dislike(const case_entry& entry) {
  const dislike& row = entry.row;
  ++dislikes_;
  ++by_reason_[row.reason];
  for (const std::string& genre : row.genres)
    if (by_genre_.contains(genre) || by_genre_.size() < max_genres) ++by_genre_[genre];
  window& hour = hour_of(row.created_at);
  ++hour.dislikes;
  if (entry.recommended_by) {
    // Its set was counted before it: whether the version has a place depends on the sets alone.
    if (const auto version = by_version_.find(*entry.recommended_by); version != by_version_.end())
      ++version->second.dislikes;
    ++hour.of_shown;
  }
  if (row.predicted_score) {
    ++with_score_;
    score_sum_ += *row.predicted_score;
    ++hour.with_score;
    hour.score_sum += *row.predicted_score;
  }
  if (entry.example) {
    ++examples_;
    if (const auto wrong_by = entry.example->error) {
      max_error_ = with_error_ == 0 ? *wrong_by : std::max(max_error_, *wrong_by);
      min_error_ = with_error_ == 0 ? *wrong_by : std::min(min_error_, *wrong_by);
      ++with_error_;
      error_sum_ += *wrong_by;
      ++hour.with_error;
      hour.error_sum += *wrong_by;
    }
  }
}

std::int64_t metrics_state::known_examples(id model_version_id) const {
  const auto found = known_examples_.find(model_version_id);
  return found == known_examples_.end() ? 0 : found->second;
}

void metrics_state::count(const model_version& version) {
  if (version.state == model_state::live) model_version_id_ = version.model_version_id;
  const bool served = version.state == model_state::live || version.state == model_state::retired ||
                      version.state == model_state::rolled_back;
  if (version.state == model_state::rejected) rejected_.insert(version.model_version_id);
  if (version.state == model_state::failed) failed_.insert(version.model_version_id);
  if (!served) return;
  rejected_.erase(version.model_version_id);  // promoted by hand
  known_examples_[version.model_version_id] = known_examples(version.parent_id) + version.claimed_examples;
  first_retrain_at_ = std::min(first_retrain_at_.value_or(version.created_at), version.created_at);
  last_retrain_at_ = std::max(last_retrain_at_.value_or(version.created_at), version.created_at);
}

void metrics_state::serve(const model_version& version) {
  if (version.model_version_id != 0) count(version);
  model_version_id_ = version.model_version_id;
}

dislike_trend metrics_state::recent_trend(timestamp now) const {
  dislike_trend recent;
  std::int64_t with_score = 0;
  double score_sum = 0.0;
  for (auto hour = windows_.lower_bound(now - std::chrono::days(30)); hour != windows_.end(); ++hour) {
    recent.total_dislikes += hour->second.dislikes;
    with_score += hour->second.with_score;
    score_sum += hour->second.score_sum;
  }
  recent.avg_predicted_score = mean(score_sum, with_score);
  return recent;
}

metrics_state::window metrics_state::sum_of(timestamp from, timestamp to) const {
  window sum;
  const auto end = windows_.lower_bound(to);
  for (auto hour = windows_.lower_bound(from); hour != end; ++hour) {
    sum.with_error += hour->second.with_error;
    sum.error_sum += hour->second.error_sum;
    sum.adjustments += hour->second.adjustments;
    sum.magnitude_sum += hour->second.magnitude_sum;
    sum.impressions += hour->second.impressions;
    sum.of_shown += hour->second.of_shown;
  }
  return sum;
}

void metrics_state::compare_weeks(timestamp now, feedback_metrics& out) const {
  constexpr auto week = std::chrono::days(7);
  const window last = sum_of(now - week, timestamp::max()), before = sum_of(now - 2 * week, now - week);
  out.prediction_error_by_week = {mean(last.error_sum, last.with_error), mean(before.error_sum, before.with_error)};
  out.dislike_rate_by_week = {mean(static_cast<double>(last.of_shown), last.impressions),
                              mean(static_cast<double>(before.of_shown), before.impressions)};
  out.adjustment_magnitude_by_week = {mean(last.magnitude_sum, last.adjustments),
                                      mean(before.magnitude_sum, before.adjustments)};
}

feedback_metrics metrics_state::figures(timestamp now) const {
  feedback_metrics out;
  out.total_negative_examples = examples_;
  out.avg_prediction_error = mean(error_sum_, with_error_);
  if (with_error_ > 0) {
    out.max_error = max_error_;
    out.min_error = min_error_;
  }
  out.average_dislike_predicted_score = mean(score_sum_, with_score_);
  out.total_dislikes = dislikes_;
  out.untrained_negative_examples = examples_ - known_examples(model_version_id_);
  out.dislikes_by_reason = by_reason_;
  for (const auto& [from, hour] : windows_) {
    if (hour.with_error > 0)
      out.error_trend.push_back({from, from + window_length, hour.with_error, mean(hour.error_sum, hour.with_error)});
    if (hour.adjustments > 0)
      out.adjustment_magnitude_trend.push_back(
          {from, from + window_length, hour.adjustments, mean(hour.magnitude_sum, hour.adjustments)});
  }
  if (impressions_)
    for (const auto& [genre, shown] : *impressions_) {
      const auto disliked = by_genre_.find(genre);
      const std::int64_t hits = disliked == by_genre_.end() ? 0 : disliked->second;
      if (shown > 0) out.dislike_rate_by_genre[genre] = rate(shown, hits);
    }
  for (const auto& [version, counted] : by_version_)
    if (counted.impressions > 0)
      out.dislike_rate_by_model_version[version] = rate(counted.impressions, counted.dislikes);
  compare_weeks(now, out);
  out.leak = leak_;
  out.recent_trend = recent_trend(now);
  out.retrain_count = static_cast<std::int64_t>(known_examples_.size());
  out.rejected_retrains = std::ssize(rejected_);
  out.failed_retrains = std::ssize(failed_);
  out.last_retrain_at = last_retrain_at_;
  if (out.retrain_count > 1) {
    const std::chrono::duration<double> span = *last_retrain_at_ - *first_retrain_at_;
    out.mean_retrain_interval_s = span.count() / static_cast<double>(out.retrain_count - 1);
  }
  out.model_version_id = model_version_id_;
  return out;
}

std::string metrics_state::save() const {
  record_writer out;
  out.field("dislikes").field(dislikes_).field(examples_).field(through_dislike_id_).end();
  out.field("sets").field(through_recorded_id_).end();
  out.field("scores").field(with_score_).field(score_sum_).end();
  out.field("errors").field(with_error_).field(error_sum_).field(max_error_).field(min_error_).end();
  for (const auto& [reason, count] : by_reason_) out.field("reason").field(reason).field(count).end();
  for (const auto& [genre, count] : by_genre_) out.field("genre").field(genre).field(count).end();
  for (const auto& [version, counted] : by_version_)
    out.field("version").field(version).field(counted.impressions).field(counted.dislikes).end();
  out.field("leak").field(leak_.sets).field(leak_.leaking_sets).field(leak_.movies);
  out.field(leak_.disliked_movies).field(leak_.blamed_movies).end();
  for (const auto& [from, hour] : windows_) {
    out.field("hour").field(from.time_since_epoch().count());
    out.field(hour.dislikes).field(hour.with_score).field(hour.score_sum).field(hour.with_error);
    out.field(hour.error_sum).field(hour.adjustments).field(hour.magnitude_sum);
    out.field(hour.impressions).field(hour.of_shown).end();
  }
  return out.take();
}

bool metrics_state::restore(std::string_view text) {
  record_reader in(text);
  while (in.next()) {
    const std::string_view kind = in.text();
    if (kind == "dislikes") {
      dislikes_ = in.number();
      examples_ = in.number();
      through_dislike_id_ = in.number();
    } else if (kind == "sets") {
      through_recorded_id_ = in.number();
    } else if (kind == "scores") {
      with_score_ = in.number();
      score_sum_ = in.number<double>();
    } else if (kind == "errors") {
      with_error_ = in.number();
      error_sum_ = in.number<double>();
      max_error_ = in.number<double>();
      min_error_ = in.number<double>();
    } else if (kind == "reason") {
      std::string reason(in.text());
      by_reason_[std::move(reason)] = in.number();
    } else if (kind == "genre") {
      std::string genre(in.text());
      by_genre_[std::move(genre)] = in.number();
    } else if (kind == "hour") {
      window& hour = windows_[timestamp(std::chrono::milliseconds(in.number()))];
      hour.dislikes = in.number();
      hour.with_score = in.number();
      hour.score_sum = in.number<double>();
      hour.with_error = in.number();
      hour.error_sum = in.number<double>();
      hour.adjustments = in.number();
      hour.magnitude_sum = in.number<double>();
      hour.impressions = in.number();
      hour.of_shown = in.number();
    } else if (kind == "version") {
      shown_and_disliked& counted = by_version_[in.number()];
      counted.impressions = in.number();
      counted.dislikes = in.number();
    } else if (kind == "leak") {
      leak_.sets = in.number();
      leak_.leaking_sets = in.number();
      leak_.movies = in.number();
      leak_.disliked_movies = in.number();
      leak_.blamed_movies = in.number();
    } else {
      return false;
    }
  }
  return in.ok();
}

}  // namespace demur::pipeline
