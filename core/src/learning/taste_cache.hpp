#pragma once

#include "learning/kernels.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace demur::learning {

class known_taste;
struct ranking_model;

/// Users who were solved of late, as solving one anew may take longer than all the rest of an answer. What it gives is what
/// would be solved anew: it looks at the history and the model, not at a time.                            [any thread]
class taste_cache {
public:
  /// `most_bytes`: of all that is kept; 0: nothing is.
  explicit taste_cache(std::size_t most_bytes) : most_bytes_(most_bytes) {}
  taste_cache(const taste_cache&) = delete;
  taste_cache& operator=(const taste_cache&) = delete;

  /// Of the user, kept or solved. To be used no longer than the model lives.
  std::shared_ptr<const known_taste> get(const ranking_model& model, std::string_view user_id,
                                         std::vector<interaction> known);

private:
  struct kept {
    std::string user_id;
    std::weak_ptr<const void> memory;  ///< of the model; gone: so is the model
    std::shared_ptr<const known_taste> taste;
  };
  using places = std::list<kept>;  ///< that was asked for last comes first

  std::shared_ptr<const known_taste> find(const ranking_model& model, std::string_view user_id,
                                          const std::vector<interaction>& known);
  void keep(kept one);
  void drop(places::iterator one);

  const std::size_t most_bytes_;
  std::mutex mutex_;
  places kept_;
  std::unordered_map<std::string_view, places::iterator> by_user_;  ///< looks into the places
  std::size_t bytes_ = 0;
};

}  // namespace demur::learning
