// A strategy of somebody else's: for the reason `always_doubled`, every genre loses twice what wrong_genre takes.
#include <demur/plugin.hpp>

namespace {

class always_doubled {
public:
  explicit always_doubled(const demur::plugin_config& config)
      : factor_(config.number("genre_deemphasis_factor", 0.15, demur::at_least(0).below(0.5))),
        half_life_days_(config.half_life_days()) {}

  double half_life_days() const { return half_life_days_; }

  void adjust(const demur::disliked& dislike, demur::adjustment_sink& answer) const {
    for (const auto genre : dislike.genres()) answer.adjust("genre", genre, -2.0 * factor_);
  }

private:
  double factor_;
  double half_life_days_;
};

}  // namespace

DEMUR_EXPORT_STRATEGY(always_doubled, "always_doubled", "1.0.0")
