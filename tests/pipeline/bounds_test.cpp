#include "pipeline/deterministic.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace demur {

namespace {

using testing::hand_clock;
using testing::horror;
using testing::many;
using testing::one;
using testing::pipeline_under_test;
using testing::scratch_folder;
using testing::test_settings;
using answer_ptr = pipeline_under_test::answer_ptr;
using stored = reply<std::int64_t>;

struct bounded {
  scratch_folder folder{"bounds"};
  hand_clock clock;
  settings chosen = small();
  pipeline_under_test pipeline{chosen, clock};

  settings small() const {
    settings chosen_ = test_settings(folder);
    chosen_.pipeline.queue = 3;
    chosen_.pipeline.queue_per_user = 2;
    chosen_.retrain.automatic = false;
    return chosen_;
  }
  /// Sent, and taken by the door but by nobody after it.
  auto let_in(std::shared_ptr<const submission> sent) { return at_the_door(pipeline.post(std::move(sent))); }
  template <class Pending>
  Pending at_the_door(Pending sent) {
    BOOST_REQUIRE(pipeline.scheduler().prioritize(pipeline.door));
    pipeline.scheduler().run_once();
    return sent;
  }
  auto put_movies(int count) {
    auto movies = std::make_shared<std::vector<movie>>();
    for (int i = 1; i <= count; ++i) movies->push_back({i, "Movie", {"Horror"}, {}, std::nullopt});
    return pipeline.send(pipeline.door, movies_atom::value, std::shared_ptr<const std::vector<movie>>(movies));
  }
  auto put_rating() {
    auto ratings = std::make_shared<std::vector<user_rating>>();
    ratings->push_back({"u", 1, 4.0, true, *clock.now});
    return pipeline.send(pipeline.door, ratings_atom::value, std::shared_ptr<const std::vector<user_rating>>(ratings));
  }
  auto put_set() {
    auto shown = std::make_shared<recommendation_set>();
    shown->user_id = "u";
    shown->items.push_back({1, "Movie", 0.5, std::nullopt});
    return pipeline.send(pipeline.door, shown_atom::value, std::shared_ptr<const recommendation_set>(shown));
  }
};

void check_full(const std::optional<error>& problem, error_code code, const std::string& setting) {
  BOOST_REQUIRE(problem.has_value());
  BOOST_TEST((problem->code == code));
  BOOST_TEST(problem->field == setting);
  BOOST_TEST(problem->retry_after.has_value());
}

std::shared_ptr<const submission> sent_by(const std::string& user_id, std::vector<dislike_request> rows) {
  auto sent = std::make_shared<submission>(*many(std::move(rows)));
  sent->user_id = user_id;
  return sent;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bounds)

BOOST_FIXTURE_TEST_CASE(a_batch_that_is_larger_than_the_queue_is_taken_when_nothing_waits, bounded) {
  auto large = let_in(many({horror("a", 1), horror("b", 2), horror("c", 3), horror("d", 4)}));
  auto too_much = let_in(one(horror("e")));
  check_full(pipeline.receive<answer_ptr>(too_much)->refused, error_code::overloaded, "pipeline.queue");
  BOOST_TEST(pipeline.receive<answer_ptr>(large)->rows.size() == 4u);
  BOOST_TEST(pipeline.metrics().total_dislikes == 4);
}

BOOST_FIXTURE_TEST_CASE(one_user_may_not_fill_the_queue_for_all, bounded) {
  auto first = let_in(one(horror("greedy", 1)));
  auto second = let_in(one(horror("greedy", 2)));
  auto third = let_in(one(horror("greedy", 3)));
  auto other = let_in(one(horror("modest", 1)));
  check_full(pipeline.receive<answer_ptr>(third)->refused, error_code::too_many, "pipeline.queue_per_user");
  for (auto* accepted : {&first, &second, &other})
    BOOST_TEST(!pipeline.receive<answer_ptr>(*accepted)->refused.has_value());
  BOOST_TEST(!pipeline.submit(one(horror("greedy", 3)))->refused.has_value());
  BOOST_TEST(pipeline.metrics().total_dislikes == 4);
}

BOOST_FIXTURE_TEST_CASE(a_batch_counts_for_its_sender_whoever_its_rows_speak_for, bounded) {
  auto first = let_in(sent_by("importer", {horror("a", 1), horror("b", 2)}));
  auto second = let_in(sent_by("importer", {horror("c", 3)}));
  check_full(pipeline.receive<answer_ptr>(second)->refused, error_code::too_many, "pipeline.queue_per_user");
  BOOST_TEST(!pipeline.receive<answer_ptr>(first)->refused.has_value());
  // More than his part, but alone.
  auto large = let_in(sent_by("importer", {horror("a", 1), horror("b", 2), horror("c", 3)}));
  BOOST_TEST(!pipeline.receive<answer_ptr>(large)->refused.has_value());
}

BOOST_FIXTURE_TEST_CASE(what_is_no_dislike_has_a_queue_of_the_same_length, bounded) {
  auto movies = at_the_door(put_movies(3));
  auto rating = at_the_door(put_rating());
  auto shown = at_the_door(put_set());
  auto retrain = at_the_door(pipeline.send(pipeline.door, retrain_atom::value));
  auto figures = at_the_door(pipeline.send(pipeline.door, metrics_atom::value));
  auto dislike = let_in(one(horror("u")));
  check_full(pipeline.receive<stored>(rating).problem, error_code::overloaded, "pipeline.queue");
  check_full(pipeline.receive<reply<id>>(shown).problem, error_code::overloaded, "pipeline.queue");
  check_full(pipeline.receive<reply<retrain_ticket>>(retrain).problem, error_code::overloaded, "pipeline.queue");
  check_full(pipeline.receive<reply<feedback_metrics>>(figures).problem, error_code::overloaded, "pipeline.queue");
  BOOST_TEST(pipeline.receive<stored>(movies).value == 3);
  BOOST_TEST(!pipeline.receive<answer_ptr>(dislike)->refused.has_value());
  BOOST_TEST(pipeline.receive<stored>(put_rating()).value == 1);
  BOOST_TEST(!pipeline.receive<reply<id>>(put_set()).problem.has_value());
}

BOOST_FIXTURE_TEST_CASE(more_movies_than_the_queue_is_long_are_taken_when_nothing_waits, bounded) {
  BOOST_TEST(pipeline.receive<stored>(put_movies(10)).value == 10);
}

BOOST_FIXTURE_TEST_CASE(questions_have_a_bound_too, bounded) {
  using page = reply<history_page>;
  const auto question = [&] {
    auto sent = pipeline.send(pipeline.queries, history_atom::value, std::string("u"), std::int64_t{10}, id{0});
    BOOST_REQUIRE(pipeline.scheduler().prioritize(pipeline.queries));
    pipeline.scheduler().run_once();
    return sent;
  };
  auto first = question();
  auto second = question();
  auto third = question();
  auto fourth = question();
  check_full(pipeline.receive<page>(fourth).problem, error_code::overloaded, "pipeline.queue");
  for (auto* asked : {&first, &second, &third}) BOOST_TEST(!pipeline.receive<page>(*asked).problem.has_value());
  BOOST_TEST(!pipeline.receive<page>(question()).problem.has_value());
}

namespace {

/// How many dislikes each update of the live stream tells of: one update a batch.
using sizes = std::vector<std::size_t>;

live_listener_actor::behavior_type listen(live_listener_actor::pointer, std::shared_ptr<sizes> into) {
  return {[into](events_atom, const live_update_ptr& update) {
    std::size_t dislikes = 0;
    for (const live_event& event : update->events) dislikes += event.type == "dislike" ? 1 : 0;
    if (dislikes > 0) into->push_back(dislikes);
  }};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_batch_takes_no_more_than_its_bound_but_no_less_than_one_submission) {
  scratch_folder folder("batches");
  hand_clock clock;
  settings chosen = test_settings(folder);
  chosen.retrain.automatic = false;
  pipeline_under_test pipeline(chosen, clock);
  const auto into = std::make_shared<sizes>();
  caf::anon_send(pipeline.door, subscribe_atom::value, pipeline.system.spawn(listen, into));
  const auto hundred = [&](int from) {
    std::vector<dislike_request> rows;
    for (int i = from; i < from + 100; ++i) rows.push_back(horror("u" + std::to_string(i), i));
    return rows;
  };
  auto alone = pipeline.post(one(horror("first")));
  pipeline.find_at_work("weighting");
  std::vector<decltype(alone)> sent;
  for (int i = 0; i < 11; ++i) sent.push_back(pipeline.post(many(hundred(100 * i))));
  std::vector<dislike_request> large;
  for (int i = 0; i < 15; ++i)
    for (auto& row : hundred(100 * i)) large.push_back(std::move(row));
  sent.push_back(pipeline.post(many(std::move(large))));
  pipeline.settle();
  // 1,024 is the bound: ten hundreds fit, the eleventh goes next; fifteen hundred at once cannot be cut.
  BOOST_TEST(*into == (sizes{1, 1'000, 100, 1'500}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
