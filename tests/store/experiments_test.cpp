#include "store/store_home.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <limits>
#include <tuple>

using namespace demur;
using namespace demur::store;
namespace data = boost::unit_test::data;

namespace {

constexpr id no_end = std::numeric_limits<id>::max();

experiment_row begun(id experiment_id) {
  experiment_row row;
  row.experiment_id = experiment_id;
  row.plan.name = "shorter memory";
  row.plan.arms = {{"control", std::nullopt, false, 0.1 + 0.2}, {"candidate", 12, true, 1.0 / 3.0}};
  row.plan.alpha = 0.01;
  row.plan.max_impressions = 123'456;
  row.plan.on_win = "promote";
  return row;
}

experiment_step decided(experiment_row row) {
  row.state = experiment_state::won;
  row.decided_at = at(77);
  row.decision = "Won: \"clearly\".";
  row.action = experiment_action{"promote", 12, std::nullopt};
  return {row, experiment_look{row.experiment_id, 3, at(77), 0.1 + 0.2, 5, "1\t2\n"}};
}

recommendation_set shown_to(const std::string& user, id set_id, std::size_t items) {
  recommendation_set set;
  set.recommendation_set_id = set_id;
  set.user_id = user;
  set.items.resize(items);
  for (recommended_item& item : set.items) item.movie_title = "A";
  return set;
}

using event = std::tuple<std::string, id, std::string, std::int64_t>;
std::vector<event> followed(reader& from, const experiment_place& after, id through = no_end) {
  std::vector<event> all;
  must(from.follow(
      after, through,
      [&](id recorded_id, const std::string& user_id, std::int64_t items) {
        all.emplace_back("shown", recorded_id, user_id, items);
      },
      [&](id dislike_id, const std::string& user_id) { all.emplace_back("disliked", dislike_id, user_id, 0); }));
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(experiments)

BOOST_DATA_TEST_CASE(an_experiment_comes_back_as_it_was_put, data::make(urls())) {
  home store(sample);
  must(store.write().put_experiment(begun(5)));
  BOOST_CHECK(must(store.read().experiment(5)) == begun(5));
  BOOST_CHECK(!must(store.read().newest_look(5)));
  const auto made = decided(begun(5));
  must(store.write().put_experiment_step(made));
  BOOST_CHECK(must(store.read().experiment(5)) == made.row);
  const auto look = must(store.read().newest_look(5));
  BOOST_REQUIRE(look);
  BOOST_TEST(look->look == 3);
  BOOST_TEST(look->p == 0.1 + 0.2);
  BOOST_TEST(look->impressions_left_out == 5);
  BOOST_TEST(look->arms == "1\t2\n");
  BOOST_CHECK(look->looked_at == at(77));
}

BOOST_DATA_TEST_CASE(the_last_look_is_the_newest, data::make(urls())) {
  home store(sample);
  must(store.write().put_experiment(begun(5)));
  for (std::int64_t look = 1; look <= 12; ++look)
    must(store.write().put_experiment_step({begun(5), experiment_look{5, look, at(look), 1.0, 0, ""}}));
  BOOST_TEST(must(store.read().newest_look(5))->look == 12);
}

BOOST_DATA_TEST_CASE(a_look_is_written_once_or_not_at_all, data::make(urls())) {
  home store(sample);
  must(store.write().put_experiment(begun(5)));
  must(store.write().put_experiment_step({begun(5), experiment_look{5, 1, at(1), 1.0, 0, ""}}));
  auto twice = decided(begun(5));
  twice.look->look = 1;
  BOOST_TEST(!store.write().put_experiment_step(twice).has_value());
  BOOST_TEST((must(store.read().experiment(5)).state == experiment_state::running));
}

BOOST_DATA_TEST_CASE(open_are_those_that_run_and_those_whose_action_waits, data::make(urls())) {
  home store(sample);
  for (const id experiment_id : {5, 6, 7, 8}) must(store.write().put_experiment(begun(experiment_id)));
  must(store.write().put_experiment_step(decided(begun(6))));
  auto done = decided(begun(7));
  done.row.action->problem = "";
  must(store.write().put_experiment_step(done));
  auto stopped = decided(begun(8));
  stopped.row.action.reset();
  must(store.write().put_experiment_step(stopped));
  std::vector<id> open, all;
  for (const auto& row : must(store.read().open_experiments())) open.push_back(row.experiment_id);
  for (const auto& row : must(store.read().experiments(3))) all.push_back(row.experiment_id);
  BOOST_CHECK((open == std::vector<id>{5, 6}));
  BOOST_CHECK((all == std::vector<id>{8, 7, 6}));
}

BOOST_DATA_TEST_CASE(one_that_is_not_there_is_not_found, data::make(urls())) {
  home store(sample);
  store.write();
  const auto met = store.read().experiment(9);
  BOOST_REQUIRE(!met);
  BOOST_TEST((met.problem().code == error_code::not_found));
  BOOST_TEST(met.problem().found == "9");
}

BOOST_DATA_TEST_CASE(its_id_is_among_the_highest_in_use, data::make(urls())) {
  home store(sample);
  must(store.write().put_experiment(begun(id_at(900))));
  BOOST_TEST(must(store.read().newest_id()) == id_at(900));
}

BOOST_DATA_TEST_CASE(what_came_after_a_place_is_followed_in_order, data::make(urls())) {
  home store(sample);
  must(store.write().put_recommendation_set({10, shown_to("ann", 900, 3), {}}));
  must(store.write().put_recommendation_set({id_at(20), shown_to("bob", 901, 1), {}}));
  must(store.write().put_recommendation_set({id_at(40), shown_to("cat", 902, 0), {}}));
  store.commit(batch_of({plain(10, "ann")}));
  store.commit(batch_of({plain(30, "bob")}));
  BOOST_CHECK((followed(store.read(), {}) == std::vector<event>{{"shown", 10, "ann", 3},
                                                                {"shown", id_at(20), "bob", 1},
                                                                {"shown", id_at(40), "cat", 0},
                                                                {"disliked", id_at(10), "ann", 0},
                                                                {"disliked", id_at(30), "bob", 0}}));
  BOOST_CHECK((followed(store.read(), {10, id_at(10)}, id_at(30)) ==
               std::vector<event>{{"shown", id_at(20), "bob", 1}, {"disliked", id_at(30), "bob", 0}}));
}

BOOST_DATA_TEST_CASE(likes_are_those_of_the_user_since_then, data::make(urls())) {
  home store(sample);
  const auto rating = [](const std::string& user, id movie, double stars, std::int64_t ms) {
    return user_rating{user, movie, stars, stars >= 4.0, at(ms)};
  };
  must(store.write().put_ratings(
      {rating("ann", 1, 5.0, 10), rating("ann", 2, 4.0, 20), rating("ann", 3, 2.0, 30), rating("bob", 1, 5.0, 30)}));
  BOOST_TEST(must(store.read().likes_since("ann", at(0))) == 2);
  BOOST_TEST(must(store.read().likes_since("ann", at(20))) == 1);
  must(store.write().put_ratings({rating("ann", 2, 1.0, 40)}));
  BOOST_TEST(must(store.read().likes_since("ann", at(20))) == 0);
  BOOST_TEST(must(store.read().likes_since("nobody", at(0))) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
