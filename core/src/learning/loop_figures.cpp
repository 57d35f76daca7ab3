#include "learning/loop_figures.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <string>

namespace demur::learning {

namespace {

/// 1 - the Jaccard index of two sets of genres.
double distance(std::uint32_t a, std::uint32_t b) {
  const int in_any = std::popcount(a | b);
  return in_any == 0 ? 0.0 : 1.0 - static_cast<double>(std::popcount(a & b)) / in_any;
}

double share(double of, std::int64_t all) { return of / static_cast<double>(all); }

}  // namespace

void day_tally::shown(std::size_t user, std::span<const std::uint32_t> list) {
  double distances = 0.0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    ++exposures_[list[i]];
    utility_ += world_.utility(user, list[i]);
    for (std::size_t j = 0; j < i; ++j) distances += distance(world_.genres_of(list[i]), world_.genres_of(list[j]));
  }
  const auto length = static_cast<std::int64_t>(list.size());
  impressions_ += length;
  if (length < 2) return;
  diversity_ += share(2.0 * distances, length * (length - 1));
  ++lists_;
}

void day_tally::heard(reaction::opinion said) {
  if (said == reaction::opinion::like) ++likes_;
  if (said == reaction::opinion::dislike) ++dislikes_;
}

closed_loop_figures day_tally::figures() const {
  closed_loop_figures made;
  if (impressions_ == 0) return made;
  made["dislikes"] = share(static_cast<double>(dislikes_), impressions_);
  made["likes"] = share(static_cast<double>(likes_), impressions_);
  made["utility"] = share(utility_, impressions_);
  const auto unseen = std::count(exposures_.begin(), exposures_.end(), 0);
  made["coverage"] = 1.0 - share(static_cast<double>(unseen), static_cast<std::int64_t>(exposures_.size()));
  made["gini"] = gini(exposures_);
  if (lists_ > 0) made["diversity"] = share(diversity_, lists_);
  return made;
}

double gini(std::vector<std::int64_t> counts) {
  std::sort(counts.begin(), counts.end());
  const auto n = static_cast<double>(counts.size());
  double sum = 0.0, ranked = 0.0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    sum += static_cast<double>(counts[i]);
    ranked += static_cast<double>(i + 1) * static_cast<double>(counts[i]);
  }
  return 2.0 * ranked / (n * sum) - (n + 1.0) / n;
}

closed_loop_figures mean_over_days(std::span<const closed_loop_figures> days) {
  std::map<std::string, std::int64_t> counted;
  closed_loop_figures mean;
  for (const closed_loop_figures& day : days)
    for (const auto& [name, value] : day) {
      mean[name] += value;
      ++counted[name];
    }
  for (auto& [name, sum] : mean) sum = share(sum, counted[name]);
  return mean;
}

}  // namespace demur::learning
