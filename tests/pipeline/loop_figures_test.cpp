#include "domain/json_write.hpp"
#include "pipeline/deterministic.hpp"

#include <algorithm>
#include <chrono>

using namespace demur;
using namespace demur::testing;

namespace {

struct looping : restartable_pipeline {
  looping() : restartable_pipeline("loop_figures") { start(); }

  void catalogue() {
    auto movies = std::make_shared<std::vector<movie>>();
    for (id i = 1; i <= 10; ++i) movies->push_back({i, "Movie " + std::to_string(i), {"Horror"}, {}, {}});
    BOOST_REQUIRE(!pipeline
                       ->ask<reply<std::int64_t>>(pipeline->door, movies_atom::value,
                                                  std::shared_ptr<const std::vector<movie>>(movies))
                       .problem);
  }
  id show(const std::string& user, id version, const std::vector<id>& movies) {
    auto set = std::make_shared<recommendation_set>();
    set->user_id = user;
    set->model_version_id = version;
    for (const id movie_id : movies) set->items.push_back({movie_id, "", {}, {}});
    const auto stored =
        pipeline->ask<reply<id>>(pipeline->door, shown_atom::value, std::shared_ptr<const recommendation_set>(set));
    BOOST_REQUIRE(!stored.problem.has_value());
    clock.pass(std::chrono::milliseconds(5));
    return stored.value;
  }
  void dislike(const std::string& user, id movie_id, std::optional<id> of_set) {
    auto request = horror(user, movie_id);
    request.recommendation_set_id = of_set;
    pipeline->dislike(request);
    clock.pass(std::chrono::milliseconds(5));
  }
  void rerank(const std::string& user) {
    auto request = std::make_shared<rerank_request>();
    request->user_id = user;
    request->candidates.push_back({1, "Movie 1", 0.5, {}, {}, {}});
    BOOST_REQUIRE(!pipeline
                       ->ask<std::shared_ptr<const reply<rerank_answer>>>(
                           pipeline->queries, rerank_atom::value, std::shared_ptr<const rerank_request>(request))
                       ->problem);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(figures_of_the_loop, looping)

BOOST_AUTO_TEST_CASE(what_is_shown_and_disliked_again_is_told_and_outlives_a_restart) {
  catalogue();
  const id first = show("ann", 7, {1, 2, 3});
  show("ann", 7, {4});
  const id other = show("bob", 0, {1, 2});
  dislike("ann", 1, first);
  dislike("bob", 2, other);
  dislike("bob", 3, 999'999);  // a set that nobody knows
  show("ann", 7, {1, 4});      // what she disliked, and its genre
  show("bob", 0, {5});         // the genre alone
  show("cat", 0, {1});

  const auto check = [&](const feedback_metrics& told) {
    BOOST_TEST_REQUIRE(told.dislike_rate_by_model_version.size() == 2U);
    BOOST_TEST(told.dislike_rate_by_model_version.at(7).impressions == 6);
    BOOST_TEST(told.dislike_rate_by_model_version.at(7).dislikes == 1);
    BOOST_TEST(told.dislike_rate_by_model_version.at(0).impressions == 4);
    BOOST_TEST(told.dislike_rate_by_model_version.at(0).rate == 0.25);
    BOOST_TEST(told.dislike_rate_by_week.this_week.value() == 0.2);
    BOOST_TEST(told.leak.sets == 2);
    BOOST_TEST(told.leak.leaking_sets == 2);
    BOOST_TEST(told.leak.movies == 3);
    BOOST_TEST(told.leak.disliked_movies == 1);
    BOOST_TEST(told.leak.blamed_movies == 3);
  };
  const auto before = pipeline->stored_metrics();
  check(before);
  start();
  BOOST_TEST(to_json(pipeline->stored_metrics()) == to_json(before));
  dislike("cat", 1, first);
  BOOST_TEST(pipeline->metrics().dislike_rate_by_model_version.at(7).dislikes == 2);
}

BOOST_AUTO_TEST_CASE(a_snapshot_and_what_came_after_it_give_the_same_figures) {
  chosen.pipeline.snapshot_interval = 4;
  start();
  catalogue();
  for (int i = 0; i < 30; ++i) {
    const std::string user = "u" + std::to_string(i % 3);
    const id set = show(user, i % 4, {1 + i % 10, 1 + (i + 3) % 10});
    dislike(user, 1 + i % 10, set);
  }
  const auto before = to_json(pipeline->stored_metrics());
  start();
  BOOST_TEST(to_json(pipeline->stored_metrics()) == before);
}

BOOST_AUTO_TEST_CASE(a_dislike_has_an_effect_with_the_next_answer_to_its_user) {
  dislike("ann", 1, {});
  dislike("ann", 2, {});
  dislike("bob", 1, {});
  BOOST_TEST(pipeline->metrics().time_to_visible.count == 3);
  rerank("cat");
  BOOST_TEST(pipeline->metrics().time_to_effect.count == 0);
  rerank("ann");
  rerank("ann");
  const auto told = pipeline->metrics();
  BOOST_TEST(told.time_to_effect.count == 2);
  BOOST_TEST(told.time_to_effect.p50_ms.value() > 0.0);
  BOOST_TEST(told.time_to_effect.p99_ms.value() >= told.time_to_effect.p50_ms.value());
}

BOOST_AUTO_TEST_SUITE_END()
