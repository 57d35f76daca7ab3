#pragma once

#include <demur/types.hpp>

#include <functional>
#include <string>

namespace demur::plugin {

/// What a strategy may ask the host while it answers. Called by the thread that waits for the answers; must not throw.
struct services {
  timestamp now{};
  /// Of the dislike's user, before that dislike. NaN: it cannot be told. Empty: never.
  std::function<double(const dislike& of, const std::string& feature)> weight;
  /// The catalogue's row, valid until the next call; null: it has none.
  std::function<const movie*(id movie_id)> find_movie;
};

}  // namespace demur::plugin
