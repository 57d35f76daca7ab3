#pragma once

#include "pipeline/actors.hpp"

namespace demur::pipeline {

/// Of a submission that nobody has checked: rows in their normal form, or refused in their place. An error: none of it can
/// be taken.
std::optional<error> check(submission_ptr& from, timestamp now);

}  // namespace demur::pipeline
