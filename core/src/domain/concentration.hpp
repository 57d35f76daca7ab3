#pragma once

#include <demur/settings.hpp>
#include <demur/types.hpp>

#include <cstdint>

/// When a feature stands out among dislikes (design, section 4; api.md, "Patterns"). Pure.
namespace demur {

/// P(X >= hits) for X ~ Binomial(trials, share): the one-sided p-value of a concentration. share in [0, 1].
double binomial_tail(std::int64_t hits, std::int64_t trials, double share);

/// How far `hits` of `trials` stands out above `baseline`, a share in (0, 1]; `none` if there are fewer than
/// min_frequency, the ratio is under low_ratio or the test is not significant.
severity concentration(std::int64_t hits, std::int64_t trials, double baseline,
                       const settings::patterns_section& chosen);

}  // namespace demur
