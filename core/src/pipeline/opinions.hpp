#pragma once

#include "domain/case_file.hpp"
#include "plugin/registry.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace demur::pipeline {

/// What the strategies of its reason say to a dislike.
struct opinion {
  const plugin::seat* seat = nullptr;  ///< null: nobody answers to the reason any more
  result<plugin::verdict> live;
  std::optional<result<plugin::verdict>> shadow;  ///< where there is one
};

/// Whether somebody in this seat asks for weights, and so must not be asked about two dislikes of one user at a time.
bool asks_weights(const plugin::seat& seat);

/// How many of the rows may be put to the strategies at once: up to the first that must see what one before it did.
std::size_t askable_at_once(std::span<const case_entry> rows, const plugin::seats& seated);

/// Puts dislikes to the strategies, all of one reason together; those in processes of their own work side by side.
/// `with_shadows`: they are asked, too. One opinion a row, in order.
std::vector<opinion> ask_strategies(std::span<const dislike* const> rows, const plugin::seats& seated,
                                    const plugin::services& from, bool with_shadows);

}  // namespace demur::pipeline
