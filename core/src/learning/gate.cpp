#include "learning/gate.hpp"

#include "domain/digest.hpp"
#include "learning/holdout.hpp"
#include "learning/random.hpp"
#include "learning/ranking_metrics.hpp"
#include "learning/user_taste.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <optional>

namespace demur::learning {

namespace {

constexpr std::size_t fewest_to_hide = 5;
constexpr std::size_t one_in = 5;
constexpr int resamples = 1'000;

struct column {
  const char* name;
  std::optional<double> user_metrics::*of;
};
constexpr column columns[] = {{"ndcg_10", &user_metrics::ndcg_10},   {"recall_20", &user_metrics::recall_20},
                              {"dhr_10", &user_metrics::dhr_10},     {"dhr_20", &user_metrics::dhr_20},
                              {"ndcl_100", &user_metrics::ndcl_100}, {"auc", &user_metrics::auc}};

/// FNV moves little in its upper bits for the last letters of short texts; this does (the finisher of MurmurHash3).
std::uint64_t mixed_hash(std::string_view text) {
  std::uint64_t hash = stable_hash(text);
  hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccdULL;
  hash = (hash ^ (hash >> 33U)) * 0xc4ceb9fe1a85ec53ULL;
  return hash ^ (hash >> 33U);
}

std::uint64_t place_of(const judge& who, id movie_id) {
  return mixed_hash(who.user_id + '\n' + std::to_string(movie_id));
}

/// The movies that are hidden of those that the judge likes, or dislikes; ascending.
std::vector<id> hidden_of(const judge& who, bool liked) {
  std::vector<std::pair<std::uint64_t, id>> order;
  for (const auto& [movie_id, entry] : who.said)
    if ((entry > 0.0F) == liked) order.emplace_back(place_of(who, movie_id), movie_id);
  if (order.size() < fewest_to_hide) return {};
  std::sort(order.begin(), order.end());
  order.resize(order.size() / one_in);
  std::vector<id> hidden;
  for (const auto& [place, movie_id] : order) hidden.push_back(movie_id);
  std::sort(hidden.begin(), hidden.end());
  return hidden;
}

struct hidden_opinions {
  std::vector<id> likes;
  std::vector<id> dislikes;
  bool contains(id movie_id) const {
    return std::binary_search(likes.begin(), likes.end(), movie_id) ||
           std::binary_search(dislikes.begin(), dislikes.end(), movie_id);
  }
};

std::vector<std::uint32_t> numbers_of(const ranking_model& model, const std::vector<id>& movies) {
  std::vector<std::uint32_t> numbers;
  for (const id movie_id : movies)
    if (const auto number = model.number_of(movie_id)) numbers.push_back(*number);
  return numbers;
}

/// Judges and what is hidden of each, in the candidate's numbering.
class bench {
public:
  bench(const ranking_model& candidate, std::vector<judge> judges) : candidate_(candidate), judges_(std::move(judges)) {
    split_.training = interactions(candidate.items.size());
    for (const judge& who : judges_) {
      const hidden_opinions& hidden =
          hidden_.emplace_back(hidden_opinions{hidden_of(who, true), hidden_of(who, false)});
      split_.likes.push_back(numbers_of(candidate, hidden.likes));
      split_.dislikes.push_back(numbers_of(candidate, hidden.dislikes));
      for (const interaction& said : history(candidate, split_.likes.size() - 1).known) split_.training.add(said);
      split_.training.end_row();
    }
  }

  double useful() const {
    return static_cast<double>(
        std::count_if(split_.likes.begin(), split_.likes.end(), [](const auto& likes) { return !likes.empty(); }));
  }

  all_metrics measure(const ranking_model& model, int threads) const {
    return measure_users(
        split_, [&](std::size_t at) { return as_candidate(model, user_taste(model, history(model, at)).scores()); },
        threads);
  }

private:
  user_history history(const ranking_model& model, std::size_t at) const {
    user_history made;
    for (const auto& [movie_id, entry] : judges_[at].said)
      if (!hidden_[at].contains(movie_id))
        if (const auto number = model.number_of(movie_id)) made.known.push_back({*number, entry});
    return made;
  }

  /// What a model does not know it does not show.
  std::vector<float> as_candidate(const ranking_model& model, std::vector<float> scores) const {
    if (&model == &candidate_) return scores;
    std::vector<float> renumbered(candidate_.items.size(), -std::numeric_limits<float>::infinity());
    for (std::size_t item = 0; item < scores.size(); ++item)
      if (const auto number = candidate_.number_of(model.items[item])) renumbered[*number] = scores[item];
    return renumbered;
  }

  const ranking_model& candidate_;
  std::vector<judge> judges_;
  std::vector<hidden_opinions> hidden_;
  holdout split_;
};

/// Those on whom neither version was trained, and not too many.
void keep_fit(const ranking_model& candidate, const ranking_model* live, std::vector<judge>& judges) {
  const double share = std::min(candidate.judges_share, live ? live->judges_share : candidate.judges_share);
  std::erase_if(judges, [share](const judge& who) { return !learning::judges(who.user_id, share); });
  if (judges.size() > most_judges) {
    std::sort(judges.begin(), judges.end(), [](const judge& a, const judge& b) {
      const auto of_a = mixed_hash(a.user_id), of_b = mixed_hash(b.user_id);
      return of_a != of_b ? of_a < of_b : a.user_id < b.user_id;
    });
    judges.resize(most_judges);
  }
  std::sort(judges.begin(), judges.end(), [](const judge& a, const judge& b) { return a.user_id < b.user_id; });
}

double mean_of(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double each : values) sum += each;
  return values.empty() ? 0.0 : sum / static_cast<double>(values.size());
}

void add_means(const all_metrics& measured, const std::string& before, std::map<std::string, double>& into) {
  for (const column& each : columns) {
    std::vector<double> values;
    for (const user_metrics& user : measured.users)
      if (user.*each.of) values.push_back(*(user.*each.of));
    if (!values.empty()) into[before + each.name] = mean_of(values);
  }
  into[before + "coverage_20"] = measured.coverage_20;
}

/// Percentiles of the mean over judges drawn anew (Efron 1979).
std::pair<double, double> interval_of(const std::vector<double>& values) {
  std::mt19937 random(20'261'127);
  std::vector<double> means(resamples);
  for (double& mean : means) {
    double sum = 0.0;
    for (std::size_t k = 0; k < values.size(); ++k)
      sum += values[below(random, static_cast<std::uint32_t>(values.size()))];
    mean = sum / static_cast<double>(values.size());
  }
  std::sort(means.begin(), means.end());
  constexpr std::size_t tail = resamples / 40;
  return {means[tail], means[means.size() - 1 - tail]};
}

/// Of each judge for whom the figure is defined: the candidate's less so much of the live version's.
std::vector<double> differences_of(const column& of, const all_metrics& candidate, const all_metrics& live,
                                   double ratio) {
  std::vector<double> differences;
  for (std::size_t at = 0; at < candidate.users.size(); ++at)
    if (candidate.users[at].*of.of && live.users[at].*of.of)
      differences.push_back(*(candidate.users[at].*of.of) - ratio * *(live.users[at].*of.of));
  return differences;
}

void add_intervals(const all_metrics& candidate, const all_metrics& live, std::map<std::string, double>& into) {
  for (const column& each : columns) {
    const auto differences = differences_of(each, candidate, live, 1.0);
    if (differences.empty()) continue;
    const auto [low, high] = interval_of(differences);
    into[std::string(each.name) + "_low"] = low;
    into[std::string(each.name) + "_high"] = high;
  }
}

std::string four_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

double figure(const std::map<std::string, double>& metrics, const std::string& name) {
  const auto found = metrics.find(name);
  return found == metrics.end() ? 0.0 : found->second;
}

std::string rejection_for_likes(const std::map<std::string, double>& metrics, const settings::gate_section& rules) {
  const double ndcg = figure(metrics, "ndcg_10"), live_ndcg = figure(metrics, "live_ndcg_10");
  if (figure(metrics, "gate_judges") < static_cast<double>(rules.min_judges)) return {};
  if (ndcg >= rules.min_ndcg_ratio * live_ndcg) return {};
  return "NDCG@10 is " + four_digits(ndcg) + ", that of the live version is " + four_digits(live_ndcg) +
         "; allowed is " + four_digits(rules.min_ndcg_ratio) + " of that or more.";
}

/// Of two versions that are alike, one shows a hair more of what is disliked: chance must be out of the question.
std::string rejection_for_dislikes(const all_metrics& candidate, const all_metrics& live,
                                   const std::map<std::string, double>& metrics, const settings::gate_section& rules) {
  const auto excess = differences_of({"dhr_20", &user_metrics::dhr_20}, candidate, live, rules.max_dhr_ratio);
  if (excess.size() < static_cast<std::size_t>(rules.min_judges) || interval_of(excess).first <= 0.0) return {};
  return "DHR@20, the share of unseen dislikes among the first 20, is " + four_digits(figure(metrics, "dhr_20")) +
         ", that of the live version is " + four_digits(figure(metrics, "live_dhr_20")) + "; allowed is " +
         four_digits(rules.max_dhr_ratio) + " of that or less.";
}

}  // namespace

bool judges(std::string_view user_id, double share) {
  return static_cast<double>(mixed_hash(user_id) >> 11U) * 0x1.0p-53 < share;
}

gate_verdict hold_gate(const ranking_model& candidate, const ranking_model* live, std::vector<judge> judges,
                       const settings::gate_section& rules, int threads) {
  keep_fit(candidate, live, judges);
  const bench all(candidate, std::move(judges));
  gate_verdict verdict;
  verdict.metrics["gate_judges"] = all.useful();
  if (all.useful() == 0.0) return verdict;
  const all_metrics ours = all.measure(candidate, threads);
  add_means(ours, "", verdict.metrics);
  if (!live) return verdict;
  const all_metrics theirs = all.measure(*live, threads);
  add_means(theirs, "live_", verdict.metrics);
  add_intervals(ours, theirs, verdict.metrics);
  verdict.rejection = rejection_for_likes(verdict.metrics, rules);
  if (verdict.rejection.empty()) verdict.rejection = rejection_for_dislikes(ours, theirs, verdict.metrics, rules);
  return verdict;
}

}  // namespace demur::learning
