#include "learning/toy_world.hpp"

#include "learning/random.hpp"

#include <algorithm>
#include <numeric>
#include <string>

namespace demur::learning {

toy_world::toy_world(std::uint32_t seed, std::size_t users, std::size_t count, int kinds) : opinions(count) {
  std::mt19937 random(seed);
  const auto kind_of = [kinds](std::size_t i) { return static_cast<int>(i) % kinds; };
  for (std::size_t user = 0; user < users; ++user) {
    for (std::uint32_t item = 0; item < count; ++item) {
      if (below(random, 100) >= 30) continue;
      const bool same = kind_of(user) == kind_of(item);
      const bool liked = below(random, 100) < (same ? 90U : 25U);
      if (liked || below(random, 100) < 60) opinions.add({item, liked ? 1.0F : -0.8F});
    }
    opinions.end_row();
  }
  std::vector<std::vector<std::string>> names;
  for (std::size_t item = 0; item < count; ++item) {
    names.push_back({"genre:" + std::to_string(kind_of(item)), "director:" + std::to_string(item / 8)});
    items.push_back(static_cast<id>(1'000 + item));
  }
  features = item_features(names);
}

ranking_model toy_world::trained(int factors, int epochs) const {
  ials_options ials;
  ials.factors = factors;
  ials.epochs = epochs;
  ials.lambda = 0.02F;
  ials.threads = 1;
  return *fit_ranking_model(items, features, opinions, ials, taste_options{});
}

user_history random_history(std::mt19937& random, const ranking_model& model, std::size_t likes, std::size_t dislikes) {
  std::vector<std::uint32_t> items(model.items.size());
  std::iota(items.begin(), items.end(), 0U);
  shuffle(items, random);
  user_history history;
  for (std::size_t k = 0; k < likes + dislikes; ++k) history.known.push_back({items[k], k < likes ? 1.0F : -0.8F});
  std::sort(history.known.begin(), history.known.end(),
            [](const interaction& a, const interaction& b) { return a.other < b.other; });
  return history;
}

}  // namespace demur::learning
