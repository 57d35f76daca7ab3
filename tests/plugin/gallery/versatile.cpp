// Uses all that the border has since ABI 1.1; its setting `does` names what it does wrong with it.
#include <demur/plugin.hpp>

#include <stdexcept>
#include <string>

class versatile {
public:
  versatile(const demur::plugin_config& config, demur::plugin_host host)
      : host_(host),
        clock_(host.clock()),
        weights_(host.weights()),
        catalogue_(host.catalogue()),
        does_(config.text("does", "nothing")) {
    host_.log(demur::log_level::debug, "at work");
  }

  double half_life_days() const { return 30.0; }

  void adjust(const demur::disliked& dislike, demur::adjustment_sink& answer) const {
    if (dislike.user_id() == "nobody") throw std::runtime_error("nobody is there");
    if (does_ == "ask late") (void)host_.clock();
    for (const auto genre : dislike.genres())
      answer.adjust("genre", genre, weights_.of(dislike, "genre", genre) < 0.5 ? -0.125 : -0.25);
    if (const auto movie = catalogue_.find(dislike.movie_id().value_or(0)))
      for (const auto member : movie->cast()) answer.adjust_with_half_life("cast", member, -0.5, days("half_life", 7));
    if (const auto franchise = dislike.franchise())
      answer.adjust_with_rise("franchise", *franchise, does_ == "rise up" ? 0.5 : -0.5, days("hold", 1),
                              days("rise", 2));
    answer.filter_item();
    answer.hide_item(does_ == "hide for no time" ? 0.0 : days("hide", age_in_days(dislike)));
  }

  void adjust_batch(const demur::dislike_batch& batch) const {
    if (does_ == "fail a batch") throw std::runtime_error("too many");
    for (std::size_t i = 0; i < batch.size(); ++i) {
      auto answer = batch.sink(i);
      if (batch[i].user_id() == "nobody") {
        batch.fail(i);
      } else {
        adjust(batch[i], answer);
      }
      if (does_ == "another answer") answer.training_factor(0.5);
    }
  }

  std::string explain(const demur::disliked& dislike) const {
    if (does_ == "talk a lot") return std::string(2'001, 'x');
    if (does_ == "mumble") return "\xFF";
    if (does_ == "fail") throw std::runtime_error("no words");
    // The services are for adjust() only.
    const bool nothing =
        clock_.now().count() == 0 && !catalogue_.find(1) && !(weights_.of(dislike, "genre", "Horror") > 0.0);
    return std::string(dislike.movie_title()) + (nothing ? " has no time." : " has time.");
  }

  double fit(std::string_view words) const {
    if (does_ == "fail") throw std::runtime_error("no ears");
    return demur::mentions(words, "too much") ? does_ == "fit too well" ? 1.5 : 0.75 : 0.0;
  }

private:
  /// A time that is out of bounds if that is what the setting says.
  double days(const std::string& kind, double good) const { return does_ == kind ? 36'501.0 : good; }
  double age_in_days(const demur::disliked& dislike) const {
    return 1.0 + static_cast<double>((clock_.now() - dislike.created_at()).count()) / 86'400'000.0;
  }

  demur::plugin_host host_;
  demur::host_clock clock_;
  demur::host_weights weights_;
  demur::host_catalogue catalogue_;
  std::string does_;
};

DEMUR_EXPORT_STRATEGY(versatile, "versatile", "1.0.0")
