#pragma once

#include "domain/by_text.hpp"
#include "domain/case_file.hpp"

#include <cstddef>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace demur::store {

/// What was committed of users' states, or is about to be, and is not yet in the table feature_weights: whoever reads the
/// table looks here first. A dislike changes one page of that table, which costs more than all its other rows; so the pages are written
/// apart from the commit, many at a time, in their order. Nothing is lost with this object: the dislikes and their impacts
/// are on disk, and the states are their fold.
///
/// Thread-safe.
class recent_states {
public:
  using states_by_user = by_text<std::vector<feature_state>>;  ///< sorted by feature

  /// Whom `of` answers.
  enum class view {
    committed,
    coming,  ///< one who works on the next batch: as if those on their way were committed
  };

  /// States that a batch on its way will leave, sorted by user.
  void expect(std::vector<user_state> changed);
  /// The oldest batch that is expected is committed, through its last dislike; 0: it had none. Throws if none is expected.
  void commit(id through);
  /// States after a commit that nobody expected, and its last dislike.
  void add(std::vector<user_state> changed, id through);
  /// What is expected will not come.
  void forget_expected();

  /// The last dislike of the last commit, and so everything up to it, is here or in the table. 0: nothing was added yet.
  id through() const;
  /// Users that wait to be taken.
  std::size_t waiting() const;

  struct slice {
    states_by_user users;
    id through = 0;  ///< with it the table is as after this dislike
  };
  /// Everything that waits, and what was taken before and not merged. It is still found here until `merged`; one slice at
  /// a time.
  const slice& take();
  /// The slice is in the table.
  void merged();
  /// Forgets all: it is about to be folded anew.
  void clear();

  /// What is here of a user, or of these of his features (sorted). To be read before the table is: what leaves here is
  /// there already.
  std::vector<feature_state> of(std::string_view user_id) const;
  std::vector<feature_state> of(std::string_view user_id, std::span<const std::string> features,
                                view seen = view::committed) const;

private:
  void put(user_state changed);

  mutable std::mutex lock_;
  std::deque<std::vector<user_state>> expected_;  ///< by batch, each sorted by user
  states_by_user waiting_;
  id through_ = 0;
  slice taken_;
};

/// Both lists sorted by feature; where both have one, that of `newer` stays.
std::vector<feature_state> put_over(std::vector<feature_state> older, std::vector<feature_state> newer);

}  // namespace demur::store
