#include "learning/ials_trainer.hpp"
#include "pipeline/deterministic.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace demur {

namespace {

using testing::horror;
using testing::many;
using testing::restartable_pipeline;
using list_ptr = std::shared_ptr<const reply<recommendations>>;
using ids = std::vector<id>;

/// Twelve people like every other one of twenty horror films, and the model ranks.
struct ranking : restartable_pipeline {
  ranking() : restartable_pipeline("readers") {
    chosen.retrain.automatic = false;
    chosen.trainer.ials.factors = 4;
    chosen.trainer.ials.threads = 1;
    start(learning::make_ials_trainer(chosen));
    std::vector<movie> movies;
    std::vector<user_rating> ratings;
    for (id movie_id = 1; movie_id <= 20; ++movie_id) {
      movies.push_back({movie_id, "Movie " + std::to_string(movie_id), {"Horror"}, {}, {}, {}});
      for (int user = 0; user < 12; ++user)
        ratings.push_back({"u" + std::to_string(user), movie_id, movie_id % 2 == 0 ? 4.5 : 1.0, false, *clock.now});
    }
    put(movies_atom::value, std::move(movies));
    put(ratings_atom::value, std::move(ratings));
    pipeline->dislike(horror("u0", 1));  // a retrain claims something
    BOOST_REQUIRE(!pipeline->ask<reply<retrain_ticket>>(pipeline->door, retrain_atom::value).problem);
    BOOST_REQUIRE(pipeline->shared->serving.get()->ranking);
  }

  template <class Atom, class Row>
  void put(Atom what, std::vector<Row> rows) {
    const auto sent = std::make_shared<const std::vector<Row>>(std::move(rows));
    BOOST_REQUIRE(!pipeline->ask<reply<std::int64_t>>(pipeline->door, what, sent).problem);
  }
  auto ask_for_list(const std::string& user_id) {
    auto wanted = std::make_shared<recommendation_request>();
    wanted->user_id = user_id;
    return pipeline->send(pipeline->queries, recommend_atom::value,
                          std::shared_ptr<const recommendation_request>(std::move(wanted)));
  }
  explanation explain(const std::string& user_id, id movie_id) {
    const auto told = pipeline->ask<std::shared_ptr<const reply<explanation>>>(pipeline->queries, explain_atom::value,
                                                                               user_id, movie_id);
    if (told->problem) BOOST_FAIL(told->problem->detail);
    return told->value;
  }
};

/// Both parts of an explanation tell of these dislikes, `told` from the oldest on, and of no others.
void check_explained(const explanation& of, const ids& told) {
  BOOST_REQUIRE(of.model.has_value());
  ids in_score, in_weight;
  for (const dislike_in_score& one : of.model->dislikes) in_score.push_back(one.dislike_id);
  std::sort(in_score.begin(), in_score.end());
  BOOST_TEST(in_score == told, boost::test_tools::per_element());
  BOOST_REQUIRE_EQUAL(of.features.size(), 1u);
  BOOST_TEST(of.features[0].feature == "genre:Horror");
  for (const adjustment_in_weight& one : of.features[0].adjustments) in_weight.push_back(one.dislike_id);
  std::reverse(in_weight.begin(), in_weight.end());
  BOOST_TEST(in_weight == told, boost::test_tools::per_element());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(readers, ranking)

BOOST_AUTO_TEST_CASE(of_more_than_a_hundred_dislikes_the_newest_hundred_are_explained_and_it_says_so) {
  std::vector<dislike_request> hundred;
  for (id movie_id = 101; movie_id <= 200; ++movie_id) hundred.push_back(horror("ann", movie_id));
  ids stored;
  const auto answer = pipeline->submit(many(hundred));
  for (const auto& row : answer->rows) stored.push_back(row->dislike_id);
  BOOST_REQUIRE_EQUAL(stored.size(), 100u);
  const explanation all = explain("ann", 2);
  BOOST_TEST(all.complete);
  check_explained(all, stored);

  stored.push_back(pipeline->dislike(horror("ann", 201)).dislike_id);
  stored.erase(stored.begin());
  const explanation newest = explain("ann", 2);
  BOOST_TEST(!newest.complete);
  check_explained(newest, stored);
}

BOOST_AUTO_TEST_CASE(a_title_that_is_looked_up_leaves_the_rows_that_a_ranking_looks_into) {
  // More rows than a reader keeps, by a thousand at a time; nobody knows when it will empty its cache.
  constexpr id a_thousand = 1'000, all = 22'000;
  dislike_request titled = horror("ann", 1);
  titled.movie_id.reset();
  titled.movie_title = "Movie 2";
  pipeline->dislike(titled);
  for (id first = a_thousand; first < all; first += a_thousand) {
    std::vector<movie> movies;
    for (id movie_id = first; movie_id < first + a_thousand; ++movie_id)
      movies.push_back({movie_id, "Film " + std::to_string(movie_id), {"Musical"}, {}, {}, {}});
    put(movies_atom::value, std::move(movies));
  }
  for (id first = a_thousand; first < all; first += a_thousand) {
    for (std::int64_t reader = 0; reader < chosen.store.readers; ++reader) {
      auto wanted = std::make_shared<rerank_request>();
      wanted->user_id = "ann";
      for (id movie_id = first; movie_id < first + a_thousand; ++movie_id) {
        rerank_candidate& one = wanted->candidates.emplace_back();
        one.movie_id = movie_id;
        one.score = 0.5;
      }
      const auto answer = pipeline->ask<std::shared_ptr<const reply<rerank_answer>>>(
          pipeline->queries, rerank_atom::value, std::shared_ptr<const rerank_request>(std::move(wanted)));
      BOOST_REQUIRE(!answer->problem);
      BOOST_REQUIRE_EQUAL(answer->value.candidates.size(), 1'000u);
      for (const reranked_candidate& one : answer->value.candidates)
        if (one.movie_title != "Film " + std::to_string(one.movie_id.value()))
          BOOST_FAIL(one.movie_id.value() << " is called " << one.movie_title);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_fades_does_so_by_the_hour) {
  pipeline->dislike(horror("ann", 4));
  const auto score = [&] { return explain("ann", 2).model->score; };
  const double first = score();
  pipeline->pass(std::chrono::minutes(59));  // the clock begins with an hour
  BOOST_TEST(score() == first);
  pipeline->pass(std::chrono::minutes(1));
  const double later = score();
  BOOST_TEST(later > first);
  BOOST_TEST(later < first + 0.01);
}

BOOST_AUTO_TEST_CASE(a_reader_that_dies_while_its_list_is_logged_is_answered_for_and_replaced) {
  auto question = ask_for_list("ann");
  const auto reader = pipeline->find_at_work("query_worker");
  pipeline->find_at_work("journal");
  pipeline->kill(reader);
  const auto answer = pipeline->receive<list_ptr>(question);
  BOOST_REQUIRE(answer->problem.has_value());
  BOOST_TEST((answer->problem->code == error_code::unavailable));
  BOOST_TEST(answer->value.recommendations.empty());
  const auto again = pipeline->receive<list_ptr>(ask_for_list("ann"));
  BOOST_TEST(!again->problem.has_value());
  BOOST_TEST(again->value.recommendations.size() == 10u);
}

BOOST_AUTO_TEST_CASE(a_list_whose_journal_dies_ends_in_an_error) {
  auto question = ask_for_list("ann");
  pipeline->kill_at_work("journal");
  const auto answer = pipeline->receive<list_ptr>(question);
  BOOST_REQUIRE(answer->problem.has_value());
  BOOST_TEST((answer->problem->code == error_code::unavailable));
  pipeline->pass(std::chrono::seconds(10));
  BOOST_TEST(!pipeline->receive<list_ptr>(ask_for_list("ann"))->problem.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
