#include "pipeline/effect_times.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

using namespace demur;
using namespace demur::pipeline;
using std::chrono::milliseconds;

namespace {

struct timing {
  effect_times times;
  effect_times::time_point start{};

  void commit(const std::string& user, id dislike, int accepted, int committed) {
    times.committed(user, dislike, start + milliseconds(accepted), start + milliseconds(committed));
  }
  void answer(const std::string& user, id through, int at) { times.answered(user, through, start + milliseconds(at)); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(times_to_effect, timing)

BOOST_AUTO_TEST_CASE(nothing_is_told_of_no_dislike) {
  answer("ann", 100, 5);
  for (const delay_figures& none : {times.time_to_visible(), times.time_to_effect()}) {
    BOOST_TEST(none.count == 0);
    BOOST_TEST(!none.p50_ms);
    BOOST_TEST(!none.p99_ms);
  }
}

BOOST_AUTO_TEST_CASE(the_first_answer_to_the_user_that_knows_the_dislike_is_its_effect) {
  commit("ann", 7, 10, 12);
  answer("bob", 7, 20);
  answer("ann", 6, 30);  // read before the commit
  BOOST_TEST(times.time_to_effect().count == 0);
  answer("ann", 9, 50);
  answer("ann", 9, 90);
  BOOST_TEST(times.time_to_visible().p50_ms.value() == 2.0);
  BOOST_TEST(times.time_to_effect().count == 1);
  BOOST_TEST(times.time_to_effect().p50_ms.value() == 40.0);
}

BOOST_AUTO_TEST_CASE(an_answer_is_the_effect_of_all_dislikes_that_it_knows) {
  for (id dislike = 1; dislike <= 4; ++dislike) commit("ann", dislike, static_cast<int>(dislike), 5);
  answer("ann", 3, 10);
  BOOST_TEST(times.time_to_effect().count == 3);
  answer("ann", 4, 104);
  BOOST_TEST(times.time_to_effect().count == 4);
  BOOST_TEST(times.time_to_effect().p99_ms.value() == 100.0);
}

BOOST_AUTO_TEST_CASE(quantiles_are_of_the_newest_4096) {
  for (int i = 0; i < 10'000; ++i) commit("u", i + 1, 0, i < 5'904 ? 1'000 : (i - 5'904) % 100);
  const auto figures = times.time_to_visible();
  BOOST_TEST(figures.count == 10'000);
  BOOST_TEST(figures.p50_ms.value() == 50.0, boost::test_tools::tolerance(0.05));
  BOOST_TEST(figures.p99_ms.value() >= 98.0);
}

BOOST_AUTO_TEST_CASE(who_never_comes_back_is_forgotten_when_there_are_too_many) {
  const auto most = static_cast<int>(effect_times::most_waiting);
  commit("first", 1, 0, 1);
  commit("second", 2, 0, 1);
  for (int i = 0; i < most - 1; ++i) commit("u" + std::to_string(i), 3 + i, 0, 1);
  answer("first", 1'000'000, 5);
  BOOST_TEST(times.time_to_effect().count == 0);
  answer("second", 1'000'000, 5);
  BOOST_TEST(times.time_to_effect().count == 1);
}

BOOST_AUTO_TEST_SUITE_END()
