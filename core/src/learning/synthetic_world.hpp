#pragma once

#include "learning/item_features.hpp"
#include "learning/random.hpp"

#include <demur/types.hpp>

#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace demur::learning {

/// What a user says of an item that he is shown.
struct reaction {
  enum class opinion { none, like, dislike };
  opinion said = opinion::none;
  std::string reason;                 ///< of a dislike; may be empty
  std::vector<std::uint32_t> blamed;  ///< features that the reason may mean: it names their kind, not the one
  float cap = 0.15F;                  ///< share of a score that the reason's strategy takes at most
};

/// A made-up catalogue, and users whose true tastes are known here and nowhere else:
///
///   utility(u, i) = quality_i + sum of u's tastes of the features of i + <p_u, q_i>
///
/// where the last term is what no feature tells. He who meets an item feels its utility and a noise of the day; he likes
/// or dislikes what is beyond a threshold, and says so every other time. Popular items are mostly, not always, the
/// better ones. Immutable; the same seed makes the same world.
class synthetic_world {
public:
  /// `loathing`: a factor of all negative tastes.
  synthetic_world(std::size_t users, std::size_t items, double loathing, std::uint64_t seed);

  std::size_t users() const { return users_.size(); }
  const std::vector<id>& items() const { return items_; }
  const item_features& features() const { return features_; }
  /// A bit a genre.
  std::uint32_t genres_of(std::uint32_t item) const { return hidden_[item].genres; }

  /// What a user truly makes of an item; about -3 to 3.
  double utility(std::size_t user, std::uint32_t item) const;
  /// The same whenever it is asked for: chance is a function of user, item and day.
  reaction react(std::size_t user, std::uint32_t item, std::uint64_t day) const;
  /// Different items, at most `wanted`, that the user met before the first day; the popular ones sooner.
  std::vector<std::uint32_t> met_before(std::size_t user, std::size_t wanted) const;

  const draws_by_name& draws() const { return draws_; }

private:
  using hidden_taste = std::array<float, 4>;
  struct hidden_item {
    float quality = 0.0F;
    double popular_through = 0.0;  ///< sum of the popularities of the items up to here
    hidden_taste beyond_features{};
    std::uint32_t genres = 0;
  };
  struct hidden_user {
    std::vector<std::pair<std::uint32_t, float>> tastes;  ///< of features, ascending
    hidden_taste beyond_features{};
  };

  void make_items(std::size_t count, std::mt19937& random);
  void make_users(std::size_t count, float loathing, std::mt19937& random);
  float taste_of(const hidden_user& user, std::uint32_t feature) const;
  void give_reason(const hidden_user& user, std::uint32_t item, reaction& made) const;

  std::vector<id> items_;
  item_features features_;
  std::vector<hidden_item> hidden_;
  std::vector<hidden_user> users_;
  draws_by_name draws_;
};

}  // namespace demur::learning
