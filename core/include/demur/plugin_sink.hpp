#pragma once

#include <demur/plugin.h>
#include <demur/plugin_values.hpp>

#include <cstddef>
#include <string_view>

/// Where a strategy puts its answers; part of `plugin.hpp`.
namespace demur {

namespace detail {

/// Ends an adjust() whose answer the host refused. No std::exception: a strategy that catches those is not meant.
struct refused_by_host {
  demur_status status;
  const char* why = nullptr;  ///< a sentence, where the host does not say it itself
};

}  // namespace detail

/// Where a strategy puts its answer. What the host does not take ends adjust() by an exception that a strategy need not
/// know, and voids the whole answer. In a batch nothing is thrown: the answer of that one dislike is void and the others
/// stand.                                                               [the thread of the call, during the call only]
class adjustment_sink {
public:
  explicit adjustment_sink(const demur_sink& sink, demur_status* noted = nullptr) : sink_(&sink), noted_(noted) {}

  /// Multiplies this user's weight of the feature `family:value` by 1 + magnitude. magnitude: [-1, 1). family: `genre`,
  /// `cast`, `franchise` or one of your own of 1 to 32 letters a-z and _, but not `movie`, `title` or `dislikes`. value:
  /// 1 to 100 characters, no control characters. A feature only once, and at most 256 in one answer. It fades with the
  /// strategy's half-life.
  void adjust(std::string_view family, std::string_view value, double magnitude) {
    pass_on(sink_->adjust(sink_->state, detail::border_text(family), detail::border_text(value), magnitude));
  }
  /// As adjust(), fading with a half-life of its own: 0 (never) to 36,500 days. A host of ABI 1.0 does not take it.
  void adjust_with_half_life(std::string_view family, std::string_view value, double magnitude, double half_life_days) {
    need(&demur_sink::adjust_with_half_life, "this host takes no adjustment with a half-life of its own (ABI 1.1)");
    pass_on(sink_->adjust_with_half_life(sink_->state, detail::border_text(family), detail::border_text(value),
                                         magnitude, half_life_days));
  }
  /// As adjust(), but the weight stays multiplied by 1 + magnitude for `hold_days` and then rises in a straight line,
  /// until after `rise_days` more it is as if nothing had been. magnitude: [-1, 0], both times 0 to 36,500. Of several
  /// for one feature and reason, only that of the newest dislike holds. A host of ABI 1.0 does not take it.
  void adjust_with_rise(std::string_view family, std::string_view value, double magnitude, double hold_days,
                        double rise_days) {
    need(&demur_sink::adjust_with_rise, "this host takes no adjustment that rises in a straight line (ABI 1.1)");
    pass_on(sink_->adjust_with_rise(sink_->state, detail::border_text(family), detail::border_text(value), magnitude,
                                    hold_days, rise_days));
  }
  /// Hides the item itself from this user for ever.
  void filter_item() { pass_on(sink_->filter_item(sink_->state)); }
  /// Hides it for so many days, above 0 and up to 36,500. The last call of this and filter_item() counts. A host of ABI
  /// 1.0 does not take it.
  void hide_item(double days) {
    need(&demur_sink::hide_item, "this host hides an item for ever or not at all, and for no number of days (ABI 1.1)");
    pass_on(sink_->hide_item(sink_->state, days));
  }
  /// Scales the weight of the training example made of this dislike, 0.0 to 1.0; 0: none is made. The last call counts.
  void training_factor(double factor) { pass_on(sink_->training_factor(sink_->state, factor)); }

private:
  template <class Function>
  void need(Function demur_sink::*function, const char* why) const {
    if (!detail::offers(*sink_, function)) throw detail::refused_by_host{DEMUR_UNSUPPORTED, why};
  }
  void pass_on(demur_status status) {
    if (status == DEMUR_OK) return;
    if (!noted_) throw detail::refused_by_host{status};
    *noted_ = status;
  }

  const demur_sink* sink_;
  demur_status* noted_;  ///< of a dislike in a batch
};

/// Many dislikes, each with a sink of its own.                          [the thread of the call, during the call only]
class dislike_batch {
public:
  dislike_batch(const demur_dislike* const* rows, const demur_sink* const* sinks, demur_status* statuses,
                std::size_t count)
      : rows_(rows), sinks_(sinks), statuses_(statuses), count_(count) {}

  std::size_t size() const { return count_; }
  disliked operator[](std::size_t index) const { return disliked(*rows_[index]); }
  /// Where the answer to that dislike goes.
  adjustment_sink sink(std::size_t index) const { return adjustment_sink(*sinks_[index], statuses_ + index); }
  /// That dislike cannot be answered: its answer is void, the others stand.
  void fail(std::size_t index) const { statuses_[index] = DEMUR_ERROR; }

private:
  const demur_dislike* const* rows_;
  const demur_sink* const* sinks_;
  demur_status* statuses_;
  std::size_t count_;
};

}  // namespace demur
