#include "plugin/plugin_folder.hpp"

#include <demur/plugin.hpp>

#include <boost/test/unit_test.hpp>

#include <clocale>
#include <string>
#include <string_view>

namespace demur {
namespace {

/// What the reader says to a section; `read` if it takes it.
std::string verdict_on(std::string_view json) {
  try {
    const plugin_config config(json);
    return "read";
  } catch (const config_error& refused) {
    return refused.what();
  }
}

/// The message of what `read` throws; `read` if nothing.
template <class Read>
std::string complaint(std::string_view json, const Read& read) {
  const plugin_config config(json);
  try {
    read(config);
    config.refuse_unasked();
    return "read";
  } catch (const config_error& refused) {
    return refused.what();
  }
}

double number_in(std::string_view json) { return plugin_config(json).number("n", -1.0); }
std::string text_in(std::string_view json) { return plugin_config(json).text("t", "none"); }

BOOST_AUTO_TEST_SUITE(settings_of_a_plugin)

BOOST_AUTO_TEST_CASE(a_key_that_is_not_there_has_its_default) {
  const plugin_config config("{}");
  BOOST_TEST(config.number("n", 0.5) == 0.5);
  BOOST_TEST(config.text("t", "none") == "none");
  BOOST_TEST(config.flag("f", true));
  BOOST_TEST(config.half_life_days() == hosts_half_life);
}

BOOST_AUTO_TEST_CASE(numbers_are_read_exactly) {
  BOOST_TEST(number_in(R"({"n":0.15})") == 0.15);
  BOOST_TEST(number_in(R"( { "n" : -12.5e-2 } )") == -0.125);
  BOOST_TEST(number_in("{\"n\":\t1E+2\r\n}") == 100.0);
  BOOST_TEST(number_in(R"({"n":0})") == 0.0);
  BOOST_TEST(number_in(R"({"n":0.1000000000000000055511151231257827})") == 0.1);
}

BOOST_AUTO_TEST_CASE(the_decimal_point_does_not_depend_on_the_hosts_locale) {
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE"})
    if (std::setlocale(LC_NUMERIC, name)) break;
  BOOST_TEST(number_in(R"({"n":0.15})") == 0.15);
  std::setlocale(LC_NUMERIC, before.c_str());
}

BOOST_AUTO_TEST_CASE(a_number_that_is_none_is_refused) {
  for (const std::string bad :
       {"01", "1.", "-", "+1", "1e", "1e+", ".5", "1.2.3", "--1", "0x10", "1_000", "NaN", "inf"})
    BOOST_TEST(verdict_on("{\"n\":" + bad + "}") != "read", bad << " was read");
  BOOST_TEST(verdict_on(R"({"n":1e999})") == "`n` is 1e999; allowed is a finite number");
  BOOST_TEST(verdict_on(R"({"n":01})") == "`n` is 01; allowed is a finite number");
}

BOOST_AUTO_TEST_CASE(texts_are_read_with_their_escapes) {
  BOOST_TEST(text_in(R"({"t":"plain ümlaut"})") == "plain ümlaut");
  BOOST_TEST(text_in(R"({"t":"\"\\\/\b\f\n\r\t"})") == "\"\\/\b\f\n\r\t");
  BOOST_TEST(text_in(R"({"t":"\u0041\u00e9\u20AC\ud83d\ude00"})") == "Aé€😀");
  BOOST_TEST(text_in(R"({"t":""})") == "");
}

BOOST_AUTO_TEST_CASE(a_text_that_is_none_is_refused) {
  for (const std::string bad : {R"("\x")", R"("\u12")", R"("\u12G4")", R"("\ud83d")", R"("\ude00")", R"("\ud83dx")",
                                R"("\ud83dA")", "\"open", "\"line\nline\"", "'single'", "\"\\"})
    BOOST_TEST(verdict_on("{\"t\":" + bad + "}") != "read", bad << " was read");
}

BOOST_AUTO_TEST_CASE(flags_are_true_or_false) {
  BOOST_TEST(plugin_config(R"({"f":true})").flag("f", false));
  BOOST_TEST(!plugin_config(R"({"f":false})").flag("f", true));
  BOOST_TEST(verdict_on(R"({"f":True})") == "`f` begins with `True}`; allowed is a number, a text, true or false");
}

BOOST_AUTO_TEST_CASE(what_is_no_flat_object_is_refused) {
  for (const std::string bad : {"", " ", "null", "[]", "{", "}", "{}}", "{} x", R"({"a"})", R"({"a":})", R"({"a":1,})",
                                R"({,"a":1})", R"({"a":1 "b":2})", R"({a:1})", R"({"a":1;"b":2})", R"({"a":truex})"})
    BOOST_TEST(verdict_on(bad) != "read", bad << " was read");
  BOOST_TEST(verdict_on(R"({"a":[1]})") == "`a` begins with `[1]}`; allowed is a number, a text, true or false");
  BOOST_TEST(verdict_on(R"({"a":{}})") == "`a` begins with `{}}`; allowed is a number, a text, true or false");
  BOOST_TEST(verdict_on(R"({"a":null})") == "`a` begins with `null}`; allowed is a number, a text, true or false");
  BOOST_TEST(verdict_on(R"({"a":1,"b":2,"a":3})") == "`a` is set twice");
}

BOOST_AUTO_TEST_CASE(a_value_out_of_range_names_key_found_and_allowed) {
  const auto share = [](const plugin_config& config) { config.number("share", 0.5, at_least(0).below(1)); };
  BOOST_TEST(complaint(R"({"share":0})", share) == "read");
  BOOST_TEST(complaint(R"({"share":0.999})", share) == "read");
  BOOST_TEST(complaint(R"({"share":1})", share) == "`share` is 1; allowed is a number at least 0 and below 1");
  BOOST_TEST(complaint(R"({"share":-1e-9})", share) == "`share` is -1e-9; allowed is a number at least 0 and below 1");

  const auto count = [](const plugin_config& config) { config.number("count", 1, at_least(1)); };
  BOOST_TEST(complaint(R"({"count":0.5})", count) == "`count` is 0.5; allowed is a number at least 1");
  const auto score = [](const plugin_config& config) { config.number("score", 0, at_most(0.25)); };
  BOOST_TEST(complaint(R"({"score":0.25})", score) == "read");
  BOOST_TEST(complaint(R"({"score":0.26})", score) == "`score` is 0.26; allowed is a number at most 0.25");
}

BOOST_AUTO_TEST_CASE(a_value_of_another_type_names_key_found_and_allowed) {
  BOOST_TEST(complaint(R"({"a":"0.5"})", [](const auto& config) { config.number("a", 1.0); }) ==
             "`a` is \"0.5\"; allowed is a number");
  BOOST_TEST(complaint(R"({"a":7})", [](const auto& config) { config.text("a", ""); }) ==
             "`a` is 7; allowed is a text");
  BOOST_TEST(complaint(R"({"a":0})", [](const auto& config) { config.flag("a", true); }) ==
             "`a` is 0; allowed is true or false");
}

BOOST_AUTO_TEST_CASE(a_key_that_nobody_asked_for_names_the_nearest) {
  const auto ask = [](const plugin_config& config) {
    config.number("genre_deemphasis_factor", 0.15);
    config.half_life_days();
  };
  BOOST_TEST(complaint(R"({"half_live_days":3})", ask) ==
             "`half_live_days` is no setting of this plugin; the nearest is `half_life_days`");
  BOOST_TEST(complaint(R"({"genre_factor":0.2})", ask) ==
             "`genre_factor` is no setting of this plugin; the nearest is `genre_deemphasis_factor`");
  BOOST_TEST(complaint(R"({"a":1})", [](const auto&) {}) == "`a` is no setting of this plugin; it has none");
}

BOOST_AUTO_TEST_CASE(a_strategy_may_refuse_its_settings_itself) {
  const auto refusal = [](const std::string& json) {
    plugin::plugin_folder folder;
    return folder.drop("rogue").configure("rogue", json).refusal();
  };
  const auto says = [](const std::string& sentence, const std::string& part) {
    BOOST_TEST(sentence.find("rogue.so) " + part) != sentence.npos, sentence << " does not say " << part);
  };
  says(refusal(R"({"least": 2, "most": 1})"),
       "refused its settings (`least` is more than `most`); expected settings in "
       "[plugins.rogue] that it takes.");
  says(refusal(R"({"does": "refuse"})"), "refused its settings (I will not work here.); expected");
  says(refusal(R"({"done": "nothing"})"), "refused its settings (`done` is no setting of this plugin; the nearest is");
  says(refusal("{"), "refused its settings (the settings are no flat JSON object");
  says(refusal(R"({"does": "live no half-life"})"), "has a half-life of nan days (no half measures); expected");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
