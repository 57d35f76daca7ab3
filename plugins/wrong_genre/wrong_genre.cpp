#include <demur/plugin.hpp>

namespace {

/// "Not this genre": every genre of the item counts for less.
class wrong_genre {
public:
  explicit wrong_genre(const demur::plugin_config& config)
      : factor_(config.number("genre_deemphasis_factor", 0.15, demur::at_least(0).below(1))),
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

DEMUR_EXPORT_STRATEGY(wrong_genre, "wrong_genre", "1.0.0")
