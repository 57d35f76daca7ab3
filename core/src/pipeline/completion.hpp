#pragma once

#include "domain/case_file.hpp"
#include "plugin/registry.hpp"

#include <demur/error.hpp>
#include <demur/settings.hpp>
#include <demur/types.hpp>

namespace demur::pipeline {

/// From what was sent to the row and the example that are stored. Pure.

/// Whether the catalogue is to be asked: the title is missing, or all the features.
bool needs_catalogue(const dislike_request& request);
/// Fills in what is missing from the catalogue's row (null: it has none) and checks that somebody answers to the reason. An
/// error names the field.
result<dislike_request> complete(dislike_request request, const movie* known, const plugin::seats& seated);

dislike make_row(dislike_request request, id dislike_id, timestamp now);
/// A negative training example of what was predicted and what the user says: actual rating 0.
training_example make_example(const dislike& row, const settings::weights_section& chosen, timestamp now);

}  // namespace demur::pipeline
