#include "learning/recommending.hpp"

#include "learning/gate.hpp"
#include "learning/random.hpp"
#include "learning/ranking_model.hpp"
#include "learning/taste_cache.hpp"
#include "learning/top_items.hpp"
#include "learning/user_taste.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace demur::learning {

namespace {

user_taste taste_of(const ranking_model& model, const speaker& who) {
  user_history history = history_from(model, who.said, who.as, who.blamed);
  if (!who.kept || who.said.empty()) return {model, history};
  return {who.kept->get(model, who.said.front().user_id, std::move(history.known)), history.fresh};
}

void mark(const ranking_model& model, const std::vector<std::string>& features, std::vector<bool>& marked) {
  for (const std::string& name : features) {
    const auto feature = model.features.find(name);
    if (feature == model.features.features()) continue;
    for (const std::uint32_t item : model.features.with(feature)) marked[item] = true;
  }
}

/// Ascending.
std::vector<std::uint32_t> hidden_items(const ranking_model& model, const recommending_rules& rules) {
  std::vector<bool> wanted(model.items.size(), rules.any_features.empty());
  mark(model, rules.any_features, wanted);
  std::vector<bool> refused(model.items.size());
  mark(model, rules.no_features, refused);
  for (const id movie_id : rules.hidden)
    if (const auto item = model.number_of(movie_id)) refused[*item] = true;
  std::vector<std::uint32_t> hidden;
  for (std::uint32_t item = 0; item < model.items.size(); ++item)
    if (refused[item] || !wanted[item]) hidden.push_back(item);
  return hidden;
}

/// P(K = k) for k in [0, most]: binomial, with all that is above `most` counted there. `share` is below 1.
std::vector<double> explored_places(std::size_t n, double share, std::size_t most) {
  std::vector<double> chance(most + 1);
  double one = std::pow(1.0 - share, static_cast<double>(n));
  for (std::size_t k = 0; k <= n; ++k) {
    chance[std::min(k, most)] += one;
    one *= static_cast<double>(n - k) / static_cast<double>(k + 1) * share / (1.0 - share);
  }
  return chance;
}

/// Puts chance in the places of some of the best.
class lottery {
public:
  lottery(std::span<const ranked_item> ranking, const recommending_rules& rules)
      : rules_(rules),
        best_(ranking.first(rules.n)),
        pool_(ranking.begin() + static_cast<std::ptrdiff_t>(rules.n), ranking.end()) {
    const std::size_t most = std::min(rules.n, pool_.size());
    const auto chance = explored_places(rules.n, rules.exploration, most);
    double up_to = 0.0, mean = 0.0;
    by_rank_.assign(rules.n, 1.0);
    for (std::size_t k = 0; k <= most; ++k) {
      mean += static_cast<double>(k) * chance[k];
      up_to += chance[k];
      if (k < most) by_rank_[rules.n - 1 - k] = std::min(1.0, up_to);  // shown while at most k places are explored
    }
    of_pool_ = mean / static_cast<double>(pool_.size());
  }

  template <class Show>
  void draw(const Show& show) {
    std::mt19937 random(rules_.seed);
    std::size_t next = 0;
    for (std::size_t place = 0; place < rules_.n; ++place) {
      // All 32 bits in [0, 1).
      const bool explore = static_cast<double>(random()) * 0x1.0p-32 < rules_.exploration;
      if (!explore || pool_.empty()) {
        show(best_[next], by_rank_[next], false);
        ++next;
        continue;
      }
      const auto drawn = pool_.begin() + below(random, static_cast<std::uint32_t>(pool_.size()));
      show(*drawn, of_pool_, true);
      *drawn = pool_.back();
      pool_.pop_back();
    }
  }

private:
  const recommending_rules& rules_;
  std::span<const ranked_item> best_;
  std::vector<ranked_item> pool_;
  std::vector<double> by_rank_;
  double of_pool_ = 0.0;
};

}  // namespace

id trained_through(const ranking_model& model) { return model.trained_through; }

std::vector<recommendation> recommend(const ranking_model& model, const speaker& who, const recommending_rules& rules) {
  const std::vector<float> scores = taste_of(model, who).scores();
  const bool explores = rules.exploration > 0.0 && rules.exploration_pool > 0;
  const auto ranking = top_items(scores, rules.n + (explores ? rules.exploration_pool : 0), hidden_items(model, rules));
  std::vector<recommendation> shown;
  const auto show = [&](const ranked_item& one, double propensity, bool explored) {
    shown.push_back({model.items[one.item], static_cast<double>(one.score), propensity, explored});
  };
  if (ranking.size() <= rules.n || !explores)
    for (const ranked_item& one : ranking) show(one, 1.0, false);
  else
    lottery(ranking, rules).draw(show);
  return shown;
}

bool knows(const ranking_model& model, id movie_id) { return model.number_of(movie_id).has_value(); }

score_explanation explain_score(const ranking_model& model, const speaker& who, id movie_id, id since) {
  score_explanation told;
  const auto item = model.number_of(movie_id);
  if (!item) return told;
  const user_taste taste = taste_of(model, who);
  told.score = static_cast<double>(taste.score(*item));
  told.parts = {{"factors", static_cast<double>(taste.factors(*item))},
                {"appeal", static_cast<double>(taste.appeal(*item))}};
  const auto own = model.features.of(*item);
  for (const feature_taste& each : taste.features())
    if (std::binary_search(own.begin(), own.end(), each.feature))
      told.parts.push_back(
          {model.features.name(each.feature), static_cast<double>(model.weight_of(each.feature) * each.theta)});
  fresh_effect sum;
  for (std::size_t k = 0; k < taste.fresh(); ++k) {
    const fresh_effect one = taste.effect(k, *item);
    sum.neighbour += one.neighbour;
    sum.creator += one.creator;
    sum.reason += one.reason;
  }
  for (const auto& [name, value] :
       {std::pair{"neighbour", sum.neighbour}, std::pair{"creator", sum.creator}, std::pair{"reason", sum.reason}})
    if (value != 0.0F) told.parts.push_back({name, static_cast<double>(value)});

  std::vector<training_opinion> others(who.said.begin(), who.said.end());
  for (std::size_t k = 0; k < who.said.size(); ++k) {
    const training_opinion& said = who.said[k];
    if (said.kind != opinion_kind::dislike || said.dislike_id == 0 || said.dislike_id < since) continue;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(k));
    dislike_in_score& one = told.dislikes.emplace_back();
    one.dislike_id = said.dislike_id;
    one.learned = said.dislike_id <= model.trained_through && !judges(said.user_id, model.judges_share);
    one.score_without = static_cast<double>(taste_of(model, {others, who.as, who.blamed}).score(*item));
    one.effect = told.score - one.score_without;
    others.insert(others.begin() + static_cast<std::ptrdiff_t>(k), said);
  }
  std::stable_sort(told.dislikes.begin(), told.dislikes.end(),
                   [](const dislike_in_score& a, const dislike_in_score& b) { return a.effect < b.effect; });
  return told;
}

std::vector<double> model_scores(const ranking_model& model, const speaker& who, std::span<const id> movies) {
  const user_taste taste = taste_of(model, who);
  std::vector<double> scores;
  scores.reserve(movies.size());
  for (const id movie_id : movies) {
    const auto item = model.number_of(movie_id);
    scores.push_back(item ? static_cast<double>(taste.score(*item)) : 0.0);
  }
  return scores;
}

}  // namespace demur::learning
