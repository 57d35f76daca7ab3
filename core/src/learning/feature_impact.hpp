#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Which features drive dislikes. Pure; callable from any thread.
namespace demur::learning {

/// What was counted of one feature, or of everything.
struct dislike_counts {
  std::int64_t dislikes = 0;
  /// Over the users, the sum of the squares of their dislikes: as large as `dislikes` if each has one. Dislikes of one user
  /// are one opinion many times; this tells how far.
  std::int64_t squares = 0;
  std::int64_t exposures = 0;      ///< impressions, or rows of the catalogue
  std::int64_t all_exposures = 0;  ///< of the same kind, with the feature and without
};

/// One feature's effect. All numbers but the last two are logarithms of a ratio: how many times as often an item with the
/// feature is disliked, an exposure, as one without it.
struct feature_effect {
  double raw = 0.0;             ///< as counted
  double standard_error = 0.0;  ///< of `raw`
  double log_odds = 0.0;        ///< shrunken
  double low = 0.0;             ///< of its 95 % interval
  double high = 0.0;
  double p = 1.0;  ///< two-sided, that there is no effect
  double q = 1.0;  ///< corrected for the number of features that were looked at
};

/// The effects of the features of one family. `all`: dislikes over all items, whatever their features.
///
/// raw = ln((a + .5) / (b + .5)) - ln((A + .5) / (B + .5)): a dislikes with the feature and b without it, A exposures with
/// and B without (Haldane's and Anscombe's halves). It is the log odds ratio of the feature among dislikes and among
/// exposures, which is that of a dislike given an exposure as far as dislikes are rare, and the log of the ratio of the
/// rates whatever they are; more dislikes than known impressions do it no harm. Its variance is D_f / (a + .5) + D / (b +
/// .5), with the design effects D_f and D = squares / dislikes (at least 1) of the feature's dislikes and of all.
/// Exposures count as known.
///
/// Shrunken by an empirical Bayes prior N(0, t^2) over the family, t^2 by the estimator of Paule and Mandel (J. Res. Natl.
/// Bur. Stand. 87, 1982), at least 0.1^2 so that a family without effects keeps an interval: t^2 / (t^2 + s^2) times raw.
/// The interval is the posterior's. q: Benjamini and Hochberg (J. R. Stat. Soc. B 57, 1995).
std::vector<feature_effect> estimate_effects(const std::vector<dislike_counts>& features, const dislike_counts& all);

/// How few users make the dislikes of a feature.
struct user_concentration {
  std::int64_t users = 0;
  std::int64_t half_users = 0;  ///< the fewest users who made at least half of them
  double top_share = 0.0;       ///< of the user who made most
};

/// `by_user`: dislikes of each user, in any order.
user_concentration concentrate(std::vector<std::int64_t> by_user);

/// q-values of p-values, in the same order (Benjamini and Hochberg).
std::vector<double> false_discovery_rates(const std::vector<double>& p);

}  // namespace demur::learning
