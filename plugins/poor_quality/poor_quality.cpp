#include <demur/plugin.hpp>

namespace {

/// "Badly made": everybody who plays in the item counts for less.
class poor_quality {
public:
  explicit poor_quality(const demur::plugin_config& config)
      : factor_(config.number("cast_deemphasis_factor", 0.10, demur::at_least(0).below(1))),
        half_life_days_(config.half_life_days()) {}

  double half_life_days() const { return half_life_days_; }

  void adjust(const demur::disliked& dislike, demur::adjustment_sink& answer) const {
    for (const auto member : dislike.cast()) answer.adjust("cast", member, -factor_);
  }

private:
  double factor_;
  double half_life_days_;
};

}  // namespace

DEMUR_EXPORT_STRATEGY(poor_quality, "poor_quality", "1.0.0")
