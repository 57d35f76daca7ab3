#pragma once

#include "domain/case_file.hpp"

#include <demur/settings.hpp>
#include <demur/types.hpp>

#include <optional>
#include <span>

/// Whether a "no" was heard: what of a recommendation set its user had refused before. Pure.
namespace demur {

/// What of the user's state `leak_of` looks at.
user_features features_asked_by(const recommendation_set& shown, std::span<const movie> known);

/// `user`: as it was when the set was shown. A movie counts as disliked while it is to be hidden
/// from him; as blamed if it has a feature of which the reasons that name what they mean (recommendations.naming_reasons)
/// still take more than a twentieth. Of what is not in `known`, the catalogue's rows, no features are known. Nothing: he
/// has disliked nothing, so nothing can leak.
std::optional<set_leak> leak_of(const recommendation_set& shown, const user_state& user, std::span<const movie> known,
                                const settings& chosen, timestamp now);

}  // namespace demur
