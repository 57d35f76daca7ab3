#include <demur/plugin.hpp>

#include <string>
#include <string_view>

// With every member that a strategy may have, so that the templates are compiled and not only read.
class house_strategy {
public:
  house_strategy(const demur::plugin_config& config, demur::plugin_host host)
      : host_(host), factor_(config.number("factor", 0.1, demur::above(0).below(1))) {}

  std::string_view reason() const { return "house"; }
  double half_life_days() const { return demur::hosts_half_life; }
  void adjust(const demur::disliked& dislike, demur::adjustment_sink& answer) const {
    for (const auto genre : dislike.genres()) answer.adjust("genre", genre, -factor_);
    for (const auto member : dislike.cast()) answer.adjust_with_half_life("cast", member, -factor_, 7);
    if (const auto franchise = dislike.franchise()) answer.adjust_with_rise("franchise", *franchise, -factor_, 1, 2);
    answer.hide_item(1);
    answer.training_factor(0.5);
  }
  void adjust_batch(const demur::dislike_batch& batch) const {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      auto answer = batch.sink(i);
      adjust(batch[i], answer);
    }
  }
  std::string explain(const demur::disliked& dislike) const { return std::string(dislike.movie_title()); }
  double fit(std::string_view words) const {
    host_.log(demur::log_level::debug, words);
    return demur::mentions(words, "house") ? 1.0 : 0.0;
  }

private:
  demur::plugin_host host_;
  double factor_;
};

DEMUR_EXPORT_STRATEGY(house_strategy, "house", "1.0.0")
