#include <demur/plugin.hpp>

namespace {

/// "Seen it": no complaint about the item, so no weight moves and the trainer learns nothing from it.
class already_watched {
public:
  double half_life_days() const { return demur::hosts_half_life; }

  void adjust(const demur::disliked&, demur::adjustment_sink& answer) const {
    answer.filter_item();
    answer.training_factor(0.0);
  }
};

}  // namespace

DEMUR_EXPORT_STRATEGY(already_watched, "already_watched", "1.0.0")
