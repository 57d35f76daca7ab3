#include "pipeline/counting.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::testing;
using demur::pipeline::exposure;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

BOOST_TEST_DONT_PRINT_LOG_VALUE(demur::severity)

namespace {

constexpr const char* all_users = "";

/// Lets the ratio alone decide, so that a limit shows the baseline exactly.
struct by_ratio : counting {
  by_ratio() {
    chosen.patterns.significance = 1.1;
    restart();
  }
};

severity horror_of_ann(const std::vector<pattern>& found) { return grade(found, "ann", "genre", "Horror"); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(baselines, by_ratio)

BOOST_AUTO_TEST_CASE(against_other_users_one_dislike_is_imagined_per_known_value_and_one_of_an_unknown) {
  // Others: 1 Horror, 8 Drama; known are these two. (1 + 1) / (9 + 2 + 1) = 1/6, and all of hers is 6 times that.
  say({.user = "bob", .genres = {"Horror"}});
  crowd(8, {.genres = {"Drama"}});
  BOOST_TEST(horror_of_ann(say({.genres = {"Horror"}}, 3)) == severity::high);
}

BOOST_AUTO_TEST_CASE(one_dislike_of_others_less_and_the_ratio_is_below_that_limit) {
  // (1 + 1) / (8 + 2 + 1) = 2/11: 5.5 times.
  say({.user = "bob", .genres = {"Horror"}});
  crowd(7, {.genres = {"Drama"}});
  BOOST_TEST(horror_of_ann(say({.genres = {"Horror"}}, 3)) == severity::medium);
}

BOOST_AUTO_TEST_CASE(of_reasons_all_that_are_loaded_are_known) {
  // (1 + 1) / (6 + 5 + 1) = 1/6.
  say({.user = "bob", .reason = "wrong_genre"});
  crowd(5, {.reason = "poor_quality"});
  const auto found = say({.reason = "wrong_genre"}, 3);
  BOOST_TEST(grade(found, "ann", "reason", "wrong_genre") == severity::high);
  // One more of somebody else's is 3/13: 4.3 times.
  say({.user = "cy", .reason = "wrong_genre"});
  BOOST_TEST(grade(say({.reason = "wrong_genre"}), "ann", "reason", "wrong_genre") == severity::medium);
}

BOOST_AUTO_TEST_CASE(a_users_own_dislikes_are_not_their_own_yardstick) {
  // Nobody else: (0 + 1) / (0 + 1 + 1), however many are hers.
  BOOST_TEST(horror_of_ann(say({.genres = {"Horror"}}, 3)) == severity::low);
  BOOST_TEST(horror_of_ann(say({.genres = {"Horror"}}, 500)) == severity::low);
}

BOOST_AUTO_TEST_CASE(the_catalogue_is_a_better_baseline_than_other_users) {
  // 1 of 8 in the catalogue: 8 times, though everybody dislikes it.
  put(film(1, {"Horror"}));
  put_others(7);
  crowd(50, {.genres = {"Horror"}});
  BOOST_TEST(horror_of_ann(say({.genres = {"Horror"}}, 3)) == severity::high);
}

BOOST_AUTO_TEST_CASE(the_share_in_the_catalogue_is_what_counts) {
  // 1 of 8 against 3 of 4 hers is 6 times; another Horror in the catalogue makes 2 of 9 of it: 3.4 times.
  put(film(1, {"Horror"}));
  put_others(7);
  say({.genres = {"Drama"}});
  BOOST_TEST(horror_of_ann(say({.genres = {"Horror"}}, 3)) == severity::high);
  put(film(2, {"Horror"}));
  say({.genres = {"Drama"}});
  BOOST_TEST(horror_of_ann(say({.genres = {"Horror"}}, 3)) == severity::medium);
}

BOOST_AUTO_TEST_CASE(impressions_are_the_best_baseline) {
  // Half of the catalogue, but 1 of 8 of what was shown.
  const movie horror = film(1, {"Horror"});
  const movie other = film(2, {"Other"});
  put(horror);
  put(other);
  state.shown().show(1, &horror, 1);
  state.shown().show(2, &other, 7);
  say({.genres = {"Drama"}});
  BOOST_TEST(horror_of_ann(say({.genres = {"Horror"}}, 3)) == severity::high);
  // 10 of 17 against 4 of 5 is 1.4 times; against half of the catalogue it would be 1.6 and low.
  state.shown().show(1, &horror, 9);
  BOOST_TEST(horror_of_ann(patterns_of(count({.genres = {"Horror"}}))) == severity::none);
}

BOOST_AUTO_TEST_CASE(what_was_never_shown_is_measured_by_the_catalogue) {
  put(film(1, {"Horror"}));
  const movie other = film(2, {"Other"});
  put(other);
  state.shown().show(2, &other, 1'000);
  // Half of the catalogue: twice that.
  BOOST_TEST(horror_of_ann(say({.genres = {"Horror"}}, 3)) == severity::low);
}

BOOST_AUTO_TEST_CASE(cast_and_franchise_are_measured_in_their_own_family) {
  // Others: 9 of Actor 2; (0 + 1) / (9 + 2 + 1) is 12 times, and of the franchise 1 / (9 + 1 + 1): 11 times.
  crowd(9, {.cast = {"Actor 2"}});
  const auto found = say({.cast = {"Actor 1"}, .franchise = "Saw"}, 3);
  BOOST_TEST(grade(found, "ann", "cast", "Actor 1") == severity::high);
  BOOST_TEST(grade(found, "ann", "franchise", "Saw") == severity::high);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(patterns, counting)

BOOST_AUTO_TEST_CASE(a_concentration_is_told_from_the_third_dislike_on) {
  put(film(1, {"Horror"}));
  put_others(19);
  BOOST_TEST(say({.genres = {"Horror"}}).empty());
  BOOST_TEST(say({.genres = {"Horror"}}).empty());
  const auto found = say({.genres = {"Horror"}});
  const pattern* one = find(found, "ann", "genre", "Horror");
  BOOST_TEST_REQUIRE(one);
  BOOST_TEST(one->frequency == 3);
  BOOST_TEST(one->severity == severity::high);
  BOOST_TEST(one->pattern_id == 0);
  BOOST_TEST(find(say({.genres = {"Horror"}}), "ann", "genre", "Horror")->frequency == 4);
}

BOOST_AUTO_TEST_CASE(what_chance_explains_is_no_pattern) {
  // 3 of 3 against a quarter is 4 times, but happens by chance once in 64; 4 of 4 once in 256.
  put(film(1, {"Horror"}));
  put_others(3);
  BOOST_TEST(horror_of_ann(say({.genres = {"Horror"}}, 3)) == severity::none);
  BOOST_TEST(horror_of_ann(say({.genres = {"Horror"}})) == severity::medium);
}

BOOST_AUTO_TEST_CASE(the_minimum_is_a_setting) {
  chosen.patterns.min_frequency = 5;
  restart();
  put(film(1, {"Horror"}));
  put_others(19);
  BOOST_TEST(say({.genres = {"Horror"}}, 4).empty());
  BOOST_TEST(horror_of_ann(say({.genres = {"Horror"}})) == severity::high);
}

BOOST_AUTO_TEST_CASE(only_patterns_that_the_dislike_takes_part_in_are_told) {
  put(film(1, {"Horror"}));
  put_others(19);
  say({.genres = {"Horror"}}, 5);
  BOOST_TEST(horror_of_ann(say({.genres = {"Drama"}})) == severity::none);
}

BOOST_AUTO_TEST_CASE(over_all_users_a_feature_stands_out_against_what_is_known_of_the_catalogue) {
  put(film(1, {"Horror"}));
  put_others(19);
  const auto found = crowd(3, {.genres = {"Horror"}});
  const pattern* one = find(found, all_users, "genre", "Horror");
  BOOST_TEST_REQUIRE(one);
  BOOST_TEST(one->frequency == 3);
  BOOST_TEST(one->severity == severity::high);
  BOOST_TEST(found.size() == 1U);
}

BOOST_AUTO_TEST_CASE(over_all_users_nothing_is_told_without_a_yardstick) {
  BOOST_TEST(crowd(100, {.reason = "poor_quality", .genres = {"Horror"}, .cast = {"Actor 1"}}).empty());
}

BOOST_AUTO_TEST_CASE(over_all_users_a_feature_that_left_the_catalogue_has_no_yardstick) {
  const movie before = film(1, {"Horror"});
  put(before);
  put_others(19);
  crowd(95, {.genres = {"Drama"}});
  state.shown().put_movie(&before, film(1, {"Thriller"}));
  BOOST_TEST(grade(crowd(8, {.genres = {"Horror"}}), all_users, "genre", "Horror") == severity::none);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(bursts, counting)

BOOST_AUTO_TEST_CASE(ten_dislikes_of_a_moment_are_a_burst_of_their_user) {
  BOOST_TEST(grade(say({}, 9), "ann", "burst", "dislikes") == severity::none);
  const auto found = say({});
  BOOST_TEST(grade(found, "ann", "burst", "dislikes") == severity::low);
  BOOST_TEST(find(found, "ann", "burst", "dislikes")->frequency == 10);
  BOOST_TEST(grade(say({}, 9), "ann", "burst", "dislikes") == severity::low);
  BOOST_TEST(grade(say({}), "ann", "burst", "dislikes") == severity::medium);
  BOOST_TEST(grade(say({}, 20), "ann", "burst", "dislikes") == severity::high);
}

BOOST_AUTO_TEST_CASE(dislikes_that_come_slowly_are_no_burst_however_many) {
  for (int i = 0; i < 1'000; ++i) {
    BOOST_TEST_REQUIRE(grade(say({}), "ann", "burst", "dislikes") == severity::none);
    stream.now += seconds{300};
  }
}

BOOST_AUTO_TEST_CASE(a_burst_of_many_users_is_none_of_one) {
  BOOST_TEST(grade(crowd(40, {}), "user 39", "burst", "dislikes") == severity::none);
}

BOOST_AUTO_TEST_CASE(over_all_users_a_burst_is_much_more_than_usual) {
  // 400 a day ago are 200 now; with the ten of the moment 210 / 288 = 0.73 are usual in 5 minutes, and 10 are more than
  // four times 3 * 0.73.
  crowd(400, {});
  stream.now += hours{24};
  BOOST_TEST(grade(crowd(9, {}), all_users, "burst", "dislikes") == severity::none);
  const auto found = crowd(1, {}, "late ");
  BOOST_TEST(grade(found, all_users, "burst", "dislikes") == severity::high);
  BOOST_TEST(find(found, all_users, "burst", "dislikes")->frequency == 10);
}

BOOST_AUTO_TEST_CASE(over_all_users_what_is_usual_grades_a_burst) {
  // 1,400 a day ago: 710 / 288 = 2.5 are usual, three times that is 7.4; 10 are less than twice that, 15 are more.
  crowd(1'400, {});
  stream.now += hours{24};
  BOOST_TEST(grade(crowd(10, {}), all_users, "burst", "dislikes") == severity::low);
  BOOST_TEST(grade(crowd(5, {}), all_users, "burst", "dislikes") == severity::medium);
}

BOOST_AUTO_TEST_CASE(over_all_users_a_first_rush_is_no_burst_for_nothing_is_usual_yet) {
  BOOST_TEST(grade(crowd(2'000, {}), all_users, "burst", "dislikes") == severity::none);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(catalogue_defects, counting)

BOOST_AUTO_TEST_CASE(an_items_metadata_looks_wrong_when_five_users_say_so) {
  const said wrong{.movie_id = 12};
  BOOST_TEST(grade(crowd(4, wrong), all_users, "catalogue_defect", "movie:12") == severity::none);
  BOOST_TEST(state.defective_items().empty());
  const auto found = crowd(1, wrong, "fifth ");
  BOOST_TEST(grade(found, all_users, "catalogue_defect", "movie:12") == severity::low);
  BOOST_TEST(find(found, all_users, "catalogue_defect", "movie:12")->frequency == 5);
  BOOST_TEST(state.defective_items() == std::vector<std::string>{"movie:12"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_user_who_says_so_a_hundred_times_is_one) {
  say({.movie_id = 12}, 100);
  crowd(3, {.movie_id = 12});
  BOOST_TEST(state.defective_items().empty());
}

BOOST_AUTO_TEST_CASE(other_reasons_are_no_word_about_the_metadata) {
  crowd(50, {.reason = "poor_quality", .movie_id = 12});
  BOOST_TEST(state.defective_items().empty());
}

BOOST_AUTO_TEST_CASE(half_of_an_items_dislikes_must_say_so) {
  crowd(5, {.movie_id = 12});
  crowd(5, {.reason = "poor_quality", .movie_id = 12});
  BOOST_TEST(state.defective_items().size() == 1U);
  const auto found = crowd(1, {.reason = "poor_quality", .movie_id = 12});
  BOOST_TEST(state.defective_items().empty());
  BOOST_TEST(grade(found, all_users, "catalogue_defect", "movie:12") == severity::none);
}

BOOST_AUTO_TEST_CASE(the_more_say_so_the_higher_it_is_graded) {
  BOOST_TEST(grade(crowd(9, {.movie_id = 12}), all_users, "catalogue_defect", "movie:12") == severity::low);
  BOOST_TEST(grade(crowd(1, {.movie_id = 12}), all_users, "catalogue_defect", "movie:12") == severity::medium);
  BOOST_TEST(grade(crowd(10, {.movie_id = 12}), all_users, "catalogue_defect", "movie:12") == severity::high);
}

BOOST_AUTO_TEST_CASE(users_and_share_are_settings) {
  chosen.patterns.defect_users = 2;
  chosen.patterns.defect_share = 1.0;
  restart();
  crowd(2, {.movie_id = 12});
  BOOST_TEST(state.defective_items().size() == 1U);
  crowd(1, {.reason = "poor_quality", .movie_id = 12});
  BOOST_TEST(state.defective_items().empty());
}

BOOST_AUTO_TEST_CASE(defective_items_come_sorted_and_may_be_known_by_title_only) {
  for (const id movie_id : {9, 100, 12}) crowd(5, {.movie_id = movie_id});
  crowd(5, {.movie_id = std::nullopt});
  const std::vector<std::string> expected = {"movie:100", "movie:12", "movie:9", "title:A title"};
  BOOST_TEST(state.defective_items() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// That an excerpt for each dislike says what the whole says once the dislike is counted.
void check_excerpts(counting& all) {
  for (int i = 0; i < 300; ++i) {
    const std::string number = std::to_string(i % 17);
    said what{.user = "user " + std::to_string(i % 9), .genres = {"Horror"}, .movie_id = i % 23};
    if (i % 4 == 0) what.reason = "poor_quality";
    if (i % 3 == 0) what.cast = {"Actor " + number, "Actor " + std::to_string(i)};
    if (i % 5 == 0) what.franchise = "Saw " + number;
    if (i % 2 == 0) what.predicted_score = 0.75;
    all.stream.now += std::chrono::seconds(i % 7);
    const case_entry entry = all.stream.next(what);
    pipeline::pattern_state part = all.state.excerpt(entry);
    part.count(entry);
    all.state.count(entry);
    std::vector<pattern> of_part;
    part.find_patterns(entry, of_part);
    BOOST_TEST_REQUIRE((of_part == all.patterns_of(entry)), "dislike " << i);
    const auto due = part.retrain_due(entry), expected = all.state.retrain_due(entry);
    BOOST_TEST_REQUIRE(due.has_value() == expected.has_value(), "dislike " << i);
    if (due) BOOST_TEST_REQUIRE((due->rule == expected->rule && due->feature == expected->feature));
    if (expected && i % 2 == 0) all.state.claim_unused(entry.row.dislike_id);
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(excerpts, counting)

BOOST_AUTO_TEST_CASE(an_excerpt_tells_of_its_dislike_what_the_whole_would) {
  put_others(30);
  for (id movie_id = 0; movie_id < 23; ++movie_id) put(film(movie_id, {"Horror"}));
  check_excerpts(*this);
}

BOOST_AUTO_TEST_CASE(so_it_does_where_the_whole_has_little_room_left_or_none) {
  for (std::int64_t room = 1; room < 30; ++room) {
    chosen.patterns.max_values = room;
    restart();
    BOOST_TEST_CONTEXT(room) check_excerpts(*this);
  }
}

BOOST_AUTO_TEST_SUITE_END()
