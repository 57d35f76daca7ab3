#include "domain/weights.hpp"

#include <demur/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace demur;
using std::chrono::days;

namespace {

const timestamp new_year = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
const auto exact = boost::test_tools::tolerance(1e-13);

/// A claim that is a list, or an error after some of it.
class listed_claim final : public claim_reader {
public:
  std::vector<claimed_adjustment> adjustments;
  std::optional<error> broken;
  std::function<void()> at_each = [] {};

  result<done> each_adjustment(const std::function<void(const claimed_adjustment&)>& visit) const override {
    for (const claimed_adjustment& one : adjustments) {
      at_each();
      visit(one);
    }
    if (broken) return *broken;
    return done{};
  }

  void add(const std::string& user, const std::string& feature, double magnitude, const std::string& item = "movie:1") {
    const id next = static_cast<id>(adjustments.size()) + 1;
    adjustments.push_back({next, user, "wrong_genre", item, feature, magnitude});
  }
  /// One adjustment each of users prefix0, prefix1, ...
  void crowd(int users, const std::string& feature, double magnitude, const std::string& prefix = "user ",
             const std::string& item = "movie:1") {
    for (int i = 0; i < users; ++i) add(prefix + std::to_string(i), feature, magnitude, item);
  }
};

struct retraining {
  listed_claim claim;
  std::shared_ptr<model> parent = std::make_shared<model>();
  training_task task;
  std::unique_ptr<trainer> shared_weights = make_shared_weights_trainer();

  retraining() {
    task.model_version_id = 8;
    task.now = new_year;
    parent->model_version_id = 7;
    parent->created_at = new_year;
  }
  training_outcome train() {
    task.parent = parent;
    task.claim = &claim;
    auto outcome = shared_weights->train(task);
    BOOST_TEST_REQUIRE(outcome.has_value(), (outcome ? std::string() : outcome.problem().detail));
    return *outcome;
  }
  error failure() {
    task.parent = parent;
    task.claim = &claim;
    const auto outcome = shared_weights->train(task);
    BOOST_TEST_REQUIRE(!outcome.has_value());
    return outcome.problem();
  }
};

/// The shared weight of a feature.
double weight_in(const training_outcome& outcome, const std::string& feature) {
  const auto found = outcome.trained.shared_log_weights.find(feature);
  return found == outcome.trained.shared_log_weights.end() ? 1.0 : std::exp(found->second);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(shared_weights, retraining)

BOOST_AUTO_TEST_CASE(the_model_is_named_as_the_task_says) {
  const auto outcome = train();
  BOOST_TEST(outcome.trained.model_version_id == 8);
  BOOST_TEST(outcome.trained.parent_id == 7);
  BOOST_TEST((outcome.trained.created_at == new_year));
  BOOST_TEST(outcome.trained.shared_log_weights.empty());
  BOOST_TEST(shared_weights->name() == "shared_weights");
}

BOOST_AUTO_TEST_CASE(one_user_with_a_thousand_dislikes_moves_nothing) {
  for (int i = 0; i < 1'000; ++i) claim.add("angry", "genre:Horror", -0.15);
  const auto outcome = train();
  BOOST_TEST(outcome.trained.shared_log_weights.empty());
  BOOST_TEST(outcome.metrics.at("features_short_of_quorum") == 1.0);
}

BOOST_AUTO_TEST_CASE(four_users_move_nothing_and_five_move_by_what_they_said) {
  claim.crowd(4, "genre:Horror", -0.15);
  BOOST_TEST(train().trained.shared_log_weights.empty());
  claim.add("user 4", "genre:Horror", -0.15);
  // 5 votes of ln 0.85 over 5 users.
  BOOST_TEST(weight_in(train(), "genre:Horror") == 0.85, exact);
}

BOOST_AUTO_TEST_CASE(a_feature_moves_by_its_votes_over_all_users_who_voted) {
  claim.crowd(5, "genre:Horror", -0.15);
  claim.crowd(15, "cast:Actor 1", -0.10, "other ");
  const auto outcome = train();
  // 5 ln(0.85) / 20 and 15 ln(0.9) / 20.
  BOOST_TEST(outcome.trained.shared_log_weights.at("genre:Horror") == 0.25 * std::log(0.85), exact);
  BOOST_TEST(outcome.trained.shared_log_weights.at("cast:Actor 1") == 0.75 * std::log(0.9), exact);
}

BOOST_AUTO_TEST_CASE(a_user_has_one_vote_however_often_he_speaks) {
  claim.crowd(4, "genre:Horror", -0.15);
  for (int i = 0; i < 1'000; ++i) claim.add("angry", "genre:Horror", -0.15);
  BOOST_TEST(weight_in(train(), "genre:Horror") == 0.85, exact);
}

BOOST_AUTO_TEST_CASE(a_vote_is_the_mean_of_what_a_user_said) {
  claim.crowd(4, "genre:Horror", -0.5);
  claim.add("torn", "genre:Horror", -0.5);
  claim.add("torn", "genre:Horror", -0.5);
  claim.add("torn", "genre:Horror", 0.0);
  claim.add("torn", "genre:Horror", 0.0);
  // (4 ln 0.5 + (2 ln 0.5 + 2 ln 1) / 4) / 5 = 0.9 ln 0.5
  BOOST_TEST(train().trained.shared_log_weights.at("genre:Horror") == 0.9 * std::log(0.5), exact);
}

BOOST_AUTO_TEST_CASE(different_reasons_of_a_user_are_one_vote) {
  claim.crowd(5, "genre:Horror", -0.15);
  claim.crowd(5, "genre:Horror", -0.075);
  for (std::size_t i = 5; i < 10; ++i) claim.adjustments[i].reason = "not_interested";
  // (ln 0.85 + ln 0.925) / 2
  BOOST_TEST(weight_in(train(), "genre:Horror") == std::sqrt(0.85 * 0.925), exact);
}

BOOST_AUTO_TEST_CASE(the_quorum_is_a_setting) {
  task.retrain.quorum = 2;
  claim.add("ann", "genre:Horror", -0.15);
  BOOST_TEST(train().trained.shared_log_weights.empty());
  claim.add("bob", "genre:Horror", -0.15);
  BOOST_TEST(weight_in(train(), "genre:Horror") == 0.85, exact);
}

BOOST_AUTO_TEST_CASE(a_magnitude_of_minus_1_gives_a_finite_weight) {
  claim.crowd(5, "genre:Horror", -1.0);
  BOOST_TEST(std::isfinite(train().trained.shared_log_weights.at("genre:Horror")));
}

BOOST_AUTO_TEST_CASE(what_the_parent_knew_fades_with_the_shared_half_life) {
  parent->shared_log_weights = {{"genre:Horror", std::log(0.5)}, {"cast:Actor 1", 0.25}};
  parent->created_at = new_year - days{90};
  // Half of it is left after 90 days.
  const auto outcome = train();
  BOOST_TEST(weight_in(outcome, "genre:Horror") == std::sqrt(0.5), exact);
  BOOST_TEST(outcome.trained.shared_log_weights.at("cast:Actor 1") == 0.125, exact);
}

BOOST_AUTO_TEST_CASE(new_votes_come_on_top_of_what_is_left) {
  parent->shared_log_weights = {{"genre:Horror", std::log(0.64)}};
  parent->created_at = new_year - days{90};
  claim.crowd(5, "genre:Horror", -0.15);
  BOOST_TEST(weight_in(train(), "genre:Horror") == 0.8 * 0.85, exact);
}

BOOST_AUTO_TEST_CASE(without_a_half_life_nothing_is_forgotten) {
  parent->shared_log_weights = {{"genre:Horror", std::log(0.5)}};
  parent->created_at = new_year - days{9'000};
  task.retrain.shared_half_life_days = 0.0;
  BOOST_TEST(weight_in(train(), "genre:Horror") == 0.5, exact);
}

BOOST_AUTO_TEST_CASE(what_has_faded_to_nothing_is_dropped) {
  parent->shared_log_weights = {{"genre:Horror", std::log(0.5)}, {"genre:Drama", -40.0}};
  // 2^-14 of -0.69 is -0.00004, under the 0.0001 that are kept; of -40 it is -0.0024.
  parent->created_at = new_year - days{90 * 14};
  const auto outcome = train();
  BOOST_TEST(!outcome.trained.shared_log_weights.contains("genre:Horror"));
  BOOST_TEST(outcome.trained.shared_log_weights.at("genre:Drama") == -40.0 / 16'384.0, exact);
}

BOOST_AUTO_TEST_CASE(a_defective_items_genres_are_left_out_but_not_its_cast) {
  task.defective_items = {"movie:13"};
  claim.crowd(5, "genre:Horror", -0.15, "user ", "movie:13");
  claim.crowd(5, "cast:Actor 1", -0.10, "user ", "movie:13");
  claim.crowd(5, "franchise:Saw", -0.12, "user ", "movie:13");
  const auto outcome = train();
  BOOST_TEST(!outcome.trained.shared_log_weights.contains("genre:Horror"));
  BOOST_TEST(weight_in(outcome, "cast:Actor 1") == 0.9, exact);
  BOOST_TEST(weight_in(outcome, "franchise:Saw") == 0.88, exact);
}

BOOST_AUTO_TEST_CASE(other_items_of_a_genre_still_speak_for_it) {
  task.defective_items = {"movie:13", "title:No Id"};
  claim.crowd(5, "genre:Horror", -0.5, "user ", "movie:13");
  claim.crowd(5, "genre:Horror", -0.5, "user ", "title:No Id");
  claim.crowd(5, "genre:Horror", -0.15, "user ", "movie:1");
  BOOST_TEST(weight_in(train(), "genre:Horror") == 0.85, exact);
}

BOOST_AUTO_TEST_CASE(votes_on_a_defective_items_genre_make_no_quorum) {
  task.defective_items = {"movie:13"};
  claim.crowd(4, "genre:Horror", -0.15);
  claim.add("user 4", "genre:Horror", -0.15, "movie:13");
  BOOST_TEST(train().trained.shared_log_weights.empty());
}

BOOST_AUTO_TEST_CASE(the_figures_say_what_was_done) {
  parent->shared_log_weights = {{"genre:Drama", -0.5}};
  task.defective_items = {"movie:13"};
  claim.crowd(6, "genre:Horror", -0.15);
  claim.crowd(2, "cast:Actor 1", -0.10);
  claim.add("user 0", "genre:Horror", -0.15, "movie:13");
  const auto figures = train().metrics;
  BOOST_TEST(figures.at("adjustments") == 8.0);
  BOOST_TEST(figures.at("users") == 6.0);
  BOOST_TEST(figures.at("features_moved") == 1.0);
  BOOST_TEST(figures.at("features_short_of_quorum") == 1.0);
  BOOST_TEST(figures.at("shared_weights") == 2.0);
}

BOOST_AUTO_TEST_CASE(a_cancelled_retrain_stops_and_says_so) {
  std::atomic<bool> cancelled = false;
  task.cancelled = &cancelled;
  claim.crowd(10, "genre:Horror", -0.15);
  int passed = 0;
  claim.at_each = [&] { cancelled = ++passed == 3; };
  const error why = failure();
  BOOST_TEST((why.code == error_code::conflict));
  BOOST_TEST(why.detail.find("cancelled") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_retrain_that_may_be_cancelled_and_is_not_ends_well) {
  const std::atomic<bool> cancelled = false;
  task.cancelled = &cancelled;
  claim.crowd(5, "genre:Horror", -0.15);
  BOOST_TEST(weight_in(train(), "genre:Horror") == 0.85, exact);
}

BOOST_AUTO_TEST_CASE(an_error_of_the_reader_is_passed_on) {
  claim.crowd(10, "genre:Horror", -0.15);
  claim.broken = error{error_code::unavailable, "The store does not answer.", {}, {}, {}};
  BOOST_TEST((failure() == *claim.broken));
}

BOOST_AUTO_TEST_CASE(a_failed_retrain_leaves_nothing_behind_for_the_next) {
  claim.crowd(10, "genre:Horror", -0.15);
  claim.broken = error{error_code::unavailable, "The store does not answer.", {}, {}, {}};
  failure();
  claim = {};
  claim.crowd(5, "genre:Drama", -0.5);
  const auto outcome = train();
  BOOST_TEST(!outcome.trained.shared_log_weights.contains("genre:Horror"));
  BOOST_TEST(weight_in(outcome, "genre:Drama") == 0.5, exact);
}

BOOST_AUTO_TEST_CASE(the_same_task_gives_the_same_model_whoever_asks_and_in_whatever_order_users_come) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> magnitude(-0.9, 0.5);
  for (int i = 0; i < 300; ++i) {
    // One adjustment a (user, feature), so that only the order of the users could show.
    const std::string user = "user " + std::to_string(i % 100);
    claim.add(user, "genre:" + std::to_string(i / 100), magnitude(random));
  }
  const auto first = train();
  BOOST_TEST((train().trained == first.trained));
  for (int round = 0; round < 20; ++round) {
    std::shuffle(claim.adjustments.begin(), claim.adjustments.end(), random);
    shared_weights = make_shared_weights_trainer();
    const auto again = train();
    BOOST_TEST((again.trained == first.trained));
    BOOST_TEST((again.metrics == first.metrics));
  }
}

BOOST_AUTO_TEST_CASE(a_model_is_to_the_bit_what_adding_vote_by_vote_gives) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> magnitude(-0.9, 0.5);
  std::map<std::string, std::map<std::string, std::pair<double, int>>> votes;
  std::set<std::string> users;
  for (int i = 0; i < 20'000; ++i) {
    const std::string user = "user " + std::to_string(random() % 300);
    const std::string feature = "genre:" + std::to_string(random() % 40);
    const double said = magnitude(random);
    claim.add(user, feature, said);
    users.insert(user);
    auto& [sum, count] = votes[feature][user];
    sum += log_term(said);
    ++count;
  }
  std::map<std::string, double, std::less<>> expected;
  for (const auto& [feature, by_user] : votes) {
    double sum = 0.0;
    for (const auto& [user, vote] : by_user) sum += vote.first / static_cast<double>(vote.second);
    expected[feature] += sum / static_cast<double>(users.size());
  }
  BOOST_TEST((train().trained.shared_log_weights == expected));
}

BOOST_AUTO_TEST_SUITE_END()
