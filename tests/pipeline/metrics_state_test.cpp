#include "pipeline/dislike_stream.hpp"
#include "pipeline/metrics_state.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <string>

using namespace demur;
using namespace demur::pipeline;
using demur::testing::dislike_stream;
using demur::testing::new_year;
using demur::testing::said;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const auto exact = boost::test_tools::tolerance(1e-14);
using by_name = std::map<std::string, std::int64_t>;

struct figuring {
  dislike_stream stream;
  metrics_state state;
  id recorded = 0;

  void count(const said& what, const std::vector<double>& magnitudes = {}) {
    case_entry entry = stream.next(what);
    for (const double magnitude : magnitudes) {
      recorded_impact& moved = entry.impacts.emplace_back();
      moved.row.impact_type = "genre_weight";
      moved.row.adjustment_magnitude = magnitude;
    }
    state.count(entry);
  }
  void show(id model_version_id, std::size_t items, std::optional<set_leak> leak = {}) {
    recorded_set made{++recorded, {recorded, "ann", model_version_id, stream.now, {}}, leak};
    made.shown.items.resize(items);
    state.count(made);
  }
  feedback_metrics figures() const { return state.figures(stream.now); }
};

model_version version(id model_version_id, model_state in_state, timestamp created_at, std::int64_t claimed = 20,
                      id parent_id = 0) {
  model_version made;
  made.model_version_id = model_version_id;
  made.parent_id = parent_id;
  made.state = in_state;
  made.created_at = created_at;
  made.claimed_examples = claimed;
  return made;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(metrics, figuring)

BOOST_AUTO_TEST_CASE(before_the_first_dislike_nothing_is_made_up) {
  const auto empty = figures();
  BOOST_TEST(empty.total_dislikes == 0);
  BOOST_TEST(empty.total_negative_examples == 0);
  BOOST_TEST(empty.untrained_negative_examples == 0);
  BOOST_TEST(!empty.avg_prediction_error);
  BOOST_TEST(!empty.max_error);
  BOOST_TEST(!empty.min_error);
  BOOST_TEST(!empty.average_dislike_predicted_score);
  BOOST_TEST(empty.error_trend.empty());
  BOOST_TEST(empty.adjustment_magnitude_trend.empty());
  BOOST_TEST(empty.dislike_rate_by_genre.empty());
  BOOST_TEST(!empty.recent_trend.avg_predicted_score);
  BOOST_TEST(empty.retrain_count == 0);
  BOOST_TEST(!empty.last_retrain_at);
  BOOST_TEST(!empty.mean_retrain_interval_s);
  BOOST_TEST(empty.model_version_id == 0);
}

BOOST_AUTO_TEST_CASE(the_seeds_five_figures_are_those_worked_out_by_hand) {
  count({.reason = "wrong_genre", .predicted_score = 0.9});
  count({.reason = "wrong_genre", .predicted_score = 0.5});
  count({.reason = "poor_quality", .predicted_score = 0.1});
  const auto got = figures();
  BOOST_TEST(got.total_negative_examples == 3);
  BOOST_TEST(got.avg_prediction_error.value() == 0.5, exact);  // (0.9 + 0.5 + 0.1) / 3
  BOOST_TEST(got.max_error.value() == 0.9);
  BOOST_TEST(got.min_error.value() == 0.1);
  BOOST_TEST(got.average_dislike_predicted_score.value() == 0.5, exact);
  BOOST_TEST(got.total_dislikes == 3);
  BOOST_TEST((got.dislikes_by_reason == by_name{{"poor_quality", 1}, {"wrong_genre", 2}}));
}

BOOST_AUTO_TEST_CASE(a_null_error_counts_in_no_error_figure) {
  count({});
  BOOST_TEST(!figures().avg_prediction_error);
  BOOST_TEST(!figures().min_error);
  BOOST_TEST(figures().error_trend.empty());
  count({.predicted_score = 0.8});
  count({});
  const auto got = figures();
  BOOST_TEST(got.total_negative_examples == 3);
  BOOST_TEST(got.avg_prediction_error.value() == 0.8);
  BOOST_TEST(got.min_error.value() == 0.8);
  BOOST_TEST(got.max_error.value() == 0.8);
  BOOST_TEST(got.average_dislike_predicted_score.value() == 0.8);
  BOOST_TEST_REQUIRE(got.error_trend.size() == 1U);
  BOOST_TEST(got.error_trend[0].count == 1);
}

BOOST_AUTO_TEST_CASE(an_error_of_0_counts_and_is_the_least) {
  count({.predicted_score = 0.0});
  count({.predicted_score = 1.0});
  BOOST_TEST(figures().min_error.value() == 0.0);
  BOOST_TEST(figures().avg_prediction_error.value() == 0.5);
}

BOOST_AUTO_TEST_CASE(what_was_only_watched_is_a_dislike_with_a_score_and_no_example) {
  count({.reason = "already_watched", .predicted_score = 0.6});
  const auto got = figures();
  BOOST_TEST(got.total_dislikes == 1);
  BOOST_TEST(got.total_negative_examples == 0);
  BOOST_TEST(got.untrained_negative_examples == 0);
  BOOST_TEST(!got.avg_prediction_error);
  BOOST_TEST(got.average_dislike_predicted_score.value() == 0.6);
}

BOOST_AUTO_TEST_CASE(errors_and_magnitudes_are_shown_by_the_hour_of_the_dislike) {
  stream.now = new_year + minutes{59};
  count({.predicted_score = 0.75}, {-0.15, -0.05});
  stream.now = new_year + minutes{60};
  count({.predicted_score = 0.5}, {0.25});
  count({.predicted_score = 0.25});
  const auto got = figures();
  BOOST_TEST_REQUIRE(got.error_trend.size() == 2U);
  BOOST_TEST((got.error_trend[0].from == new_year));
  BOOST_TEST((got.error_trend[0].to == new_year + hours{1}));
  BOOST_TEST(got.error_trend[0].count == 1);
  BOOST_TEST(got.error_trend[0].avg_prediction_error.value() == 0.75);
  BOOST_TEST((got.error_trend[1].from == new_year + hours{1}));
  BOOST_TEST(got.error_trend[1].count == 2);
  BOOST_TEST(got.error_trend[1].avg_prediction_error.value() == 0.375);
  BOOST_TEST_REQUIRE(got.adjustment_magnitude_trend.size() == 2U);
  BOOST_TEST(got.adjustment_magnitude_trend[0].count == 2);
  BOOST_TEST(got.adjustment_magnitude_trend[0].mean_adjustment_magnitude.value() == 0.1, exact);
  BOOST_TEST(got.adjustment_magnitude_trend[1].count == 1);
  BOOST_TEST(got.adjustment_magnitude_trend[1].mean_adjustment_magnitude.value() == 0.25);
}

BOOST_AUTO_TEST_CASE(an_hour_in_which_nothing_was_predicted_is_not_in_the_error_trend) {
  count({}, {-0.15});
  BOOST_TEST(figures().error_trend.empty());
  BOOST_TEST(figures().adjustment_magnitude_trend.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_flag_is_no_adjustment) {
  case_entry entry = stream.next({.reason = "already_watched"});
  entry.impacts.emplace_back().row.impact_type = "filter";
  state.count(entry);
  BOOST_TEST(figures().adjustment_magnitude_trend.empty());
}

BOOST_AUTO_TEST_CASE(a_dislike_of_the_past_goes_into_its_own_hour) {
  stream.now = new_year + hours{5};
  count({.predicted_score = 0.5});
  stream.now = new_year - days{3} + minutes{30};
  count({.predicted_score = 0.25});
  const auto got = figures();
  BOOST_TEST_REQUIRE(got.error_trend.size() == 2U);
  BOOST_TEST((got.error_trend[0].from == new_year - days{3}));
}

BOOST_AUTO_TEST_CASE(no_more_than_744_hours_are_kept_and_the_oldest_give_way) {
  for (int hour = 0; hour < 1'000; ++hour) {
    stream.now = new_year + hours{hour};
    count({.predicted_score = 0.5});
  }
  const auto got = figures();
  BOOST_TEST(got.error_trend.size() == 744U);
  BOOST_TEST((got.error_trend.front().from == new_year + hours{256}));
  BOOST_TEST((got.error_trend.back().from == new_year + hours{999}));
  // What is older than all that is kept finds no place, and the totals know it all the same.
  stream.now = new_year;
  count({.predicted_score = 0.5});
  BOOST_TEST((figures().error_trend.front().from == new_year + hours{256}));
  BOOST_TEST(figures().total_dislikes == 1'001);
}

BOOST_AUTO_TEST_CASE(the_recent_trend_is_that_of_the_last_30_days_to_the_hour) {
  stream.now = new_year;
  count({.predicted_score = 0.25});
  stream.now = new_year + hours{1};
  count({.predicted_score = 0.5});
  count({});
  stream.now = new_year + days{30};
  BOOST_TEST(figures().recent_trend.total_dislikes == 3);
  BOOST_TEST(figures().recent_trend.avg_predicted_score.value() == 0.375);
  stream.now = new_year + days{30} + minutes{1};
  BOOST_TEST(figures().recent_trend.total_dislikes == 2);
  BOOST_TEST(figures().recent_trend.avg_predicted_score.value() == 0.5);
  stream.now = new_year + days{60};
  BOOST_TEST(figures().recent_trend.total_dislikes == 0);
  BOOST_TEST(!figures().recent_trend.avg_predicted_score);
}

BOOST_AUTO_TEST_CASE(a_genre_has_a_rate_where_its_impressions_are_known) {
  for (int i = 0; i < 3; ++i) count({.genres = {"Horror", "Thriller"}});
  BOOST_TEST(figures().dislike_rate_by_genre.empty());
  state.set_impressions(std::make_shared<const by_name>(by_name{{"Horror", 12}, {"Drama", 5}, {"Western", 0}}));
  const auto rates = figures().dislike_rate_by_genre;
  BOOST_TEST_REQUIRE(rates.size() == 2U);
  BOOST_TEST(rates.at("Horror").impressions == 12);
  BOOST_TEST(rates.at("Horror").dislikes == 3);
  BOOST_TEST(rates.at("Horror").rate == 0.25);
  BOOST_TEST(rates.at("Drama").dislikes == 0);
  BOOST_TEST(rates.at("Drama").rate == 0.0);
}

BOOST_AUTO_TEST_CASE(a_version_has_the_rate_of_what_it_showed) {
  show(7, 10);
  show(7, 10);
  show(0, 5);
  for (const std::optional<id> of :
       {std::optional<id>(7), std::optional<id>(7), std::optional<id>(0), std::optional<id>(9), std::optional<id>()}) {
    case_entry entry = stream.next({});
    entry.recommended_by = of;
    state.count(entry);
  }
  const auto rates = figures().dislike_rate_by_model_version;
  BOOST_TEST_REQUIRE(rates.size() == 2U);  // of version 9 nothing that was shown is known
  BOOST_TEST(rates.at(7).impressions == 20);
  BOOST_TEST(rates.at(7).rate == 0.1);
  BOOST_TEST(rates.at(0).rate == 0.2);
}

BOOST_AUTO_TEST_CASE(versions_over_the_bound_are_not_told_apart) {
  for (id version = 0; version < 1'500; ++version) show(version, 1);
  case_entry entry = stream.next({});
  entry.recommended_by = 1'400;
  state.count(entry);
  BOOST_TEST(figures().dislike_rate_by_model_version.size() == 1'000U);
  BOOST_TEST(!figures().dislike_rate_by_model_version.contains(1'400));
}

BOOST_AUTO_TEST_CASE(a_set_leaks_if_it_holds_what_its_user_refused_and_counts_if_he_refused_anything) {
  show(7, 10);
  show(7, 10, set_leak{});
  show(7, 5, set_leak{1, 0});
  show(7, 5, set_leak{2, 3});
  const leak_figures leak = figures().leak;
  BOOST_TEST(leak.sets == 3);
  BOOST_TEST(leak.leaking_sets == 2);
  BOOST_TEST(leak.movies == 20);
  BOOST_TEST(leak.disliked_movies == 3);
  BOOST_TEST(leak.blamed_movies == 3);
}

BOOST_AUTO_TEST_CASE(this_week_is_held_against_the_one_before) {
  BOOST_TEST(!figures().dislike_rate_by_week.this_week);
  const auto disliked = [&](double score, double magnitude) {
    case_entry entry = stream.next({.predicted_score = score});
    entry.recommended_by = 0;
    recorded_impact& moved = entry.impacts.emplace_back();
    moved.row.impact_type = "genre_weight";
    moved.row.adjustment_magnitude = magnitude;
    state.count(entry);
  };
  stream.now = new_year;
  disliked(1.0, -1.0);  // older than both
  show(0, 100);
  stream.now = new_year + days{10};
  for (const double score : {0.5, 0.75}) disliked(score, -0.25);
  show(0, 8);
  stream.now = new_year + days{17};
  disliked(0.25, -0.125);
  show(0, 16);
  stream.now = new_year + days{20};
  const auto got = figures();
  BOOST_TEST(got.prediction_error_by_week.week_before.value() == 0.625);
  BOOST_TEST(got.prediction_error_by_week.this_week.value() == 0.25);
  BOOST_TEST(got.dislike_rate_by_week.week_before.value() == 0.25);
  BOOST_TEST(got.dislike_rate_by_week.this_week.value() == 0.0625);
  BOOST_TEST(got.adjustment_magnitude_by_week.week_before.value() == 0.25);
  BOOST_TEST(got.adjustment_magnitude_by_week.this_week.value() == 0.125);
}

BOOST_AUTO_TEST_CASE(a_retrain_that_came_to_nothing_is_told_beside_those_that_did) {
  state.count(version(101, model_state::live, new_year));
  state.count(version(102, model_state::training, new_year));
  state.count(version(102, model_state::failed, new_year));
  state.count(version(102, model_state::failed, new_year));
  state.count(version(103, model_state::rejected, new_year));
  BOOST_TEST(figures().retrain_count == 1);
  BOOST_TEST(figures().failed_retrains == 1);
  BOOST_TEST(figures().rejected_retrains == 1);
  state.serve(version(103, model_state::live, new_year));
  BOOST_TEST(figures().retrain_count == 2);
  BOOST_TEST(figures().rejected_retrains == 0);
}

BOOST_AUTO_TEST_CASE(genres_over_the_bound_are_not_told_apart) {
  for (int i = 0; i < 1'500; ++i) count({.genres = {"G" + std::to_string(i)}});
  count({.genres = {"G0"}});
  by_name shown;
  for (int i = 0; i < 1'500; ++i) shown["G" + std::to_string(i)] = 1;
  state.set_impressions(std::make_shared<const by_name>(shown));
  const auto rates = figures().dislike_rate_by_genre;
  BOOST_TEST(rates.at("G0").dislikes == 2);
  BOOST_TEST(rates.at("G999").dislikes == 1);
  BOOST_TEST(rates.at("G1000").dislikes == 0);
}

BOOST_AUTO_TEST_CASE(a_version_that_serves_or_served_is_a_retrain) {
  for (int i = 0; i < 50; ++i) count({});
  state.count(version(101, model_state::retired, new_year, 20));
  BOOST_TEST(figures().model_version_id == 0);
  BOOST_TEST(!figures().mean_retrain_interval_s);
  state.count(version(102, model_state::failed, new_year + hours{1}, 20, 101));
  state.count(version(103, model_state::live, new_year + hours{3}, 25, 101));
  state.count(version(104, model_state::training, new_year + hours{4}, 5, 103));
  const auto got = figures();
  BOOST_TEST(got.retrain_count == 2);
  BOOST_TEST((got.last_retrain_at == new_year + hours{3}));
  BOOST_TEST(got.mean_retrain_interval_s.value() == 10'800.0);
  BOOST_TEST(got.untrained_negative_examples == 5);
  BOOST_TEST(got.model_version_id == 103);
  state.count(version(105, model_state::live, new_year + hours{7}, 5, 103));
  BOOST_TEST(figures().mean_retrain_interval_s.value() == 12'600.0);  // 7 hours / 2
  BOOST_TEST(figures().model_version_id == 105);
}

BOOST_AUTO_TEST_CASE(untrained_is_what_the_version_that_serves_and_its_parents_do_not_know) {
  for (int i = 0; i < 60; ++i) count({});
  state.count(version(101, model_state::live, new_year, 20));
  state.count(version(102, model_state::live, new_year + hours{1}, 15, 101));
  state.count(version(103, model_state::rejected, new_year + hours{2}, 10, 102));
  BOOST_TEST(figures().untrained_negative_examples == 25);
  BOOST_TEST(figures().retrain_count == 2);
  state.serve(version(101, model_state::live, new_year, 20));
  BOOST_TEST(figures().untrained_negative_examples == 40);
  BOOST_TEST(figures().model_version_id == 101);
  BOOST_TEST(figures().retrain_count == 2);
  // What was rejected and is promoted counts as a retrain from then on.
  state.serve(version(103, model_state::live, new_year + hours{2}, 10, 102));
  BOOST_TEST(figures().untrained_negative_examples == 15);
  BOOST_TEST(figures().retrain_count == 3);
  BOOST_TEST((figures().last_retrain_at == new_year + hours{2}));
  state.serve({});
  BOOST_TEST(figures().untrained_negative_examples == 60);
  BOOST_TEST(figures().model_version_id == 0);
  BOOST_TEST(figures().retrain_count == 3);
}

BOOST_AUTO_TEST_CASE(a_start_that_finds_a_version_rolled_back_has_the_same_figures) {
  for (int i = 0; i < 60; ++i) count({});
  metrics_state again = state;
  state.count(version(101, model_state::live, new_year, 20));
  state.count(version(102, model_state::live, new_year + hours{1}, 15, 101));
  state.serve(version(101, model_state::live, new_year, 20));
  again.count(version(101, model_state::live, new_year, 20));
  again.count(version(102, model_state::rolled_back, new_year + hours{1}, 15, 101));
  const auto one = state.figures(stream.now), other = again.figures(stream.now);
  BOOST_TEST(one.untrained_negative_examples == other.untrained_negative_examples);
  BOOST_TEST(one.retrain_count == other.retrain_count);
  BOOST_TEST(one.model_version_id == other.model_version_id);
  BOOST_TEST((one.last_retrain_at == other.last_retrain_at));
}

BOOST_AUTO_TEST_CASE(what_was_saved_is_restored_bit_by_bit_and_goes_on_the_same) {
  std::mt19937_64 random(31);
  const auto something = [&] {
    said what{.user = "user " + std::to_string(random() % 7),
              .reason = random() % 5 == 0 ? "already_watched" : "wrong_genre",
              .genres = {"G" + std::to_string(random() % 5)}};
    if (random() % 3 != 0) what.predicted_score = std::generate_canonical<double, 53>(random);
    stream.now += minutes{static_cast<int>(random() % 40)};
    return what;
  };
  for (int i = 0; i < 500; ++i) {
    count(something(), {-0.15, -0.1 / 3.0});
    if (i % 3 == 0) show(i % 5, 10, i % 2 == 0 ? std::optional(set_leak{i % 4, i % 3}) : std::nullopt);
  }
  metrics_state again;
  BOOST_TEST_REQUIRE(again.restore(state.save()));
  BOOST_TEST(again.save() == state.save());
  BOOST_TEST(again.through_dislike_id() == 500);
  BOOST_TEST(again.through_recorded_id() == recorded);
  BOOST_TEST(again.figures(stream.now).leak.movies == figures().leak.movies);
  for (int i = 0; i < 500; ++i) {
    const auto entry = stream.next(something());
    state.count(entry);
    again.count(entry);
  }
  BOOST_TEST(again.save() == state.save());
  BOOST_TEST(again.figures(stream.now).avg_prediction_error.value() == figures().avg_prediction_error.value());
}

BOOST_AUTO_TEST_CASE(an_empty_state_is_restored_as_empty) {
  metrics_state again;
  BOOST_TEST_REQUIRE(again.restore(state.save()));
  again.count(stream.next({.predicted_score = 0.25}));
  // The first error is the least and the greatest, though an empty state was written with 0 for both.
  BOOST_TEST(again.figures(stream.now).min_error.value() == 0.25);
  BOOST_TEST(again.figures(stream.now).max_error.value() == 0.25);
}

BOOST_AUTO_TEST_CASE(a_text_that_save_did_not_write_is_refused) {
  for (const char* text : {"nonsense\t1\n", "dislikes\t1\t2\n", "scores\tone\t0.5\n", "hour\t0\t1\n", "reason\tx\n"}) {
    BOOST_TEST_CONTEXT(text) {
      metrics_state fresh;
      BOOST_TEST(!fresh.restore(text));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
