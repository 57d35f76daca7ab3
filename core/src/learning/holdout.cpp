#include "learning/holdout.hpp"

#include "learning/random.hpp"

#include <algorithm>

namespace demur::learning {

namespace {

constexpr std::size_t fewest = 5;
constexpr std::size_t one_in = 5;

/// Takes a fifth away; what is left stays.
std::vector<std::uint32_t> take_fifth(std::vector<interaction>& said, std::mt19937& random) {
  std::vector<std::uint32_t> taken;
  if (said.size() < fewest) return taken;
  shuffle(said, random);
  for (std::size_t left = said.size() / one_in; left > 0; --left) {
    taken.push_back(said.back().other);
    said.pop_back();
  }
  std::sort(taken.begin(), taken.end());
  return taken;
}

}  // namespace

holdout hold_out(const interactions& all, std::uint32_t seed) {
  std::mt19937 random(seed);
  holdout split;
  split.training = interactions(all.columns());
  for (std::size_t user = 0; user < all.rows(); ++user) {
    std::vector<interaction> likes, dislikes;
    for (const interaction& said : all.row(user)) (said.weight > 0.0F ? likes : dislikes).push_back(said);
    split.likes.push_back(take_fifth(likes, random));
    split.dislikes.push_back(take_fifth(dislikes, random));
    likes.insert(likes.end(), dislikes.begin(), dislikes.end());
    std::sort(likes.begin(), likes.end(), [](const interaction& a, const interaction& b) { return a.other < b.other; });
    for (const interaction& said : likes) split.training.add(said);
    split.training.end_row();
  }
  return split;
}

interactions likes_of(const interactions& all) {
  interactions likes(all.columns());
  for (std::size_t user = 0; user < all.rows(); ++user) {
    for (const interaction& said : all.row(user))
      if (said.weight > 0.0F) likes.add(said);
    likes.end_row();
  }
  return likes;
}

}  // namespace demur::learning
