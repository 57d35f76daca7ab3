#include "pipeline/counting.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::testing;
using demur::pipeline::pattern_state;
using std::chrono::seconds;

BOOST_TEST_DONT_PRINT_LOG_VALUE(demur::severity)

namespace {

/// The records of a snapshot; a hash table has a say in their order, but in nothing else.
std::vector<std::string> records(const pattern_state& state) {
  std::istringstream lines(state.save());
  std::vector<std::string> sorted;
  for (std::string line; std::getline(lines, line);) sorted.push_back(line);
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

std::size_t count_records(const pattern_state& state, const std::string& kind) {
  const auto all = records(state);
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const std::string& line) { return line.starts_with(kind + "\t"); }));
}

std::vector<movie> catalogue() {
  std::vector<movie> rows;
  for (id movie_id = 0; movie_id < 40; ++movie_id)
    rows.push_back(film(movie_id, {"G" + std::to_string(movie_id % 5)}, {"A" + std::to_string(movie_id % 11)}));
  return rows;
}

said something(std::mt19937_64& random) {
  said what;
  what.user = "user " + std::to_string(random() % 12);
  what.reason = five_reasons[random() % five_reasons.size()];
  what.genres = {"G" + std::to_string(random() % 7)};
  what.cast = {"A" + std::to_string(random() % 30), "B" + std::to_string(random() % 30)};
  if (random() % 3 == 0) what.franchise = "F" + std::to_string(random() % 4);
  what.movie_id = static_cast<id>(random() % 50);
  if (random() % 3 == 0) what.movie_id.reset();
  if (random() % 4 != 0) what.predicted_score = std::generate_canonical<double, 53>(random);
  return what;
}

struct restoring : counting {
  std::mt19937_64 random{37};

  /// As a start makes it: the snapshot, then the catalogue.
  pattern_state restored() const {
    pattern_state again(chosen, five_reasons);
    BOOST_TEST_REQUIRE(again.restore(state.save()));
    for (const movie& row : catalogue()) again.shown().put_movie(nullptr, row);
    return again;
  }
  void live(int dislikes) {
    for (int i = 0; i < dislikes; ++i) {
      stream.now += seconds{static_cast<int>(random() % 100)};
      const auto entry = count(something(random));
      if (random() % 5 == 0) state.shown().show(static_cast<id>(random() % 40), nullptr);
      if (state.retrain_due(entry)) state.claim_unused(entry.row.dislike_id);
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(snapshots, restoring)

BOOST_AUTO_TEST_CASE(what_was_saved_and_restored_saves_the_same_bit_by_bit) {
  for (int round = 0; round < 20; ++round) {
    live(100);
    const auto expected = records(state);
    const auto got = records(restored());
    BOOST_TEST(got == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(after_a_restore_all_goes_on_as_if_there_had_been_none) {
  for (const movie& row : catalogue()) put(row);
  live(500);
  // Impressions whose movies were there when they came, so that both know them.
  pattern_state again(chosen, five_reasons);
  BOOST_TEST_REQUIRE(again.restore(state.save()));
  const auto rows = catalogue();
  for (const movie& row : rows) again.shown().put_movie(nullptr, row);
  state.shown() = again.shown();
  BOOST_TEST(again.through_dislike_id() == 500);
  BOOST_TEST(again.unused() == state.unused());
  BOOST_TEST(again.unused_since() == state.unused_since());

  std::size_t found_in_all = 0;
  std::size_t retrains = 0;
  for (int i = 0; i < 2'000; ++i) {
    stream.now += seconds{static_cast<int>(random() % 100)};
    const auto entry = count(something(random));
    again.count(entry);
    std::vector<pattern> found;
    again.find_patterns(entry, found);
    BOOST_TEST_REQUIRE((found == patterns_of(entry)));
    found_in_all += found.size();
    const auto why = state.retrain_due(entry);
    BOOST_TEST_REQUIRE((again.retrain_due(entry) == why));
    if (!why) continue;
    ++retrains;
    state.claim_unused(entry.row.dislike_id);
    again.claim_unused(entry.row.dislike_id);
  }
  BOOST_TEST(records(again) == records(state), boost::test_tools::per_element());
  BOOST_TEST(again.defective_items() == state.defective_items(), boost::test_tools::per_element());
  // A test that compares nothing would pass, too.
  BOOST_TEST(found_in_all > 100U);
  BOOST_TEST(retrains > 10U);
}

BOOST_AUTO_TEST_CASE(impressions_are_restored_by_movie_and_wait_for_the_catalogue) {
  put(film(1, {"G1"}));
  const movie shown = film(1, {"G1"});
  state.shown().show(1, &shown, 7);
  state.shown().show(2, nullptr, 3);
  pattern_state again(chosen, five_reasons);
  BOOST_TEST_REQUIRE(again.restore(state.save()));
  BOOST_TEST(again.shown().impressions() == 0);
  again.shown().put_movie(nullptr, film(2, {"G2"}));
  again.shown().put_movie(nullptr, shown);
  BOOST_TEST(again.shown().impressions() == 10);
  BOOST_TEST(again.shown().find("genre:G2")->impressions == 3);
}

BOOST_AUTO_TEST_CASE(a_new_state_restores_to_a_new_state) {
  BOOST_TEST(records(restored()) == records(state), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_text_that_save_did_not_write_is_refused) {
  for (const char* text :
       {"nonsense\t1\n", "dislikes\t1\t2\n", "dislikes\t1\t2\tx\n", "burst\t0.5\t0\n", "feature\tgenre:Horror\n",
        "feature\tgenre:Horror\t1.5\n", "item\tmovie:1\t1\t1\t-5\n", "shown\tone\t1\n", "unused\t1\t1\n",
        "complaint\tgenre:Horror\twrong_genre\n", "complainers\tgenre:Horror\t1\t7\t2\n", "\n"}) {
    BOOST_TEST_CONTEXT(text) {
      pattern_state fresh(chosen, five_reasons);
      BOOST_TEST(!fresh.restore("form\t2\n" + std::string(text)));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_snapshot_of_an_older_form_is_refused) {
  live(50);
  const std::string text = state.save();
  pattern_state fresh(chosen, five_reasons);
  BOOST_TEST(!fresh.restore(text.substr(text.find('\n') + 1)));
  BOOST_TEST(!fresh.restore("form\t1\n" + text.substr(text.find('\n') + 1)));
}

BOOST_AUTO_TEST_CASE(a_snapshot_cut_short_within_its_first_record_is_refused) {
  live(50);
  const std::string text = state.save();
  for (std::size_t length = 1; length < text.find('\n') - 3; ++length) {
    pattern_state fresh(chosen, five_reasons);
    const bool whole_number = text[length] != '\t' && std::isdigit(static_cast<unsigned char>(text[length - 1]));
    // Half a number reads as another number; the store keeps its texts whole.
    if (!whole_number) BOOST_TEST(!fresh.restore(text.substr(0, length)));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(bounds_of_patterns, restoring)

BOOST_AUTO_TEST_CASE(no_more_values_and_items_are_told_apart_than_the_setting_allows) {
  chosen.patterns.max_values = 10;
  restart();
  for (int i = 0; i < 1'000; ++i) count({.cast = {"Actor " + std::to_string(i)}, .movie_id = static_cast<id>(i)});
  BOOST_TEST(count_records(state, "feature") == 10U);
  BOOST_TEST(count_records(state, "item") == 10U);
  BOOST_TEST(count_records(state, "unused_feature") == 10U);
  BOOST_TEST(count_records(state, "complainers") == 10U);
  BOOST_TEST(count_records(state, "together") == 1U);
  BOOST_TEST(records(restored()) == records(state), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(values_that_were_there_before_the_bound_are_counted_on) {
  chosen.patterns.max_values = 3;
  restart();
  crowd(5, {.genres = {"Horror"}, .movie_id = 12});
  for (int i = 0; i < 50; ++i)
    count({.user = "bob", .reason = "poor_quality", .cast = {"Actor " + std::to_string(i)}, .movie_id = 100 + i});
  BOOST_TEST(state.defective_items() == std::vector<std::string>{"movie:12"}, boost::test_tools::per_element());
  const auto all = records(state);
  crowd(1, {.genres = {"Horror"}, .movie_id = 12});
  BOOST_TEST(std::count(all.begin(), all.end(), "feature\tgenre:Horror\t5") == 1);
  const auto more = records(state);
  BOOST_TEST(std::count(more.begin(), more.end(), "feature\tgenre:Horror\t6") == 1);
}

BOOST_AUTO_TEST_CASE(values_beyond_the_bound_are_counted_together_and_so_a_common_one_does_not_look_rare) {
  const auto last_of_ann = [this] {
    // Everybody dislikes the late Horror, half of the time.
    restart();
    say({.user = "bob", .genres = {"Drama"}}, 50);
    crowd(200, {.genres = {"Horror"}});
    crowd(200, {.genres = {"Drama"}});
    say({.genres = {"Drama"}}, 4);
    return grade(say({.genres = {"Horror"}}, 4), "ann", "genre", "Horror");
  };
  BOOST_TEST(last_of_ann() == severity::none);
  // One reason and Drama.
  chosen.patterns.max_values = 2;
  BOOST_TEST(last_of_ann() == severity::none);
}

BOOST_AUTO_TEST_SUITE_END()
