#include "plugin/plugin_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

namespace demur::plugin {
namespace {

using words = std::vector<std::string>;
using boost::test_tools::per_element;

/// Loads the shipped strategies, one of them with settings of its own.
struct shipped {
  explicit shipped(const std::string& name = "", const std::string& json = "") {
    folder.drop_shipped();
    if (!name.empty()) folder.configure(name, json);
  }
  strategy& of(const std::string& reason) {
    if (!loaded) loaded = folder.load();
    auto* found = find(*loaded, reason);
    BOOST_REQUIRE(found);
    return *found;
  }

  plugin_folder folder;
  std::unique_ptr<registry> loaded;
};

BOOST_AUTO_TEST_SUITE(shipped_strategies)

BOOST_AUTO_TEST_CASE(they_are_seven_and_each_answers_to_its_own_name) {
  shipped all;
  all.of("wrong_genre");
  BOOST_TEST(all.loaded->reasons() == (words{"already_watched", "content_warning", "cooldown", "franchise_fatigue",
                                             "not_interested", "poor_quality", "wrong_genre"}),
             per_element());
  for (const auto& reason : all.loaded->reasons()) {
    BOOST_TEST(all.of(reason).name() == reason);
    BOOST_TEST(all.of(reason).reason() == reason);
    BOOST_TEST(all.of(reason).version() == "1.0.0");
  }
}

BOOST_AUTO_TEST_CASE(wrong_genre_takes_15_percent_from_each_genre) {
  shipped all;
  BOOST_TEST(answer(all.of("wrong_genre"), saw("wrong_genre")) == (words{"genre:Horror -0.15", "genre:Thriller -0.15"}),
             per_element());
}

BOOST_AUTO_TEST_CASE(poor_quality_takes_10_percent_from_each_member_of_the_cast) {
  shipped all;
  BOOST_TEST(
      answer(all.of("poor_quality"), saw("poor_quality")) == (words{"cast:Tobin Bell -0.1", "cast:Shawnee Smith -0.1"}),
      per_element());
}

BOOST_AUTO_TEST_CASE(not_interested_takes_half_of_15_percent_from_each_genre) {
  shipped all;
  const auto said = all.of("not_interested").adjust(saw("not_interested"));
  BOOST_REQUIRE(said);
  BOOST_TEST(in_words(*said) == (words{"genre:Horror -0.075", "genre:Thriller -0.075"}), per_element());
  BOOST_TEST(said->adjustments[0].magnitude == -0.075);
}

BOOST_AUTO_TEST_CASE(franchise_fatigue_takes_12_percent_from_the_franchise) {
  shipped all;
  BOOST_TEST(answer(all.of("franchise_fatigue"), saw("franchise_fatigue")) == words{"franchise:Saw -0.12"},
             per_element());
}

BOOST_AUTO_TEST_CASE(already_watched_moves_no_weight_hides_the_item_and_makes_no_example) {
  shipped all;
  BOOST_TEST(answer(all.of("already_watched"), saw("already_watched")) == (words{"filter", "factor 0"}), per_element());
}

BOOST_AUTO_TEST_CASE(content_warning_takes_5_percent_from_each_genre) {
  shipped all;
  BOOST_TEST(answer(all.of("content_warning"), saw("content_warning")) ==
                 (words{"genre:Horror -0.05", "genre:Thriller -0.05"}),
             per_element());
}

BOOST_AUTO_TEST_CASE(a_dislike_without_features_moves_nothing) {
  shipped all;
  dislike row;
  row.user_id = "ben";
  row.movie_title = "Untitled";
  for (const std::string reason :
       {"wrong_genre", "poor_quality", "not_interested", "franchise_fatigue", "content_warning"}) {
    row.reason = reason;
    BOOST_TEST(answer(all.of(reason), row) == words{}, per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_seeds_constants_can_be_set) {
  BOOST_TEST(answer(shipped("wrong_genre", R"({"genre_deemphasis_factor": 0.5})").of("wrong_genre"), saw("")) ==
                 (words{"genre:Horror -0.5", "genre:Thriller -0.5"}),
             per_element());
  BOOST_TEST(answer(shipped("poor_quality", R"({"cast_deemphasis_factor": 0.25})").of("poor_quality"), saw("")) ==
                 (words{"cast:Tobin Bell -0.25", "cast:Shawnee Smith -0.25"}),
             per_element());
  BOOST_TEST(
      answer(shipped("not_interested", R"({"genre_deemphasis_factor": 0.5, "lightness": 0.25})").of("not_interested"),
             saw("")) == (words{"genre:Horror -0.125", "genre:Thriller -0.125"}),
      per_element());
  BOOST_TEST(answer(shipped("franchise_fatigue", R"({"franchise_deemphasis_factor": 0.75})").of("franchise_fatigue"),
                    saw("")) == words{"franchise:Saw -0.75"},
             per_element());
}

BOOST_AUTO_TEST_CASE(a_factor_of_zero_is_no_minus_zero) {
  shipped all("wrong_genre", R"({"genre_deemphasis_factor": 0})");
  BOOST_TEST(answer(all.of("wrong_genre"), saw("")) == (words{"genre:Horror 0", "genre:Thriller 0"}), per_element());
}

BOOST_AUTO_TEST_CASE(the_half_life_is_the_hosts_unless_set) {
  shipped all("wrong_genre", R"({"half_life_days": 7})");
  BOOST_TEST(all.of("wrong_genre").half_life_days(30.0) == 7.0);
  BOOST_TEST(all.of("poor_quality").half_life_days(30.0) == 30.0);
  BOOST_TEST(all.of("already_watched").half_life_days(12.0) == 12.0);
  BOOST_TEST(shipped("not_interested", R"({"half_life_days": 0})").of("not_interested").half_life_days(30.0) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_factor_outside_its_range_is_refused) {
  const auto refusal = [](const std::string& name, const std::string& json) {
    return shipped(name, json).folder.refusal();
  };
  const auto says = [](const std::string& sentence, const std::string& part) {
    BOOST_TEST(sentence.find(part) != sentence.npos, sentence << " does not say " << part);
  };
  says(refusal("wrong_genre", R"({"genre_deemphasis_factor": 1})"),
       "`genre_deemphasis_factor` is 1; allowed is a number at least 0 and below 1");
  says(refusal("poor_quality", R"({"cast_deemphasis_factor": -0.1})"), "`cast_deemphasis_factor` is -0.1; allowed is");
  says(refusal("not_interested", R"({"lightness": 1.5})"),
       "`lightness` is 1.5; allowed is a number at least 0 and at most 1");
  says(refusal("franchise_fatigue", R"({"half_life_days": 40000})"),
       "`half_life_days` is 40000; allowed is a number at least 0 and at most 36500");
  says(refusal("already_watched", R"({"half_life_days": 30})"),
       "`half_life_days` is no setting of this plugin; it has none");
  says(refusal("cooldown", R"({"hide_days": 0})"), "`hide_days` is 0; allowed is a number above 0 and at most 36500");
  says(refusal("content_warning", R"({"factor": 0.1})"), "content_warning has no settings; its section must be empty");
  says(refusal("wrong_genre", R"({"genre_factor": 0.2})"),
       "`genre_factor` is no setting of this plugin; the nearest is `genre_deemphasis_factor`");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::plugin
