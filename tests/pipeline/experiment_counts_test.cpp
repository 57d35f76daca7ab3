#include "domain/clock.hpp"
#include "learning/assignment.hpp"
#include "pipeline/experiment_counts.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace demur;
using demur::learning::user_counts;
using demur::pipeline::experiment_counts;

namespace {

/// An id that was made in this millisecond.
constexpr id at(std::int64_t ms) { return ms << 12; }

constexpr id experiment = at(1'000);

experiment_plan plan() {
  experiment_plan made;
  made.arms = {{"control", {}, true, 0.5}, {"candidate", {}, true, 0.5}};
  return made;
}

struct counting {
  experiment_counts counts{experiment, plan(), 0, 100};
  void restart(std::int64_t max_users) { counts = experiment_counts(experiment, plan(), 0, max_users); }

  user_counts totals() const { return (counts.arms()[0] + counts.arms()[1]).totals(); }
  std::int64_t users() const { return counts.arms()[0].users() + counts.arms()[1].users(); }
};

struct event {
  id at = 0;
  std::string user;
  std::int64_t items = 0;  ///< 0: a dislike
};

}  // namespace

BOOST_AUTO_TEST_SUITE(counts_of_an_experiment)

BOOST_FIXTURE_TEST_CASE(a_user_counts_from_what_he_is_shown_first_on, counting) {
  counts.dislike(at(1'001), "ann");
  counts.show(at(1'002), "ann", 3);
  counts.dislike(at(1'003), "ann");
  counts.show(at(1'004), "ann", 2);
  BOOST_CHECK((totals() == user_counts{5, 1, 0, 0, 0}));
  BOOST_TEST(users() == 1);
  const std::vector<double> halves{0.5, 0.5};
  BOOST_TEST(counts.arms()[learning::assigned_arm(experiment, "ann", halves)].users() == 1);
  BOOST_TEST((counts.place().through_recorded_id == at(1'004) && counts.place().through_dislike_id == at(1'003)));
}

BOOST_FIXTURE_TEST_CASE(what_was_before_is_the_users_past, counting) {
  counts.show(at(10), "ann", 4);
  counts.dislike(at(11), "ann");
  counts.dislike(at(12), "ben");
  BOOST_TEST(users() == 0);
  counts.show(at(1'001), "ann", 1);
  counts.show(at(1'002), "ben", 1);
  BOOST_CHECK((totals() == user_counts{2, 0, 0, 4, 2}));
  // Made before it began, committed after.
  counts.dislike(at(999), "ann");
  BOOST_CHECK((totals() == user_counts{2, 0, 0, 4, 3}));
}

BOOST_FIXTURE_TEST_CASE(a_dislike_made_before_anything_was_shown_does_not_count_whenever_it_is_read, counting) {
  counts.show(at(1'005), "ann", 1);
  counts.dislike(at(1'004), "ann");
  BOOST_CHECK((totals() == user_counts{1, 0, 0, 0, 0}));
}

BOOST_FIXTURE_TEST_CASE(a_dislike_of_the_same_millisecond_came_after_the_set, counting) {
  counts.show(at(1'001) + 5, "ann", 1);
  counts.dislike(at(1'001), "ann");
  BOOST_CHECK((totals() == user_counts{1, 1, 0, 0, 0}));
}

BOOST_FIXTURE_TEST_CASE(a_set_without_items_shows_nothing, counting) {
  counts.show(at(1'001), "ann", 0);
  BOOST_TEST(users() == 0);
  BOOST_TEST(counts.place().through_recorded_id == at(1'001));
}

BOOST_FIXTURE_TEST_CASE(likes_are_taken_as_they_are_now, counting) {
  counts.set_likes("ann", 3);
  BOOST_TEST(users() == 0);
  counts.show(at(1'001), "ann", 1);
  BOOST_TEST(counts.take_newcomers() == std::vector<std::string>{"ann"}, boost::test_tools::per_element());
  BOOST_TEST(counts.take_newcomers().empty());
  counts.set_likes("ann", 3);
  counts.set_likes("ann", 2);
  BOOST_CHECK((totals() == user_counts{1, 0, 2, 0, 0}));
  BOOST_TEST(!counts.shown_first_at("ben"));
  BOOST_CHECK(counts.shown_first_at("ann") == time_of(at(1'001)));
}

BOOST_FIXTURE_TEST_CASE(those_beyond_the_bound_are_left_out_of_both_arms, counting) {
  restart(3);
  for (int i = 0; i < 10; ++i) counts.show(at(1'001 + i), "user" + std::to_string(i), 2);
  counts.show(at(1'020), "user9", 5);
  counts.show(at(1'021), "user0", 1);
  counts.dislike(at(1'022), "user9");
  BOOST_TEST(users() == 3);
  BOOST_CHECK((totals() == user_counts{7, 0, 0, 0, 0}));
  BOOST_TEST(counts.impressions_left_out() == 19);
}

BOOST_FIXTURE_TEST_CASE(those_beyond_the_bound_have_no_past, counting) {
  restart(2);
  for (int i = 0; i < 4; ++i) counts.show(at(1 + i), "user" + std::to_string(i), 1);
  counts.show(at(1'001), "user0", 1);
  counts.show(at(1'002), "user3", 1);
  BOOST_CHECK((totals() == user_counts{2, 0, 0, 1, 0}));
}

BOOST_AUTO_TEST_CASE(however_the_store_is_cut_into_portions_the_counts_are_the_same) {
  std::mt19937 random(7);
  std::vector<event> all;
  for (std::int64_t ms = 500; ms < 3'000; ++ms)
    all.push_back({at(ms), "user" + std::to_string(random() % 40),
                   random() % 3 == 0 ? 0 : 1 + static_cast<std::int64_t>(random() % 5)});
  const auto read = [&](std::size_t portion) {
    experiment_counts counts(experiment, plan(), 0, 1'000);
    for (std::size_t from = 0; from < all.size(); from += portion) {
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(from);
      const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(from + portion, all.size()));
      for (auto each = begin; each != end; ++each)
        if (each->items > 0) counts.show(each->at, each->user, each->items);
      for (auto each = begin; each != end; ++each)
        if (each->items == 0) counts.dislike(each->at, each->user);
    }
    return counts.arms();
  };
  const auto one_by_one = read(1);
  BOOST_TEST(one_by_one[0].totals().dislikes > 100);
  BOOST_TEST(one_by_one[1].totals().dislikes_before > 10);
  for (const std::size_t portion : {std::size_t{7}, std::size_t{100}, all.size()})
    BOOST_CHECK(read(portion) == one_by_one);
}

BOOST_AUTO_TEST_SUITE_END()
