// A plugin that does, at each dislike, the one wrong thing that its setting `does` names.
#include <demur/plugin.hpp>

#include <limits>
#include <map>
#include <stdexcept>
#include <string>

using demur::adjustment_sink;

class rogue {
public:
  rogue(const demur::plugin_config& config, demur::plugin_host host)
      : host_(host), does_(config.text("does", "nothing")) {
    if (config.number("least", 0.0) > config.number("most", 1.0))
      throw demur::config_error("`least` is more than `most`");
    if (does_ == "refuse") throw std::runtime_error("I will not work here.");
    if (does_ == "report early") host_.report("it is early");
  }

  double half_life_days() const {
    if (does_ == "live no half-life") throw std::runtime_error("no half measures");
    return 0.0;
  }

  void adjust(const demur::disliked&, adjustment_sink& answer) const {
    answer.adjust("genre", "Innocent", -0.5);
    answer.filter_item();
    answer.training_factor(0.25);
    if (const auto known = deeds().find(does_); known != deeds().end()) known->second(answer);
    if (does_ == "report") host_.report("I was\nhere \xFF");
    if (does_ == "report a lot")
      for (int i = 0; i < 1'000; ++i) host_.report("again");
    if (does_ == "swallow") swallow(answer);
  }

private:
  using deed = void (*)(adjustment_sink&);

  static void give(adjustment_sink& answer, double magnitude) { answer.adjust("genre", "Horror", magnitude); }

  static void swallow(adjustment_sink& answer) {
    try {
      give(answer, 7.0);
    } catch (...) {
      // As if nothing had happened.
    }
  }

  static const std::map<std::string, deed>& deeds() {
    using limits = std::numeric_limits<double>;
    static const std::map<std::string, deed> all = {
        {"throw", [](adjustment_sink&) { throw std::runtime_error("out of popcorn"); }},
        {"throw a number", [](adjustment_sink&) { throw 42; }},
        {"NaN", [](adjustment_sink& answer) { give(answer, limits::quiet_NaN()); }},
        {"infinity", [](adjustment_sink& answer) { give(answer, limits::infinity()); }},
        {"1e308", [](adjustment_sink& answer) { give(answer, 1e308); }},
        {"one", [](adjustment_sink& answer) { give(answer, 1.0); }},
        {"below minus one", [](adjustment_sink& answer) { give(answer, -1.0000001); }},
        {"extremes",
         [](adjustment_sink& answer) {
           answer.adjust("genre", "Sunk", -1.0);
           answer.adjust("genre", "Raised", 0.999);
           answer.adjust("genre", "Kept", -0.0);
         }},
        {"twice",
         [](adjustment_sink& answer) {
           give(answer, -0.1);
           give(answer, -0.1);
         }},
        {"256",
         [](adjustment_sink& answer) {
           for (int i = 1; i < 256; ++i) answer.adjust("number", std::to_string(i), -0.1);
         }},
        {"257",
         [](adjustment_sink& answer) {
           for (int i = 1; i < 257; ++i) answer.adjust("number", std::to_string(i), -0.1);
         }},
        {"no UTF-8", [](adjustment_sink& answer) { answer.adjust("genre", "Hor\xC0\xAFror", -0.1); }},
        {"half a character", [](adjustment_sink& answer) { answer.adjust("genre", "Kom\xC3", -0.1); }},
        {"control character", [](adjustment_sink& answer) { answer.adjust("genre", "Hor\tror", -0.1); }},
        {"empty value", [](adjustment_sink& answer) { answer.adjust("genre", "", -0.1); }},
        {"100 characters", [](adjustment_sink& answer) { answer.adjust("genre", long_value(100), -0.1); }},
        {"101 characters", [](adjustment_sink& answer) { answer.adjust("genre", long_value(101), -0.1); }},
        {"huge value", [](adjustment_sink& answer) { answer.adjust("genre", std::string(1'000'000, 'x'), -0.1); }},
        {"value at no address",
         [](adjustment_sink& answer) { answer.adjust("genre", std::string_view(nullptr, 9), -0.1); }},
        {"empty family", [](adjustment_sink& answer) { answer.adjust("", "Horror", -0.1); }},
        {"family of 32", [](adjustment_sink& answer) { answer.adjust(std::string(32, 'f'), "Horror", -0.1); }},
        {"family of 33", [](adjustment_sink& answer) { answer.adjust(std::string(33, 'f'), "Horror", -0.1); }},
        {"loud family", [](adjustment_sink& answer) { answer.adjust("Genre", "Horror", -0.1); }},
        {"family movie", [](adjustment_sink& answer) { answer.adjust("movie", "12", -0.1); }},
        {"family title", [](adjustment_sink& answer) { answer.adjust("title", "Saw", -0.1); }},
        {"family dislikes", [](adjustment_sink& answer) { answer.adjust("dislikes", "all", -0.1); }},
        {"factor NaN", [](adjustment_sink& answer) { answer.training_factor(limits::quiet_NaN()); }},
        {"factor 1.5", [](adjustment_sink& answer) { answer.training_factor(1.5); }},
        {"factor -0.5", [](adjustment_sink& answer) { answer.training_factor(-0.5); }},
        {"last factor counts", [](adjustment_sink& answer) { answer.training_factor(0.75); }},
    };
    return all;
  }

  /// Of two bytes each.
  static std::string long_value(int characters) {
    std::string value;
    for (int i = 0; i < characters; ++i) value += "\xC3\xA9";
    return value;
  }

  demur::plugin_host host_;
  std::string does_;
};

DEMUR_EXPORT_STRATEGY(rogue, "rogue", "6.6.6")
