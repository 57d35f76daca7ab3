#include "plugin/plugin_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace demur::plugin {
namespace {

using words = std::vector<std::string>;
using boost::test_tools::per_element;

/// One plugin of the gallery, alone.
class alone {
public:
  explicit alone(const std::string& file, const std::string& reason, const std::string& json = "{}",
                 const strategy::listener& told = {}) {
    folder_.drop(file).configure(reason, json);
    loaded_ = folder_.load(told);
    found_ = find(*loaded_, reason);
    BOOST_REQUIRE(found_);
  }
  strategy& operator*() { return *found_; }
  strategy* operator->() { return found_; }

private:
  plugin_folder folder_;
  std::unique_ptr<registry> loaded_;
  strategy* found_ = nullptr;
};

std::string doing(const std::string& deed) { return R"({"does": ")" + deed + "\"}"; }

/// The rogue does it; the error names the rogue and says this.
void is_caught(const std::string& deed, const std::string& said) {
  alone rogue("rogue", "rogue", doing(deed));
  const auto found = rogue->adjust(saw("rogue"));
  BOOST_REQUIRE_MESSAGE(!found, deed << " was let through");
  const auto& sentence = found.problem().detail;
  BOOST_TEST((found.problem().code == error_code::internal));
  BOOST_TEST(sentence.find("plugin rogue 6.6.6 (") == 0U, sentence);
  BOOST_TEST(sentence.find("rogue.so) " + said) != sentence.npos, sentence << " does not say " << said);
  BOOST_TEST(rogue->figures().calls() == 1);
  BOOST_TEST(rogue->figures().failures() == 1);
}

BOOST_AUTO_TEST_SUITE(adjusting)

BOOST_AUTO_TEST_CASE(a_strategy_sees_the_whole_dislike) {
  alone onlooker("onlooker", "onlooker");
  auto row = saw("onlooker");
  row.feedback_text = "Zu blutig für mich.";
  row.context = R"({"screen":"home"})";
  BOOST_TEST(answer(*onlooker, row) ==
                 (words{"user_id:ben -0.5", "movie_id:215 -0.5", "movie_title:Saw II -0.5", "score:0.75 -0.5",
                        "reason:onlooker -0.5", "feedback_text:Zu blutig für mich. -0.5", "franchise:Saw -0.5",
                        "context:{\"screen\":\"home\"} -0.5", "created_at:1700000000123 -0.5", "genres:2 -0.5",
                        "genre:Horror -0.5", "genre:Thriller -0.5", "cast:Tobin Bell -0.5", "cast:Shawnee Smith -0.5"}),
             per_element());
}

BOOST_AUTO_TEST_CASE(a_strategy_sees_what_a_dislike_does_not_have_and_nothing_of_the_one_before) {
  alone onlooker("onlooker", "onlooker");
  BOOST_TEST(onlooker->adjust(saw("onlooker")).has_value());
  dislike row;
  row.user_id = "eve";
  row.reason = "onlooker";
  BOOST_TEST(answer(*onlooker, row) ==
                 (words{"user_id:eve -0.5", "movie_id:none -0.5", "movie_title:none -0.5", "score:none -0.5",
                        "reason:onlooker -0.5", "feedback_text:none -0.5", "franchise:none -0.5", "context:none -0.5",
                        "created_at:0 -0.5", "genres:none -0.5"}),
             per_element());
}

BOOST_AUTO_TEST_CASE(an_answer_at_the_bounds_is_taken) {
  const words innocent = {"genre:Innocent -0.5"};
  const words rest = {"filter", "factor 0.25"};
  const auto gives = [&](const std::string& deed, const words& more) {
    words expected = innocent;
    expected.insert(expected.end(), more.begin(), more.end());
    expected.insert(expected.end(), rest.begin(), rest.end());
    alone rogue("rogue", "rogue", doing(deed));
    BOOST_TEST(answer(*rogue, saw("rogue")) == expected, per_element());
    BOOST_TEST(rogue->figures().failures() == 0);
  };
  std::string long_value;
  for (int i = 0; i < 100; ++i) long_value += "é";

  gives("nothing", {});
  gives("extremes", {"genre:Sunk -1", "genre:Raised 0.999", "genre:Kept 0"});
  gives("100 characters", {"genre:" + long_value + " -0.1"});
  gives("family of 32", {std::string(32, 'f') + ":Horror -0.1"});

  alone most("rogue", "rogue", doing("256"));
  BOOST_TEST(most->adjust(saw("rogue")).value().adjustments.size() == 256U);
  alone last("rogue", "rogue", doing("last factor counts"));
  BOOST_TEST(last->adjust(saw("rogue")).value().training_factor == 0.75);
}

BOOST_AUTO_TEST_CASE(an_exception_is_caught_at_the_border) {
  is_caught("throw", "failed with status 1 (out of popcorn); expected status 0.");
  is_caught("throw a number", "failed with status 1 (something was thrown that is no std::exception)");
}

BOOST_AUTO_TEST_CASE(an_exception_that_crosses_the_border_is_caught_behind_it) {
  alone thrower("throws_from_adjust", "thrower");
  const auto sentence = answer(*thrower, saw("thrower")).at(0);
  BOOST_TEST(sentence.find("threw \"out of popcorn\" from adjust; expected that no exception") != sentence.npos,
             sentence);

  alone number("throws_a_number", "thrower");
  const auto other = answer(*number, saw("thrower")).at(0);
  BOOST_TEST(other.find("threw something that is no std::exception from adjust") != other.npos, other);
  BOOST_TEST(number->figures().failures() == 1);

  alone farewell("throws_from_destroy", "thrower");
  BOOST_TEST(farewell->adjust(saw("thrower")).has_value());
}

BOOST_AUTO_TEST_CASE(a_magnitude_that_is_none_is_refused) {
  is_caught("NaN", "gave genre:Horror the magnitude nan; expected -1 <= magnitude < 1.");
  is_caught("infinity", "gave genre:Horror the magnitude inf; expected");
  is_caught("1e308", "gave genre:Horror the magnitude 1e+308; expected");
  is_caught("one", "gave genre:Horror the magnitude 1; expected");
  is_caught("below minus one", "gave genre:Horror the magnitude -1.0000001; expected");
}

BOOST_AUTO_TEST_CASE(a_family_that_is_none_is_refused) {
  is_caught("empty family", "gave the family \"\"; expected 1 to 32 characters of a-z and _.");
  is_caught("loud family", "gave the family \"Genre\"; expected");
  is_caught("family of 33", "gave a family of 33 bytes; expected at most 32.");
  for (const std::string family : {"movie", "title", "dislikes"})
    is_caught("family " + family, "gave the family \"" + family + "\"; expected one that is not the host's own.");
}

BOOST_AUTO_TEST_CASE(a_value_that_is_none_is_refused) {
  is_caught("no UTF-8", "gave the genre \"Hor??ror\"; expected UTF-8 of 1 to 100 characters");
  is_caught("half a character", "gave the genre \"Kom?\"; expected UTF-8 of");
  is_caught("control character", "gave the genre \"Hor?ror\"; expected UTF-8 of");
  is_caught("empty value", "gave the genre \"\"; expected UTF-8 of");
  is_caught("101 characters", "gave the genre \"");
  is_caught("huge value", "gave a value of 1000000 bytes; expected at most 400.");
  is_caught("value at no address", "gave a value of 9 bytes at no address; expected a text.");
}

BOOST_AUTO_TEST_CASE(too_many_adjustments_are_refused) {
  is_caught("257", "gave more than 256 adjustments; expected at most 256.");
}

BOOST_AUTO_TEST_CASE(a_feature_that_is_adjusted_twice_is_refused) {
  is_caught("twice", "adjusted genre:Horror twice; expected one adjustment of a feature.");
}

BOOST_AUTO_TEST_CASE(a_training_factor_that_is_none_is_refused) {
  is_caught("factor NaN", "gave the training factor nan; expected 0 <= factor <= 1.");
  is_caught("factor 1.5", "gave the training factor 1.5; expected");
  is_caught("factor -0.5", "gave the training factor -0.5; expected");
}

BOOST_AUTO_TEST_CASE(a_plugin_that_swallows_a_refusal_is_caught_all_the_same) {
  is_caught("swallow", "gave genre:Horror the magnitude 7; expected");
  alone deaf("bare", "bare");
  const auto sentence = answer(*deaf, saw("bare")).at(0);
  BOOST_TEST(sentence.find("gave genre:Horror the magnitude 2; expected") != sentence.npos, sentence);
}

BOOST_AUTO_TEST_CASE(a_failure_without_a_word_is_an_error) {
  alone unsupporting("unsupporting", "unsupporting");
  const auto sentence = answer(*unsupporting, saw("")).at(0);
  BOOST_TEST(sentence.find("failed with status 2; expected status 0.") != sentence.npos, sentence);
}

BOOST_AUTO_TEST_CASE(a_failure_leaves_nothing_behind_for_the_next_call) {
  plugin_folder folder;
  auto loaded = folder.drop("rogue").drop("wrong_genre").configure("rogue", doing("NaN")).load();
  auto& rogue = *find(*loaded, "rogue");
  auto& honest = *find(*loaded, "wrong_genre");
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(!rogue.adjust(saw("rogue")).has_value());
    BOOST_TEST(answer(honest, saw("wrong_genre")) == (words{"genre:Horror -0.15", "genre:Thriller -0.15"}),
               per_element());
  }
  BOOST_TEST(rogue.figures().calls() == 3);
  BOOST_TEST(rogue.figures().failures() == 3);
  BOOST_TEST(honest.figures().calls() == 3);
  BOOST_TEST(honest.figures().failures() == 0);
}

BOOST_AUTO_TEST_CASE(the_same_dislike_gives_the_same_answer) {
  alone rogue("rogue", "rogue", doing("256"));
  const auto first = rogue->adjust(saw("rogue"));
  const auto second = rogue->adjust(saw("rogue"));
  BOOST_REQUIRE((first && second));
  BOOST_TEST((*first == *second));
}

BOOST_AUTO_TEST_CASE(what_a_plugin_reports_is_heard_printable_and_bounded) {
  words heard;
  const auto hear = [&](const strategy& from, std::string_view said) {
    heard.push_back(from.name() + ": " + std::string(said));
  };

  alone early("rogue", "rogue", doing("report early"), hear);
  BOOST_TEST(heard == words{"rogue: it is early"}, per_element());
  heard.clear();
  alone talker("rogue", "rogue", doing("report"), hear);
  BOOST_TEST(talker->adjust(saw("rogue")).has_value());
  BOOST_TEST(talker->adjust(saw("rogue")).has_value());
  BOOST_TEST(heard == (words{"rogue: I was?here ?", "rogue: I was?here ?"}), per_element());

  heard.clear();
  alone chatterbox("rogue", "rogue", doing("report a lot"), hear);
  BOOST_TEST(chatterbox->adjust(saw("rogue")).has_value());
  BOOST_REQUIRE(heard.size() == 1U);
  BOOST_TEST(heard[0].size() < 520U);
  BOOST_TEST(heard[0].find("rogue: again; again; ") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::plugin
