#pragma once

#include "domain/records.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

/// What is kept of an arm of an experiment: moments of its users' counts. Impressions of one user are alike, so the user
/// is the unit of every variance, not the impression. Pure; not thread-safe.
namespace demur::learning {

/// What is counted of one user. The last two are from before the experiment.
struct user_counts {
  std::int64_t impressions = 0;
  std::int64_t dislikes = 0;
  std::int64_t likes = 0;
  std::int64_t impressions_before = 0;
  std::int64_t dislikes_before = 0;

  static constexpr std::size_t size = 5;
  std::array<std::int64_t, size> all() const {
    return {impressions, dislikes, likes, impressions_before, dislikes_before};
  }
  friend bool operator==(const user_counts&, const user_counts&) = default;
};

/// A weight a count, in the order of `user_counts`: stands for a number a user, their weighted sum.
using linear_form = std::array<double, user_counts::size>;

/// Sums and sums of products of the users' counts: whole numbers, so that the order in which they came leaves no trace.
class arm_moments {
public:
  /// A user who was not there. O(1), as is everything here.
  void add(const user_counts& counts);
  /// The counts of a user who is there have changed.
  void replace(const user_counts& before, const user_counts& after);

  std::int64_t users() const { return users_; }
  user_counts totals() const;
  /// Over the users, the sum of this number.
  double sum(const linear_form& of) const;
  /// Over the users, the sum of the products of two numbers.
  double product(const linear_form& one, const linear_form& other) const;

  /// Over all of both.
  friend arm_moments operator+(arm_moments one, const arm_moments& other);
  friend bool operator==(const arm_moments&, const arm_moments&) = default;

  /// As fields of a record.
  void write(record_writer& out) const;
  void read(record_reader& in);

private:
  void change(const user_counts& counts, std::int64_t sign);

  std::int64_t users_ = 0;
  std::array<std::int64_t, user_counts::size> sums_{};
  std::array<std::int64_t, user_counts::size*(user_counts::size + 1) / 2> products_{};  ///< upper triangle, by rows
};

}  // namespace demur::learning
