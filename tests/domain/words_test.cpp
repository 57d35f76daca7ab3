#include "domain/feature.hpp"
#include "domain/nearest.hpp"
#include "domain/text.hpp"

#include <demur/types.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

using namespace demur;

BOOST_AUTO_TEST_SUITE(names_of_features)

BOOST_AUTO_TEST_CASE(a_feature_is_family_colon_value) {
  BOOST_TEST(feature_name("genre", "Horror") == "genre:Horror");
  BOOST_TEST(family_of("genre:Horror") == "genre");
  BOOST_TEST(value_of("genre:Horror") == "Horror");
  BOOST_TEST(family_of("franchise:Mission: Impossible") == "franchise");
  BOOST_TEST(value_of("franchise:Mission: Impossible") == "Mission: Impossible");
  BOOST_TEST(value_of("genre:") == "");
}

BOOST_AUTO_TEST_CASE(an_item_is_known_by_its_id_or_else_by_its_title) {
  BOOST_TEST(item_feature(12, "Heat") == "movie:12");
  BOOST_TEST(item_feature(0, "") == "movie:0");
  BOOST_TEST(item_feature(std::nullopt, "Heat") == "title:Heat");
  BOOST_TEST(is_item("movie:12"));
  BOOST_TEST(is_item("title:The Title: A Story"));
}

BOOST_AUTO_TEST_CASE(the_id_of_an_item_is_read_back_from_its_name) {
  BOOST_TEST(movie_of(item_feature(12, "")).value() == 12);
  BOOST_TEST(movie_of(item_feature(-3, "")).value() == -3);
  for (const auto* other : {"title:12", "movie:", "movie", "movie:12a", "movies:12", "genre:movie:12"})
    BOOST_TEST(!movie_of(other), other);
  BOOST_TEST(title_of(item_feature({}, "Saw: The Final Cut")).value() == "Saw: The Final Cut");
  for (const std::string_view other : {"movie:12", "title", "titles:Saw", ""}) BOOST_TEST(!title_of(other), other);
}

BOOST_AUTO_TEST_CASE(neither_a_genre_nor_the_tally_is_an_item) {
  BOOST_TEST(!is_item("genre:movie:12"));
  BOOST_TEST(!is_item("movie"));
  BOOST_TEST(!is_item("movies:12"));
  BOOST_TEST(!is_item(tally_feature));
  BOOST_TEST(family_of(tally_feature) == tally_feature);
  BOOST_TEST(value_of(tally_feature) == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(nearest_words)

BOOST_AUTO_TEST_CASE(one_slip_of_the_hand_is_near) {
  const std::vector<std::string> known{"genres", "cast", "franchise", "feedback_text", "reason"};
  BOOST_TEST(nearest("genre", known) == "genres");
  BOOST_TEST(nearest("gernes", known) == "genres");
  BOOST_TEST(nearest("casts", known) == "cast");
  BOOST_TEST(nearest("cats", known) == "cast");
  BOOST_TEST(nearest("francise", known) == "franchise");
  BOOST_TEST(nearest("feedbacktext", known) == "feedback_text");
  BOOST_TEST(nearest("raeson", known) == "reason");
}

BOOST_AUTO_TEST_CASE(another_word_is_near_to_none) {
  const std::vector<std::string> known{"genres", "cast", "reason"};
  BOOST_TEST(nearest("", known) == "");
  BOOST_TEST(nearest("x", known) == "");
  BOOST_TEST(nearest("context", known) == "");
  BOOST_TEST(nearest("mood", known) == "");
  BOOST_TEST(nearest(std::string(100'000, 'c'), known) == "");
  BOOST_TEST(nearest("genres", std::vector<std::string>{}) == "");
}

BOOST_AUTO_TEST_CASE(the_nearer_wins_and_of_equals_the_first) {
  constexpr std::array<std::string_view, 3> known{"listen", "lists", "listing"};
  BOOST_TEST(nearest("listin", known) == "listen");
  BOOST_TEST(nearest("list", known) == "lists");
  BOOST_TEST(nearest("listing", known) == "listing");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(text_from_outside)

BOOST_AUTO_TEST_CASE(utf8_is_told_from_what_only_looks_like_it) {
  for (const std::string good : {"", "a", "12345678\xC3\xA9", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                                 "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    BOOST_TEST(is_utf8(good));
  for (const std::string bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC3(", "1234567\xFF", "12345678\xE2\x82"})
    BOOST_TEST(!is_utf8(bad));
}

BOOST_AUTO_TEST_CASE(control_characters_are_found_at_every_place) {
  for (std::size_t at = 0; at < 20; ++at) {
    for (const char control : {'\0', '\x01', '\x1F', '\x7F'}) {
      std::string text(20, '\xC3');
      text[at] = control;
      BOOST_TEST(has_control(text, false));
      BOOST_TEST(has_control(text, true));
    }
    std::string text(20, ' ');
    text[at] = '\n';
    BOOST_TEST(has_control(text, false));
    BOOST_TEST(!has_control(text, true));
    text[at] = '~';
    BOOST_TEST(!has_control(text, false));
  }
}

BOOST_AUTO_TEST_CASE(an_excerpt_is_short_and_printable) {
  BOOST_TEST(excerpt("plain \xC3\xA9") == "plain \xC3\xA9");
  BOOST_TEST(excerpt(std::string(60, 'a')) == std::string(60, 'a'));
  BOOST_TEST(excerpt(std::string(61, 'a')) == std::string(60, 'a') + "...");
  BOOST_TEST(excerpt("a\n\x7F\xFF\xC2\x85z") == "a????z");
  BOOST_TEST(is_utf8(excerpt(std::string(1'000, '\xE2'))));
  BOOST_TEST(quoted_excerpt(std::string(200, 'a')) == "\"" + std::string(60, 'a') + "...\" (200 characters)");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(names_of_values)

BOOST_AUTO_TEST_CASE(every_severity_and_state_reads_back_from_its_name) {
  for (const auto level : {severity::none, severity::low, severity::medium, severity::high})
    BOOST_TEST((severity_of(to_string(level)) == level));
  for (const auto state : {model_state::training, model_state::live, model_state::retired, model_state::rejected,
                           model_state::failed, model_state::rolled_back})
    BOOST_TEST((model_state_of(to_string(state)) == state));
  BOOST_TEST(to_string(severity::medium) == "medium");
  BOOST_TEST(to_string(model_state::retired) == "retired");
  BOOST_TEST(!severity_of("High").has_value());
  BOOST_TEST(!model_state_of("").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
