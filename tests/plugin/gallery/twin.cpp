// Built several times, each time with another answer, with classes and functions of the same names and everything visible.
#include <demur/plugin.hpp>

#ifndef TWIN_VERSION
#define TWIN_VERSION "1.0.0"
#endif

class twin {
public:
  double half_life_days() const { return demur::hosts_half_life; }
  std::string_view reason() const { return TWIN_REASON; }
  void adjust(const demur::disliked&, demur::adjustment_sink& answer) const {
    answer.adjust("genre", "Twins", TWIN_MAGNITUDE);
  }
};

DEMUR_EXPORT_STRATEGY(twin, TWIN_NAME, TWIN_VERSION)
