#include "learning/drift.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace demur::learning {

namespace {

/// Below it, one dislike in a thousand impressions is taken as usual: of a rate that is still lower, a warm-up sees too
/// little to tell it from another.
constexpr double lowest_rate = 0.001;
/// Above it, 2 p0 would be a rate over one half: those are not dislikes of what was recorded as shown.
constexpr double highest_rate = 0.25;

/// Against an impression that is not disliked: -ln((1 - 2p) / (1 - p)), above 0.
double loss(double rate) { return std::log1p(-rate) - std::log1p(-2.0 * rate); }

}  // namespace

void drift_detector::learn_anew() {
  rate_ = 0.0;
  impressions_ = dislikes_ = 0;
  evidence_ = 0.0;
}

void drift_detector::end_warm_up() {
  const double seen = static_cast<double>(dislikes_) / static_cast<double>(impressions_);
  learn_anew();
  if (seen <= highest_rate) rate_ = std::max(seen, lowest_rate);
}

void drift_detector::shown(std::int64_t impressions) {
  if (rules_.threshold == 0.0) return;
  double lost = loss(rate_);
  for (std::int64_t i = 0; i < impressions; ++i) {
    ++impressions_;
    if (rate_ == 0.0) {
      if (impressions_ < rules_.warm_up) continue;
      end_warm_up();
      lost = loss(rate_);
      continue;
    }
    evidence_ = std::max(0.0, evidence_ - lost);
    if (evidence_ == 0.0) impressions_ = dislikes_ = 0;
  }
}

std::optional<drift_alarm> drift_detector::disliked(bool of_a_set) {
  if (rules_.threshold == 0.0) return std::nullopt;
  if (of_a_set && !sets_are_named_) {
    sets_are_named_ = true;
    learn_anew();
  }
  if (sets_are_named_ && !of_a_set) return std::nullopt;
  if (rate_ == 0.0) {
    // Before anything was shown there is no rate.
    if (impressions_ > 0) ++dislikes_;
    return std::nullopt;
  }
  // Where the evidence was 0, so was the count: this is about the impression that began it.
  impressions_ = std::max<std::int64_t>(impressions_, 1);
  ++dislikes_;
  evidence_ += std::numbers::ln2 + loss(rate_);
  if (evidence_ < rules_.threshold) return std::nullopt;
  const drift_alarm raised{rate_, static_cast<double>(dislikes_) / static_cast<double>(impressions_), impressions_};
  learn_anew();
  return raised;
}

std::optional<double> drift_detector::long_run_rate() const {
  return rate_ == 0.0 ? std::nullopt : std::optional(rate_);
}

void drift_detector::write(record_writer& out) const {
  out.field("drift").field(rate_).field(impressions_).field(dislikes_).field(evidence_);
  out.field(sets_are_named_ ? 1 : 0).end();
}

bool drift_detector::read(std::string_view kind, record_reader& in) {
  if (kind != "drift") return false;
  rate_ = in.number<double>();
  impressions_ = in.number();
  dislikes_ = in.number();
  evidence_ = in.number<double>();
  sets_are_named_ = in.number() != 0;
  return true;
}

}  // namespace demur::learning
