#include "learning/drift.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

using namespace demur;
using namespace demur::learning;

namespace {

/// Uniform in [0, 1); the same on every machine.
struct chance {
  std::mt19937 engine;
  explicit chance(std::uint32_t seed) : engine(seed) {}
  bool of(double probability) { return static_cast<double>(engine()) * 0x1p-32 < probability; }
};

/// That has learned a rate of 1 in `every`, exactly.
drift_detector taught(double threshold = 7.0, int every = 20) {
  drift_detector made({threshold, 1'000});
  for (int i = 0; i < 1'000; ++i) {
    made.shown(1);
    if (i % every == 0) made.disliked(false);
  }
  return made;
}

/// One impression, disliked with this probability.
std::optional<drift_alarm> show_one(drift_detector& to, chance& by, double probability) {
  to.shown(1);
  return by.of(probability) ? to.disliked(false) : std::nullopt;
}

/// Impressions up to the alarm, at most `most`.
int impressions_to_alarm(drift_detector& from, chance& by, double probability, int most) {
  for (int i = 1; i <= most; ++i)
    if (show_one(from, by, probability)) return i;
  return most + 1;
}

std::string saved(const drift_detector& state) {
  record_writer out;
  state.write(out);
  return out.take();
}

drift_detector restored(const std::string& text, const drift_rules& rules) {
  drift_detector again(rules);
  record_reader in(text);
  BOOST_TEST_REQUIRE(in.next());
  BOOST_TEST_REQUIRE(again.read(in.text(), in));
  BOOST_TEST(in.ok());
  return again;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(drift)

BOOST_AUTO_TEST_CASE(evidence_is_the_log_likelihood_ratio_of_the_doubled_rate) {
  drift_detector state = taught();
  BOOST_TEST(state.long_run_rate().value() == 0.05);
  state.shown(1);
  state.disliked(false);
  const double a_dislike = std::log(0.1 / 0.05), no_dislike = std::log(0.9 / 0.95);
  BOOST_TEST(state.evidence() == a_dislike - no_dislike, boost::test_tools::tolerance(1e-12));
  state.shown(1);
  state.disliked(false);
  BOOST_TEST(state.evidence() == 2 * a_dislike - no_dislike, boost::test_tools::tolerance(1e-12));
  state.shown(3);
  BOOST_TEST(state.evidence() == 2 * a_dislike + 2 * no_dislike, boost::test_tools::tolerance(1e-12));
  state.shown(1'000);
  BOOST_TEST(state.evidence() == 0.0);
}

BOOST_AUTO_TEST_CASE(an_alarm_tells_both_rates_and_since_when) {
  drift_detector state = taught();
  state.shown(500);
  // Every second one is disliked from here on: (ln 2 + ln(0.9 / 0.95)) / 2 of evidence an impression.
  std::optional<drift_alarm> raised;
  int shown = 0;
  while (!raised) {
    state.shown(shown == 0 ? 1 : 2);
    shown += shown == 0 ? 1 : 2;
    raised = state.disliked(false);
  }
  BOOST_TEST(shown == 21);
  BOOST_TEST(raised->rate_before == 0.05);
  BOOST_TEST(raised->impressions_since == 21);
  BOOST_TEST(raised->rate_now == 11.0 / 21.0);
}

BOOST_AUTO_TEST_CASE(false_alarms_are_as_rare_as_was_measured) {
  // science: p0 = .05, h = 7: .21 within 20,000 impressions (200 runs); h = 5: .79. Here 1,000 runs: s.e. .013, .012.
  constexpr int runs = 1'000, most = 20'000;
  for (const auto& [threshold, low, high] : {std::tuple{7.0, 0.17, 0.25}, {5.0, 0.80, 0.90}}) {
    chance by(37);
    int alarms = 0;
    for (int run = 0; run < runs; ++run) {
      drift_detector state = taught(threshold);
      alarms += impressions_to_alarm(state, by, 0.05, most) <= most ? 1 : 0;
    }
    BOOST_TEST(alarms > low * runs);
    BOOST_TEST(alarms < high * runs);
  }
}

BOOST_AUTO_TEST_CASE(a_doubled_rate_is_noticed_as_soon_as_was_measured) {
  // science: median delay 249 impressions at h = 7, 181 at h = 5 (200 runs). The rate doubles in the middle of things.
  constexpr int runs = 1'000;
  for (const auto& [threshold, low, high] : {std::tuple{7.0, 230, 265}, {5.0, 145, 185}}) {
    chance by(38);
    std::vector<int> delays;
    while (delays.size() < runs) {
      drift_detector state = taught(threshold);
      if (impressions_to_alarm(state, by, 0.05, 1'000) <= 1'000) continue;
      delays.push_back(impressions_to_alarm(state, by, 0.10, 100'000));
    }
    std::nth_element(delays.begin(), delays.begin() + runs / 2, delays.end());
    BOOST_TEST(delays[runs / 2] > low);
    BOOST_TEST(delays[runs / 2] < high);
  }
}

BOOST_AUTO_TEST_CASE(the_usual_rate_is_learned_first_and_anew_after_an_alarm) {
  drift_detector state({7.0, 1'000});
  state.shown(999);
  for (int i = 0; i < 40; ++i) BOOST_TEST(!state.disliked(false));
  BOOST_TEST(!state.long_run_rate());
  state.shown(1);
  BOOST_TEST(state.long_run_rate().value() == 0.04);

  chance by(39);
  BOOST_TEST(impressions_to_alarm(state, by, 0.12, 10'000) < 1'000);
  BOOST_TEST(!state.long_run_rate());
  BOOST_TEST(impressions_to_alarm(state, by, 0.12, 999) == 1'000);
  state.shown(1);
  // What was alarming is usual now.
  BOOST_TEST(state.long_run_rate().value() > 0.08);
  BOOST_TEST(state.long_run_rate().value() < 0.16);
}

BOOST_AUTO_TEST_CASE(a_rate_that_cannot_double_is_none_and_one_of_nothing_is_taken_as_little) {
  drift_detector too_many({7.0, 100});
  too_many.shown(99);
  for (int i = 0; i < 26; ++i) too_many.disliked(false);
  too_many.shown(1);
  BOOST_TEST(!too_many.long_run_rate());
  for (int i = 0; i < 99; ++i) BOOST_TEST(!too_many.disliked(false));

  drift_detector none({7.0, 100});
  none.shown(100);
  BOOST_TEST(none.long_run_rate().value() == 0.001);
}

BOOST_AUTO_TEST_CASE(before_anything_is_shown_dislikes_are_no_rate) {
  drift_detector state({7.0, 100});
  for (int i = 0; i < 1'000; ++i) state.disliked(false);
  state.shown(99);
  for (int i = 0; i < 10; ++i) state.disliked(false);
  state.shown(1);
  BOOST_TEST(state.long_run_rate().value() == 0.1);
}

BOOST_AUTO_TEST_CASE(once_a_dislike_names_its_set_only_those_that_do_count) {
  drift_detector state = taught();
  state.disliked(true);
  BOOST_TEST(!state.long_run_rate());
  state.shown(999);
  for (int i = 0; i < 50; ++i) {
    state.disliked(true);
    state.disliked(false);
  }
  state.shown(1);
  BOOST_TEST(state.long_run_rate().value() == 0.05);
  for (int i = 0; i < 1'000; ++i) BOOST_TEST(!state.disliked(false));
  int dislikes = 1;
  while (!state.disliked(true)) ++dislikes;
  BOOST_TEST(dislikes == 10);  // 7 / ln(2 * 0.95 / 0.9), rounded up
}

BOOST_AUTO_TEST_CASE(without_a_threshold_nothing_is_watched) {
  drift_detector state({0.0, 100});
  const std::string before = saved(state);
  state.shown(1'000);
  for (int i = 0; i < 1'000; ++i) BOOST_TEST(!state.disliked(false));
  BOOST_TEST(saved(state) == before);
}

BOOST_AUTO_TEST_CASE(a_snapshot_goes_on_as_if_there_had_been_none_to_the_last_bit) {
  const drift_rules rules{7.0, 300};
  drift_detector state(rules);
  chance by(40);
  int alarms = 0;
  for (int i = 0; i < 20'000; ++i) {
    drift_detector again = restored(saved(state), rules);
    const double probability = i % 2'000 < 1'000 ? 0.02 : 0.09;
    const bool disliked = by.of(probability), of_a_set = i > 10'000 && by.of(0.9);
    for (drift_detector* one : {&state, &again}) one->shown(1);
    if (disliked) {
      const auto raised = state.disliked(of_a_set);
      BOOST_TEST_REQUIRE((again.disliked(of_a_set) == raised));
      alarms += raised ? 1 : 0;
    }
    BOOST_TEST_REQUIRE(saved(again) == saved(state));
  }
  // A test that compares nothing would pass, too.
  BOOST_TEST(alarms > 3);
}

BOOST_AUTO_TEST_CASE(how_impressions_are_grouped_makes_no_difference) {
  drift_detector one_by_one({7.0, 300}), together({7.0, 300});
  chance by(41);
  for (int i = 0; i < 3'000; ++i) {
    const int items = static_cast<int>(by.engine() % 30);
    for (int item = 0; item < items; ++item) one_by_one.shown(1);
    together.shown(items);
    if (by.of(0.6)) BOOST_TEST_REQUIRE((one_by_one.disliked(false) == together.disliked(false)));
    BOOST_TEST_REQUIRE(saved(one_by_one) == saved(together));
  }
}

BOOST_AUTO_TEST_CASE(a_record_of_something_else_is_left_alone) {
  drift_detector state = taught();
  record_reader other("drifting\t1\n");
  BOOST_TEST_REQUIRE(other.next());
  const std::string before = saved(state);
  BOOST_TEST(!state.read(other.text(), other));
  BOOST_TEST(saved(state) == before);
  record_reader cut("drift\t0.05\t3\n");
  BOOST_TEST_REQUIRE(cut.next());
  state.read(cut.text(), cut);
  BOOST_TEST(!cut.ok());
}

BOOST_AUTO_TEST_SUITE_END()
