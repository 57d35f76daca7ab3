#include "pipeline/rerank.hpp"

#include "domain/feature.hpp"
#include "domain/weights.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace demur::pipeline {

void weight_table::add(std::string_view feature, double weight) {
  families_[family_of(feature)].insert_or_assign(value_of(feature), weight);
}

const weight_table::family& weight_table::of(std::string_view name) const {
  static const family none;
  const auto found = families_.find(name);
  return found == families_.end() ? none : found->second;
}

weight_table table_of(const model& shared, double floor) {
  weight_table table;
  for (const auto& [feature, log_weight] : shared.shared_log_weights)
    table.add(feature, weight(0.0, log_weight, floor));
  return table;
}

weight_table table_of(const std::vector<feature_state>& personal, const model& shared, double floor, timestamp now) {
  weight_table table;
  for (const feature_state& state : personal) {
    const double own = log_weight(state, now);
    if (own != 0.0) table.add(state.feature, weight(own, shared_log_weight(shared, state.feature), floor));
  }
  return table;
}

namespace {

/// The weights of one family's values, found once for all candidates.
class value_weights {
public:
  value_weights(std::string_view family, const rerank_basis& basis)
      : personal_(basis.personal.of(family)), shared_(basis.shared.of(family)) {}

  double of(const std::string& value) const {
    for (const weight_table::family* table : {&personal_, &shared_}) {
      if (table->empty()) continue;
      if (const auto found = table->find(value); found != table->end()) return found->second;
    }
    return 1.0;
  }

  std::optional<double> mean(const std::vector<std::string>& values) const {
    if (values.empty()) return std::nullopt;
    double sum = 0.0;
    for (const std::string& value : values) sum += of(value);
    return sum / static_cast<double>(values.size());
  }

private:
  const weight_table::family& personal_;
  const weight_table::family& shared_;
};

/// Multipliers of candidates, or of their rows in the catalogue.
class multiplication {
public:
  explicit multiplication(const rerank_basis& basis)
      : genre_("genre", basis), cast_("cast", basis), franchise_("franchise", basis) {}

  template <class Item>
  double by(const Item& item, family_multipliers& made) const {
    made.genre = genre_.mean(item.genres);
    made.cast = cast_.mean(item.cast);
    if (item.franchise) made.franchise = franchise_.of(*item.franchise);
    return made.genre.value_or(1.0) * made.cast.value_or(1.0) * made.franchise.value_or(1.0);
  }

private:
  value_weights genre_;
  value_weights cast_;
  value_weights franchise_;
};

class hidden_items {
public:
  /// Of `states`, those of items count.
  hidden_items(const std::vector<feature_state>& states, double unhide_below, timestamp now) {
    for (const feature_state& item : states) {
      if (!is_item(item.feature)) continue;
      const auto why = hidden(item, unhide_below, now);
      if (!why) continue;
      if (const auto movie_id = movie_of(item.feature))
        by_id_.emplace(*movie_id, *why);
      else
        by_title_.emplace(value_of(item.feature), *why);
    }
  }

  const hiding* find(const rerank_candidate& candidate) const {
    return candidate.movie_id ? found(by_id_, *candidate.movie_id)
                              : found(by_title_, std::string_view(candidate.movie_title));
  }

private:
  template <class Items, class Key>
  static const hiding* found(const Items& items, const Key& key) {
    const auto at = items.find(key);
    return at == items.end() ? nullptr : &at->second;
  }

  std::unordered_map<id, hiding> by_id_;
  std::unordered_map<std::string_view, hiding, text_hash> by_title_;
};

/// What sorting moves about.
struct place {
  double adjusted_score;
  std::size_t candidate;
};

}  // namespace

ranked_user::ranked_user(std::vector<feature_state> states, const model& serving, const weight_table& shared,
                         const settings::weights_section& chosen, timestamp now)
    : weights_(std::move(states)), shared_(shared), unhide_below_(chosen.unhide_below) {
  const auto first_item = std::stable_partition(weights_.begin(), weights_.end(),
                                                [](const auto& state) { return !is_item(state.feature); });
  items_.assign(std::make_move_iterator(first_item), std::make_move_iterator(weights_.end()));
  weights_.erase(first_item, weights_.end());
  personal_ = table_of(weights_, serving, chosen.floor, now);
}

std::vector<std::optional<double>> adjusted_scores(const std::vector<rerank_candidate>& candidates,
                                                   const std::vector<const movie*>& rows, const rerank_basis& basis,
                                                   timestamp now) {
  const hidden_items hidden_from_user(basis.items, basis.unhide_below, now);
  const multiplication multiply(basis);
  std::vector<std::optional<double>> scores(candidates.size());
  family_multipliers unused;
  for (std::size_t at = 0; at < candidates.size(); ++at) {
    const rerank_candidate& candidate = candidates[at];
    if (hidden_from_user.find(candidate)) continue;
    const double multiplier = rows[at] ? multiply.by(*rows[at], unused) : multiply.by(candidate, unused);
    scores[at] = std::clamp(candidate.score * multiplier, 0.0, 1.0);
  }
  return scores;
}

namespace {

/// An answer in the making: candidates that are not hidden, each with its place.
class ranking {
public:
  ranking(const rerank_request& request, const std::vector<const movie*>& rows) : request_(request), rows_(rows) {
    answer_.user_id = request.user_id;
    order_.reserve(request.candidates.size());
  }

  /// Calls `score(candidate)` for each that is not hidden.
  template <class Score>
  void order(const hidden_items& hidden_from_user, const Score& score) {
    for (std::size_t at = 0; at < request_.candidates.size(); ++at) {
      const rerank_candidate& candidate = request_.candidates[at];
      if (const hiding* why = hidden_from_user.find(candidate))
        answer_.filtered.push_back({candidate.movie_id, title_of(at), why->reason, why->dislike_id, why->until});
      else
        order_.push_back({score(at), at});
    }
    std::stable_sort(order_.begin(), order_.end(),
                     [](const place& a, const place& b) { return a.adjusted_score > b.adjusted_score; });
  }

  /// Calls `fill(candidate, answer)` for each, best first.
  template <class Fill>
  rerank_answer take(const Fill& fill) {
    answer_.candidates.reserve(order_.size());
    for (const auto& [adjusted_score, at] : order_) {
      reranked_candidate& ranked = answer_.candidates.emplace_back();
      ranked.movie_id = request_.candidates[at].movie_id;
      ranked.movie_title = title_of(at);
      ranked.adjusted_score = adjusted_score;
      fill(at, ranked);
    }
    return std::move(answer_);
  }

private:
  const std::string& title_of(std::size_t at) const {
    const bool from_row = request_.candidates[at].movie_title.empty() && rows_[at];
    return from_row ? rows_[at]->movie_title : request_.candidates[at].movie_title;
  }

  const rerank_request& request_;
  const std::vector<const movie*>& rows_;
  rerank_answer answer_;
  std::vector<place> order_;
};

}  // namespace

rerank_answer rerank(const rerank_request& request, const std::vector<const movie*>& rows, const rerank_basis& basis,
                     timestamp now) {
  const auto& candidates = request.candidates;
  const multiplication multiply(basis);
  std::vector<double> multiplier(candidates.size());
  std::vector<family_multipliers> multipliers(candidates.size());
  ranking ranked(request, rows);
  ranked.order(hidden_items(basis.items, basis.unhide_below, now), [&](std::size_t at) {
    multiplier[at] = rows[at] ? multiply.by(*rows[at], multipliers[at]) : multiply.by(candidates[at], multipliers[at]);
    return std::clamp(candidates[at].score * multiplier[at], 0.0, 1.0);
  });
  return ranked.take([&](std::size_t at, reranked_candidate& one) {
    one.score = candidates[at].score;
    one.multiplier = multiplier[at];
    one.multipliers = multipliers[at];
  });
}

rerank_answer rank_by_scores(const rerank_request& request, const std::vector<const movie*>& rows,
                             const std::vector<double>& scores, const std::vector<feature_state>& states,
                             double unhide_below, timestamp now) {
  ranking ranked(request, rows);
  ranked.order(hidden_items(states, unhide_below, now), [&](std::size_t at) { return scores[at]; });
  return ranked.take([&](std::size_t at, reranked_candidate& one) { one.score = scores[at]; });
}

}  // namespace demur::pipeline
