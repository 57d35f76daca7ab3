#include <demur/plugin.hpp>

namespace {

/// "Enough of these": the franchise counts for less. An item that belongs to none changes nothing.
class franchise_fatigue {
public:
  explicit franchise_fatigue(const demur::plugin_config& config)
      : factor_(config.number("franchise_deemphasis_factor", 0.12, demur::at_least(0).below(1))),
        half_life_days_(config.half_life_days()) {}

  double half_life_days() const { return half_life_days_; }

  void adjust(const demur::disliked& dislike, demur::adjustment_sink& answer) const {
    if (const auto franchise = dislike.franchise()) answer.adjust("franchise", *franchise, -factor_);
  }

private:
  double factor_;
  double half_life_days_;
};

}  // namespace

DEMUR_EXPORT_STRATEGY(franchise_fatigue, "franchise_fatigue", "1.0.0")
