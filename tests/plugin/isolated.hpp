#pragma once

#include "plugin/isolated_strategy.hpp"
#include "plugin/strategy.hpp"

#include <demur/types.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace demur::plugin {

/// A library that was built, a shipped one or one of the gallery.
std::filesystem::path built(const std::string& name);

/// Short times, so that a test that waits for one does not wait long; longer where everything is slower.
isolation_options in_a_hurry();

/// Of a plugin that was built; `called`: if not as its file is. The test case ends if it is refused.
std::unique_ptr<isolated_strategy> isolated(const std::string& name, const std::string& config = "{}",
                                            const isolation_options& chosen = in_a_hurry(),
                                            const strategy::listener& told = {}, const std::string& called = {});

/// The sentence with which it is refused; `created` if it is not.
std::string refusal_of(const std::string& name, const std::string& config = "{}",
                       const isolation_options& chosen = in_a_hurry());

/// A dislike that has a text and little else.
dislike saying(const std::string& text);

/// Wakes it until it is in that state; false if that takes too long.
bool comes_to(strategy& woken, strategy_state state);

}  // namespace demur::plugin
