#include "learning/opinion_entries.hpp"

#include "domain/faded_sum.hpp"
#include "learning/user_taste.hpp"

#include <algorithm>
#include <cmath>

namespace demur::learning {

namespace {

fresh_dislike fresh_from(const ranking_model& model, const training_opinion& said, std::uint32_t item, float weight,
                         const opinion_fading& as, const blame_by_dislike& blamed) {
  fresh_dislike made;
  made.dislike_id = said.dislike_id;
  made.item = item;
  made.weight = weight;
  made.neighbour_fade = static_cast<float>(fading(as.now - said.created_at, as.neighbour_half_life_days));
  const auto found = blamed.find(said.dislike_id);
  if (found == blamed.end()) return made;
  made.cap = found->second.cap;
  for (const std::string& name : found->second.names)
    if (const auto feature = model.features.find(name); feature < model.features.features())
      made.blamed.push_back(feature);
  return made;
}

/// The dislike after which all are fresh.
id fresh_after_of(const ranking_model& model, std::span<const training_opinion> said) {
  std::vector<id> newer;
  for (const training_opinion& one : said)
    if (one.dislike_id > model.trained_through) newer.push_back(one.dislike_id);
  if (newer.size() <= most_fresh) return model.trained_through;
  const auto last_old = newer.end() - static_cast<std::ptrdiff_t>(most_fresh) - 1;
  std::nth_element(newer.begin(), last_old, newer.end());
  return *last_old;
}

}  // namespace

float entry_of(const training_opinion& said, const opinion_fading& as) {
  if (said.kind == opinion_kind::seen) return 0.0F;
  if (said.kind == opinion_kind::like) return static_cast<float>(said.weight);
  const double left = said.dislike_id == 0 ? 1.0 : fading(as.now - said.created_at, as.dislike_half_life_days);
  return -static_cast<float>(said.weight * left);
}

user_history history_from(const ranking_model& model, std::span<const training_opinion> said, const opinion_fading& as,
                          const blame_by_dislike& blamed) {
  user_history made;
  const id fresh_after = fresh_after_of(model, said);
  for (std::size_t k = 0; k < said.size();) {
    const id movie_id = said[k].movie_id;
    const training_opinion* newest = nullptr;
    for (; k < said.size() && said[k].movie_id == movie_id; ++k)
      if (said[k].kind != opinion_kind::seen) newest = &said[k];
    const auto item = model.number_of(movie_id);
    if (!newest || !item) continue;
    const float entry = entry_of(*newest, as);
    if (entry == 0.0F) continue;
    if (newest->dislike_id > fresh_after)
      made.fresh.push_back(fresh_from(model, *newest, *item, std::abs(entry), as, blamed));
    else
      made.known.push_back({*item, entry});
  }
  std::sort(made.fresh.begin(), made.fresh.end(),
            [](const fresh_dislike& a, const fresh_dislike& b) { return a.dislike_id < b.dislike_id; });
  return made;
}

}  // namespace demur::learning
