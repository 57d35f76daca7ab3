#include <demur/plugin.hpp>

namespace {

/// "Not for me", without saying why: a lighter form of wrong_genre, since the genre is only the likeliest cause.
class not_interested {
public:
  explicit not_interested(const demur::plugin_config& config)
      : factor_(config.number("genre_deemphasis_factor", 0.15, demur::at_least(0).below(1)) *
                config.number("lightness", 0.5, demur::at_least(0).at_most(1))),
        half_life_days_(config.half_life_days()) {}

  double half_life_days() const { return half_life_days_; }

  void adjust(const demur::disliked& dislike, demur::adjustment_sink& answer) const {
    for (const auto genre : dislike.genres()) answer.adjust("genre", genre, -factor_);
  }

private:
  double factor_;
  double half_life_days_;
};

}  // namespace

DEMUR_EXPORT_STRATEGY(not_interested, "not_interested", "1.0.0")
