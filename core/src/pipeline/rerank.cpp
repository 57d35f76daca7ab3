#include "pipeline/rerank.hpp"

#include "domain/feature.hpp"
#include "domain/weights.hpp"

#include <algorithm>

namespace demur::pipeline {

void weight_table::add(std::string_view feature, double log_weight) {
  by_family_[std::string(family_of(feature))][std::string(value_of(feature))] += log_weight;
}

double weight_table::find(std::string_view family, std::string_view value) const {
  const auto values = by_family_.find(family);
  if (values == by_family_.end()) return 0.0;
  const auto found = values->second.find(value);
  return found == values->second.end() ? 0.0 : found->second;
}

weight_table table_of(const model& shared) {
  weight_table table;
  for (const auto& [feature, log_weight] : shared.shared_log_weights) table.add(feature, log_weight);
  return table;
}

weight_table table_of(const std::vector<feature_state>& personal, timestamp now) {
  weight_table table;
  for (const feature_state& state : personal)
    if (const double sum = log_weight(state, now); sum != 0.0) table.add(state.feature, sum);
  return table;
}

namespace {

reranked_candidate adjusted(const rerank_candidate& candidate, const weight_lookup& weight_of) {
  reranked_candidate out;
  out.movie_id = candidate.movie_id;
  out.movie_title = candidate.movie_title;
  out.score = candidate.score;
  out.multipliers = family_multipliers(candidate, weight_of);
  for (const auto& [family, factor] : out.multipliers) out.multiplier *= factor;
  out.adjusted_score = std::clamp(candidate.score * out.multiplier, 0.0, 1.0);
  return out;
}

}  // namespace

rerank_answer rerank(const rerank_request& request, const weight_table& personal, const weight_table& shared,
                     const std::vector<feature_state>& items, const settings::weights_section& chosen, timestamp now) {
  by_text<const feature_state*> disliked;
  for (const feature_state& item : items) disliked.emplace(item.feature, &item);
  const weight_lookup weight_of = [&](std::string_view family, std::string_view value) {
    const double sum = personal.find(family, value) + shared.find(family, value);
    return sum == 0.0 ? 1.0 : weight(sum, 0.0, chosen.floor);
  };
  rerank_answer answer;
  answer.user_id = request.user_id;
  answer.candidates.reserve(request.candidates.size());
  for (const rerank_candidate& candidate : request.candidates) {
    if (!disliked.empty()) {
      const auto found = disliked.find(item_feature(candidate.movie_id, candidate.movie_title));
      const auto why = found == disliked.end() ? std::nullopt : hidden(*found->second, chosen.unhide_below, now);
      if (why) {
        answer.filtered.push_back(
            {candidate.movie_id, candidate.movie_title, why->reason, why->dislike_id, why->until});
        continue;
      }
    }
    answer.candidates.push_back(adjusted(candidate, weight_of));
  }
  std::stable_sort(
      answer.candidates.begin(), answer.candidates.end(),
      [](const reranked_candidate& a, const reranked_candidate& b) { return a.adjusted_score > b.adjusted_score; });
  return answer;
}

}  // namespace demur::pipeline
