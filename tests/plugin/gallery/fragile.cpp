// Lives in a process of its own, which ends at a dislike that says `crash`, and at each until the host's time is `well_at`.
#include <demur/plugin.hpp>

#include <cstdlib>

class fragile {
public:
  fragile(const demur::plugin_config& config, demur::plugin_host host)
      : clock_(host.clock()), well_at_(config.number("well_at", 0.0)), factor_(config.number("factor", 0.5)) {}

  double half_life_days() const { return 30.0; }

  void adjust(const demur::disliked& dislike, demur::adjustment_sink& answer) const {
    if (static_cast<double>(clock_.now().count()) < well_at_) std::_Exit(7);
    if (dislike.feedback_text() == "crash") std::_Exit(7);
    for (const auto genre : dislike.genres()) answer.adjust("genre", genre, -0.2);
    for (const auto member : dislike.cast()) answer.adjust_with_rise("cast", member, -0.5, 14.0, 140.0);
    answer.hide_item(7.0);
    answer.training_factor(factor_);
  }

private:
  demur::host_clock clock_;
  double well_at_;
  double factor_;
};

DEMUR_EXPORT_STRATEGY(fragile, "fragile", "1.0.0")
