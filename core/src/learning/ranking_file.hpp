#pragma once

#include "learning/ranking_model.hpp"

#include <demur/error.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>

/// A ranking model on disk, in the order of the machine's bytes: a head, then what is large, each part at a multiple of 64
/// bytes, so that it is used where it lies once the file is mapped. A checksum covers all that comes after it.
namespace demur::learning {

/// Writes the file; it is on disk when this returns. Returns its checksum. Errors: `unavailable`.
result<std::uint32_t> write_ranking(const std::filesystem::path& file, const ranking_model& made);

/// Maps the file and looks at all of it once. Errors: `unavailable` naming the file, what was found and what was expected.
result<std::shared_ptr<const ranking_model>> map_ranking(const std::filesystem::path& file, std::uint32_t checksum);

}  // namespace demur::learning
