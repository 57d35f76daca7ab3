#pragma once

#include <demur/error.hpp>

#include <chrono>
#include <filesystem>
#include <string>

namespace demur::plugin {

/// Puts a plugin to the quick test (see conformance.hpp) in a process of its own, before this one maps it. `host_program`:
/// demur-plugin-host. `shown`: the name of the file in sentences. An error names the file, what was found in which step and
/// what was expected; `unavailable`: the program cannot be run. Blocks, at most a little longer than `limit`; what is still
/// running then, and all processes that it started in its group, are killed.                             [any thread]
result<done> check_apart(const std::filesystem::path& host_program, const std::filesystem::path& file,
                         const std::filesystem::path& shown, const std::string& config,
                         std::chrono::milliseconds limit);

}  // namespace demur::plugin
