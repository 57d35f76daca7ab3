#include "learning/user_taste.hpp"

#include <algorithm>
#include <utility>

namespace demur::learning {

namespace {

using array = Eigen::Array<float, Eigen::Dynamic, 1>;

}  // namespace

user_taste::user_taste(const ranking_model& model, const user_history& history)
    : user_taste(std::make_shared<const known_taste>(model, history.known), history.fresh) {}

user_taste::user_taste(std::shared_ptr<const known_taste> known, const std::vector<fresh_dislike>& fresh)
    : known_(std::move(known)), model_(known_->model()), user_(known_->user()) {
  for (const fresh_dislike& said : fresh) fold(said);
}

void user_taste::fold(const fresh_dislike& said) {
  folded made;
  made.item = said.item;
  made.moved = known_->fold_in(said.item, said.weight, model_.taste.fresh_target, user_,
                               inverse_times(model_.factors_of(said.item)));
  user_ -= made.moved.step * made.moved.direction;
  made.neighbour_fade = said.neighbour_fade;
  blame(said, made);
  blame_creators(said, made);
  folded_.push_back(std::move(made));
}

void user_taste::blame(const fresh_dislike& said, folded& made) const {
  made.blamed = static_cast<std::uint32_t>(model_.features.features());
  made.cap = said.cap;
  float least = 0.0F;
  for (const std::uint32_t feature : said.blamed) {
    const feature_taste* taste = known_->taste_of(feature);
    const float theta = taste ? taste->theta : 0.0F;
    if (made.blamed != model_.features.features() && theta >= least) continue;
    least = theta;
    made.blamed = feature;
    // As if so many opinions more had left a residual of -1 on this feature alone.
    const float n = model_.taste.reason_count;
    const float opinions = taste ? taste->opinions : 0.0F;
    made.blame =
        model_.weight_of(feature) * std::min(0.0F, -n * (1.0F + theta) / (model_.taste.overlay_shrink + opinions + n));
  }
}

/// No stated reason is needed: of what somebody dislikes, the next one by the same director or of the same franchise is
/// what he least wants to be shown, and the factors know little of who made what.
void user_taste::blame_creators(const fresh_dislike& said, folded& made) const {
  const float n = model_.taste.creator_count * said.neighbour_fade;
  for (const std::uint32_t feature : model_.features.of(said.item)) {
    if (!names_a_creator(model_.features.name(feature))) continue;
    const feature_taste* taste = known_->taste_of(feature);
    float theta = taste ? taste->theta : 0.0F;
    float opinions = taste ? taste->opinions : 0.0F;
    for (const folded& earlier : folded_)
      for (const creator_shift& left : earlier.creators)
        if (left.feature == feature) {
          theta += left.shift;
          opinions += left.opinions;
        }
    const float shift = std::min(0.0F, -n * (1.0F + theta) / (model_.taste.overlay_shrink + opinions + n));
    made.creators.push_back({feature, n, shift, model_.weight_of(feature) * shift});
  }
}

/// What the stated reason takes from an item with the blamed feature.
float user_taste::reason_part(const folded& said, float learnt) const {
  return std::max(said.blame, -said.cap * std::max(0.0F, learnt));
}

/// What a creator takes from an item of his; if the reason blames him too, what goes beyond the reason's part.
float user_taste::creator_part(const folded& said, const creator_shift& of, float learnt) const {
  return of.feature == said.blamed ? std::min(0.0F, of.part - reason_part(said, learnt)) : of.part;
}

/// A^-1 with what was folded in so far.
factor_vector user_taste::inverse_times(const factor_vector& vector) const {
  factor_vector solved = known_->inverse_times(vector);
  for (const folded& each : folded_)
    solved -= (each.moved.shrink * each.moved.direction.dot(vector)) * each.moved.direction;
  return solved;
}

float user_taste::factors(std::uint32_t item) const { return user_.dot(model_.factors_of(item)); }

float user_taste::appeal(std::uint32_t item) const { return model_.taste.appeal_weight * model_.appeal[item]; }

float user_taste::likeness(std::size_t fresh, std::uint32_t item) const {
  return folded_[fresh].moved.direction.dot(model_.factors_of(item));
}

float user_taste::neighbour_part(const folded& said, std::uint32_t item) const {
  const float product = model_.factors_of(said.item).dot(model_.factors_of(item));
  float lowered = 0.0F;
  best_kernels().lower_neighbours(
      {&known_->scores()[item], &product, &model_.lengths[item], model_.lengths[said.item], said.neighbour_fade,
       model_.taste.neighbour_weight, model_.taste.neighbour_doubt, known_->inverse_sure()},
      1, &lowered);
  return lowered;
}

fresh_effect user_taste::effect(std::size_t fresh, std::uint32_t item) const {
  const folded& said = folded_[fresh];
  fresh_effect made;
  made.factors = -said.moved.step * likeness(fresh, item);
  made.neighbour = neighbour_part(said, item);
  const auto own = model_.features.of(item);
  const auto has = [own](std::uint32_t feature) { return std::binary_search(own.begin(), own.end(), feature); };
  if (has(said.blamed)) made.reason = reason_part(said, known_->scores()[item]);
  for (const creator_shift& each : said.creators)
    if (has(each.feature)) made.creator += creator_part(said, each, known_->scores()[item]);
  return made;
}

float user_taste::score(std::uint32_t item) const {
  float sum = known_->scores()[item];
  for (std::size_t k = 0; k < folded_.size(); ++k) sum += effect(k, item).sum();
  return sum;
}

/// `products`: of the disliked item's factors with all others'.
void user_taste::add_effect(const folded& said, const float* products, std::vector<float>& scores) const {
  best_kernels().lower_neighbours(
      {known_->scores().data(), products, model_.lengths.data(), model_.lengths[said.item], said.neighbour_fade,
       model_.taste.neighbour_weight, model_.taste.neighbour_doubt, known_->inverse_sure()},
      scores.size(), scores.data());
  for (const creator_shift& each : said.creators)
    for (const std::uint32_t item : model_.features.with(each.feature))
      scores[item] += creator_part(said, each, known_->scores()[item]);
  if (said.blamed == model_.features.features()) return;
  for (const std::uint32_t item : model_.features.with(said.blamed))
    scores[item] += reason_part(said, known_->scores()[item]);
}

std::vector<float> user_taste::scores() const {
  if (folded_.empty()) return known_->scores();
  const std::size_t n = model_.items.size();
  // The way that the user was moved, then the disliked items; some at a time, or many dislikes would take much memory.
  constexpr std::size_t at_a_time = 8;
  factor_matrix vectors(folded_.size() + 1, model_.ials.factors);
  vectors.row(0) = user_ - known_->user();
  for (std::size_t k = 0; k < folded_.size(); ++k) vectors.row(k + 1) = model_.factors_of(folded_[k].item);
  const auto number = static_cast<std::size_t>(vectors.rows());
  std::vector<float> all = known_->scores(), products(std::min(at_a_time, number) * n);
  for (std::size_t first = 0; first < number; first += at_a_time) {
    const std::size_t taken = std::min(at_a_time, number - first);
    best_kernels().scores(model_.factors.data(), n, model_.ials.factors,
                          vectors.row(static_cast<Eigen::Index>(first)).data(), taken, products.data());
    for (std::size_t k = first; k < first + taken; ++k) {
      const float* const own = &products[(k - first) * n];
      const auto size = static_cast<Eigen::Index>(n);
      if (k == 0)
        Eigen::Map<array>(all.data(), size) += Eigen::Map<const array>(own, size);
      else
        add_effect(folded_[k - 1], own, all);
    }
  }
  return all;
}

}  // namespace demur::learning
