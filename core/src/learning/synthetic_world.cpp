#include "learning/synthetic_world.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace demur::learning {

namespace {

constexpr std::size_t genres = 16;  // bits of genres_of
constexpr float quality_spread = 0.5F;
constexpr float beyond_spread = 0.75F;  // of each of the four factors: their product then spreads 1.1
constexpr double noise_spread = 0.7;
constexpr double threshold = 0.8;
constexpr double says_so = 0.5;   // who feels something says it
constexpr double says_why = 0.7;  // who dislikes names a reason

/// What users love and loathe of each kind of feature.
struct kind_of_feature {
  std::string prefix;
  std::size_t loved;
  std::size_t loathed;
  float love;
  float loathe;
  const char* reason;  ///< which it is when a loathed one is met
  float cap;
};
const std::vector<kind_of_feature>& kinds() {
  static const std::vector<kind_of_feature> all{{"genre:", 3, 2, 0.8F, -1.5F, "wrong_genre", 0.15F},
                                                {"cast:", 5, 4, 0.6F, -1.2F, "poor_quality", 0.10F},
                                                {"director:", 2, 2, 0.6F, -1.2F, "poor_quality", 0.10F},
                                                {"franchise:", 1, 1, 0.6F, -1.2F, "franchise_fatigue", 0.12F}};
  return all;
}

/// What chance is asked for.
enum purpose : std::uint64_t { noise_1, noise_2, noise_3, noise_4, speech, explanation, meeting };

double unit(std::mt19937& random) { return below(random, 1U << 24U) * 0x1.0p-24; }

/// Mean 0 and spread 1, near enough to normal, and without the mathematical library, whose last bits differ from
/// machine to machine.
template <class Unit>
double bell(const Unit& one_of_four) {
  double sum = 0.0;
  for (std::uint64_t k = 0; k < 4; ++k) sum += one_of_four(k);
  return (sum - 2.0) * 1.7320508075688772;
}

float bell(std::mt19937& random) {
  return static_cast<float>(bell([&](std::uint64_t) { return unit(random); }));
}

/// Different numbers below `count`, at most `wanted`, in no order.
std::vector<std::uint32_t> some(std::size_t count, std::size_t wanted, std::mt19937& random) {
  std::vector<std::uint32_t> all(count);
  std::iota(all.begin(), all.end(), 0U);
  shuffle(all, random);
  all.resize(std::min(count, wanted));
  return all;
}

}  // namespace

synthetic_world::synthetic_world(std::size_t users, std::size_t items, double loathing, std::uint64_t seed)
    : draws_(seed) {
  std::seed_seq words{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U)};
  std::mt19937 random(words);
  make_items(items, random);
  make_users(users, static_cast<float>(loathing), random);
}

void synthetic_world::make_items(std::size_t count, std::mt19937& random) {
  const std::size_t actors = std::max<std::size_t>(10, count / 4);
  const std::size_t directors = std::max<std::size_t>(5, count / 8);
  const std::size_t series = std::max<std::size_t>(3, count / 30);
  std::vector<std::vector<std::string>> names(count);
  double popular = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    hidden_item made;
    for (const std::uint32_t genre : some(genres, 1 + below(random, 3), random)) {
      made.genres |= 1U << genre;
      names[i].push_back("genre:" + std::to_string(genre));
    }
    for (const std::uint32_t actor : some(actors, 3, random)) names[i].push_back("cast:" + std::to_string(actor));
    names[i].push_back("director:" + std::to_string(below(random, static_cast<std::uint32_t>(directors))));
    if (below(random, 5) == 0)
      names[i].push_back("franchise:" + std::to_string(below(random, static_cast<std::uint32_t>(series))));
    const float quality = bell(random), fame = bell(random);
    made.quality = quality_spread * quality;
    popular += std::exp(0.6 * static_cast<double>(quality) + 0.9 * static_cast<double>(fame));
    made.popular_through = popular;
    for (float& each : made.beyond_features) each = beyond_spread * bell(random);
    hidden_.push_back(made);
    items_.push_back(static_cast<id>(i + 1));
  }
  features_ = item_features(names);
}

void synthetic_world::make_users(std::size_t count, float loathing, std::mt19937& random) {
  std::vector<std::vector<std::uint32_t>> of_kind(kinds().size());
  for (std::uint32_t f = 0; f < features_.features(); ++f)
    for (std::size_t k = 0; k < kinds().size(); ++k)
      if (features_.name(f).starts_with(kinds()[k].prefix)) of_kind[k].push_back(f);
  for (std::size_t u = 0; u < count; ++u) {
    hidden_user made;
    for (std::size_t k = 0; k < kinds().size(); ++k) {
      const kind_of_feature& kind = kinds()[k];
      std::size_t place = 0;
      for (const std::uint32_t chosen : some(of_kind[k].size(), kind.loved + kind.loathed, random))
        made.tastes.emplace_back(of_kind[k][chosen], place++ < kind.loved ? kind.love : loathing * kind.loathe);
    }
    std::sort(made.tastes.begin(), made.tastes.end());
    for (float& each : made.beyond_features) each = beyond_spread * bell(random);
    users_.push_back(std::move(made));
  }
}

float synthetic_world::taste_of(const hidden_user& user, std::uint32_t feature) const {
  const auto place = std::lower_bound(user.tastes.begin(), user.tastes.end(), feature,
                                      [](const auto& taste, std::uint32_t f) { return taste.first < f; });
  return place != user.tastes.end() && place->first == feature ? place->second : 0.0F;
}

double synthetic_world::utility(std::size_t user, std::uint32_t item) const {
  const hidden_user& who = users_[user];
  float sum = hidden_[item].quality;
  for (const std::uint32_t feature : features_.of(item)) sum += taste_of(who, feature);
  for (std::size_t k = 0; k < who.beyond_features.size(); ++k)
    sum += who.beyond_features[k] * hidden_[item].beyond_features[k];
  return static_cast<double>(sum);
}

reaction synthetic_world::react(std::size_t user, std::uint32_t item, std::uint64_t day) const {
  const double noise = bell([&](std::uint64_t k) { return draws_.unit(noise_1 + k, user, item, day); });
  const double felt = utility(user, item) + noise_spread * noise;
  reaction made;
  if (std::abs(felt) < threshold || draws_.unit(speech, user, item, day) >= says_so) return made;
  made.said = felt > 0.0 ? reaction::opinion::like : reaction::opinion::dislike;
  if (felt < 0.0 && draws_.unit(explanation, user, item, day) < says_why) give_reason(users_[user], item, made);
  return made;
}

/// The kind of what he loathes most of it; if it is nothing of the features, he is just not interested.
void synthetic_world::give_reason(const hidden_user& user, std::uint32_t item, reaction& made) const {
  made.reason = "not_interested";
  float worst = 0.0F;
  for (const std::uint32_t feature : features_.of(item)) {
    const float taste = taste_of(user, feature);
    if (taste >= worst) continue;
    worst = taste;
    const auto kind = std::find_if(kinds().begin(), kinds().end(), [&](const kind_of_feature& each) {
      return features_.name(feature).starts_with(each.prefix);
    });
    made.reason = kind->reason;
    made.cap = kind->cap;
  }
  for (const std::uint32_t feature : features_.of(item))
    for (const kind_of_feature& each : kinds())
      if (made.reason == each.reason && features_.name(feature).starts_with(each.prefix))
        made.blamed.push_back(feature);
}

std::vector<std::uint32_t> synthetic_world::met_before(std::size_t user, std::size_t wanted) const {
  std::vector<std::uint32_t> met;
  // He who meets the same few again and again has met them: so many tries, no more.
  for (std::uint64_t k = 0; met.size() < wanted && k < 20 * wanted; ++k) {
    const double at = draws_.unit(meeting, user, k) * hidden_.back().popular_through;
    const auto place = std::upper_bound(hidden_.begin(), hidden_.end(), at,
                                        [](double sum, const hidden_item& item) { return sum < item.popular_through; });
    const auto item = static_cast<std::uint32_t>(std::min(place, hidden_.end() - 1) - hidden_.begin());
    if (std::find(met.begin(), met.end(), item) == met.end()) met.push_back(item);
  }
  return met;
}

}  // namespace demur::learning
