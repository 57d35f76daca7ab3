#include "learning/gate.hpp"
#include "learning/recommending.hpp"
#include "learning/toy_world.hpp"
#include "learning/user_taste.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace demur::learning {
namespace {

const timestamp new_year = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

training_opinion likes(id movie_id) { return {"ann", movie_id, opinion_kind::like, "", 1.0, new_year, 0}; }
training_opinion dislikes(id movie_id, id dislike_id, const std::string& reason = "not_interested") {
  return {"ann", movie_id, opinion_kind::dislike, reason, 0.8, new_year, dislike_id};
}

struct a_user {
  ranking_model model = toy_world(3).trained();
  std::vector<training_opinion> said{likes(1'000), likes(1'004), likes(1'012)};
  blame_by_dislike blamed;

  speaker who(timestamp now = new_year) const { return {said, {now, 30.0, 30.0}, blamed}; }
  std::vector<recommendation> shown(recommending_rules rules = {}) const { return recommend(model, who(), rules); }
  double score(id movie_id) const { return model_scores(model, who(), std::vector<id>{movie_id}).front(); }
};

bool is_of_kind(id movie_id, int kind) { return (movie_id - 1'000) % 4 == kind; }

BOOST_AUTO_TEST_SUITE(recommending)

BOOST_FIXTURE_TEST_CASE(the_best_are_shown_best_first_and_what_is_hidden_is_not, a_user) {
  recommending_rules rules;
  rules.hidden = {1'000, 1'004, 1'012};
  const auto all = shown(rules);
  BOOST_REQUIRE_EQUAL(all.size(), 10u);
  BOOST_TEST(std::count_if(all.begin(), all.end(), [](const auto& one) { return is_of_kind(one.movie_id, 0); }) >= 6);
  BOOST_TEST(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; }));
  for (const recommendation& one : all) {
    BOOST_TEST(!std::binary_search(rules.hidden.begin(), rules.hidden.end(), one.movie_id));
    BOOST_TEST(one.propensity == 1.0);
    BOOST_TEST(one.score == score(one.movie_id), boost::test_tools::tolerance(1e-5));
  }
}

BOOST_FIXTURE_TEST_CASE(features_that_are_wanted_or_not_wanted_are_heeded, a_user) {
  recommending_rules rules;
  rules.any_features = {"genre:1", "genre:2", "genre:nobody_has_it"};
  rules.no_features = {"genre:2"};
  for (const recommendation& one : shown(rules)) BOOST_TEST(is_of_kind(one.movie_id, 1));
  rules.any_features = {"genre:nobody_has_it"};
  BOOST_TEST(shown(rules).empty());
}

BOOST_FIXTURE_TEST_CASE(the_propensities_are_the_shares_with_which_movies_are_shown, a_user) {
  recommending_rules rules;
  rules.n = 5;
  rules.exploration = 0.3;
  rules.exploration_pool = 12;
  std::map<id, double> propensity;
  std::map<id, int> times;
  constexpr int draws = 20'000;
  for (int draw = 0; draw < draws; ++draw) {
    rules.seed = static_cast<std::uint32_t>(draw) * 2'654'435'761U;
    std::set<id> distinct;
    for (const recommendation& one : shown(rules)) {
      propensity[one.movie_id] = one.propensity;
      ++times[one.movie_id];
      distinct.insert(one.movie_id);
    }
    BOOST_REQUIRE_EQUAL(distinct.size(), 5u);
  }
  BOOST_TEST(propensity.size() == 17u);
  double sum = 0.0;
  for (const auto& [movie_id, chance] : propensity) {
    sum += chance;
    const double seen = static_cast<double>(times[movie_id]) / draws;
    BOOST_TEST(std::abs(seen - chance) < 4.5 * std::sqrt(chance * (1.0 - chance) / draws) + 1e-9);
  }
  BOOST_TEST(sum == 5.0, boost::test_tools::tolerance(1e-9));
}

BOOST_FIXTURE_TEST_CASE(a_pool_that_is_too_small_leaves_the_other_places_to_the_best, a_user) {
  recommending_rules rules;
  rules.n = 10;
  rules.exploration = 0.5;
  rules.exploration_pool = 2;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    rules.seed = seed;
    const auto all = shown(rules);
    BOOST_REQUIRE_EQUAL(all.size(), 10u);
    BOOST_TEST(std::count_if(all.begin(), all.end(), [](const auto& one) { return one.explored; }) <= 2);
    for (const auto& one : all) BOOST_TEST((one.propensity > 0.0 && one.propensity <= 1.0));
  }
}

BOOST_FIXTURE_TEST_CASE(the_same_draw_is_the_same, a_user) {
  recommending_rules rules;
  rules.exploration = 0.5;
  rules.exploration_pool = 30;
  rules.seed = 7;
  const auto first = shown(rules), second = shown(rules);
  for (std::size_t k = 0; k < first.size(); ++k) BOOST_TEST(first[k].movie_id == second[k].movie_id);
}

BOOST_FIXTURE_TEST_CASE(a_dislike_that_is_not_learned_yet_counts_at_once_and_its_reason_more, a_user) {
  const double before = score(1'020);
  said.push_back(dislikes(1'016, 5, "wrong_genre"));
  const double after = score(1'020);
  BOOST_TEST(after < before);
  blamed[5] = {{"genre:0", "genre:unknown"}, 0.15F};
  BOOST_TEST(score(1'020) < after);
  said.pop_back();
  blamed.clear();
  BOOST_TEST(score(1'020) == before);
}

BOOST_FIXTURE_TEST_CASE(a_dislike_fades_a_rating_does_not, a_user) {
  const auto at = [this](timestamp now) { return model_scores(model, who(now), std::vector<id>{1'020}).front(); };
  const double nothing_said = at(new_year);
  said.push_back(dislikes(1'016, 5));
  const double fresh = at(new_year), later = at(new_year + std::chrono::days(30));
  BOOST_TEST(fresh < later);
  BOOST_TEST(later < nothing_said);
  BOOST_TEST(at(new_year + std::chrono::days(3'000)) == nothing_said, boost::test_tools::tolerance(1e-4));
  said.back().dislike_id = 0;
  said.back().reason.clear();
  BOOST_TEST(at(new_year) == at(new_year + std::chrono::days(3'000)));
}

BOOST_FIXTURE_TEST_CASE(the_newest_opinion_of_a_movie_counts_and_having_seen_it_is_none, a_user) {
  const double before = score(1'020);
  training_opinion seen{"ann", 1'012, opinion_kind::seen, "already_watched", 0.0, new_year, 5};
  said.push_back(seen);
  BOOST_TEST(score(1'020) == before);
  said.back() = dislikes(1'012, 5);
  BOOST_TEST(score(1'020) < before);
}

BOOST_FIXTURE_TEST_CASE(of_very_many_dislikes_the_newest_are_fresh_and_the_others_count_as_learned, a_user) {
  said.clear();
  for (id k = 0; k < 30; ++k) said.push_back(dislikes(1'000 + k, 5 + k));
  const auto few = history_from(model, said, {new_year, 30.0, 30.0}, blamed);
  BOOST_TEST(few.fresh.size() == 30u);
  ranking_model wide = toy_world(3, 120, 400).trained();
  said.clear();
  for (id k = 0; k < 300; ++k) said.push_back(dislikes(1'000 + k, 1'000 - k));
  const auto many = history_from(wide, said, {new_year, 30.0, 30.0}, blamed);
  BOOST_REQUIRE_EQUAL(many.fresh.size(), most_fresh);
  BOOST_TEST(many.fresh.back().dislike_id == 1'000);
  BOOST_TEST(many.known.size() == 200u);
}

BOOST_FIXTURE_TEST_CASE(what_the_model_does_not_know_scores_nothing, a_user) { BOOST_TEST(score(5) == 0.0); }

BOOST_AUTO_TEST_SUITE_END()

// A toy world's people as judges, and models of various worth.
struct a_gate {
  toy_world world{11, 200};
  settings::gate_section rules;

  /// As if it had not been trained on any of the judges.
  ranking_model trained(int factors = 16, int epochs = 6) const {
    auto made = world.trained(factors, epochs);
    made.judges_share = 1.0;
    return made;
  }

  std::vector<judge> all() const {
    std::vector<judge> made;
    for (std::size_t user = 0; user < world.opinions.rows(); ++user) {
      judge one{"user " + std::to_string(user), {}};
      for (const interaction& said : world.opinions.row(user))
        one.said.emplace_back(world.items[said.other], said.weight);
      made.push_back(std::move(one));
    }
    return made;
  }
};

BOOST_AUTO_TEST_SUITE(the_gate)

BOOST_FIXTURE_TEST_CASE(a_model_as_good_as_the_live_one_passes, a_gate) {
  const auto model = trained();
  const auto verdict = hold_gate(model, &model, all(), rules, 1);
  BOOST_TEST(verdict.rejection.empty());
  BOOST_TEST(verdict.metrics.at("ndcg_10") == verdict.metrics.at("live_ndcg_10"));
  BOOST_TEST(verdict.metrics.at("ndcg_10_low") == 0.0);
  BOOST_TEST(verdict.metrics.at("gate_judges") > 100.0);
}

BOOST_FIXTURE_TEST_CASE(a_worse_one_is_rejected_with_both_figures, a_gate) {
  const auto good = trained(), bad = trained(1, 1);
  const auto verdict = hold_gate(bad, &good, all(), rules, 1);
  BOOST_TEST(verdict.metrics.at("ndcg_10_high") < 0.0);
  BOOST_TEST(verdict.rejection.starts_with("NDCG@10 is 0."));
  BOOST_TEST(hold_gate(good, &bad, all(), rules, 1).rejection.empty());
  rules.min_ndcg_ratio = 0.0;
  rules.max_dhr_ratio = 1'000.0;
  BOOST_TEST(hold_gate(bad, &good, all(), rules, 1).rejection.empty());
}

BOOST_FIXTURE_TEST_CASE(one_that_shows_more_of_what_is_disliked_is_rejected, a_gate) {
  // The same items' side, but what a person makes of features counts the wrong way round.
  const auto good = trained();
  auto contrary = good;
  contrary.taste.overlay_weight = -5.0F;
  rules.min_ndcg_ratio = 0.0;
  const auto verdict = hold_gate(contrary, &good, all(), rules, 1);
  BOOST_TEST(verdict.metrics.at("dhr_20_low") > 0.0);
  BOOST_TEST(verdict.rejection.starts_with("DHR@20"));
}

BOOST_FIXTURE_TEST_CASE(too_few_judges_or_no_live_model_reject_nobody, a_gate) {
  const auto good = trained(), bad = trained(1, 1);
  BOOST_TEST(hold_gate(bad, nullptr, all(), rules, 1).rejection.empty());
  auto few = all();
  few.resize(10);
  BOOST_TEST(hold_gate(bad, &good, few, rules, 1).rejection.empty());
  BOOST_TEST(hold_gate(bad, &good, {}, rules, 1).metrics.at("gate_judges") == 0.0);
}

BOOST_FIXTURE_TEST_CASE(nobody_judges_a_version_that_was_trained_on_him, a_gate) {
  const auto bad = trained(1, 1);
  auto good = trained();
  good.judges_share = 0.5;
  const auto verdict = hold_gate(bad, &good, all(), rules, 1);
  BOOST_TEST(std::abs(verdict.metrics.at("gate_judges") - 100.0) < 35.0);
  BOOST_TEST(!verdict.rejection.empty());
  // One made before there was a gate was trained on everybody.
  good.judges_share = 0.0;
  BOOST_TEST(hold_gate(bad, &good, all(), rules, 1).rejection.empty());
}

BOOST_FIXTURE_TEST_CASE(few_who_dislike_do_not_reject_by_what_they_dislike, a_gate) {
  const auto good = trained();
  auto contrary = good;
  contrary.taste.overlay_weight = -5.0F;
  rules.min_ndcg_ratio = 0.0;
  auto mild = all();
  for (std::size_t at = 10; at < mild.size(); ++at)
    std::erase_if(mild[at].said, [](const auto& said) { return said.second < 0.0F; });
  BOOST_TEST(hold_gate(contrary, &good, mild, rules, 1).rejection.empty());
}

BOOST_FIXTURE_TEST_CASE(the_verdict_depends_on_no_order_and_no_threads, a_gate) {
  const auto good = trained(), bad = trained(2, 2);
  auto turned = all();
  std::reverse(turned.begin(), turned.end());
  BOOST_TEST((hold_gate(bad, &good, all(), rules, 1).metrics == hold_gate(bad, &good, turned, rules, 3).metrics));
}

BOOST_AUTO_TEST_CASE(judges_are_the_share_that_was_asked_for_and_stay_the_same) {
  int chosen = 0;
  for (int user = 0; user < 20'000; ++user) {
    const std::string name = std::to_string(user);
    chosen += judges(name, 0.1) ? 1 : 0;
    BOOST_TEST_REQUIRE((!judges(name, 0.1) || judges(name, 0.2)));
    BOOST_TEST_REQUIRE(!judges(name, 0.0));
  }
  BOOST_TEST(std::abs(chosen - 2'000) < 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::learning
