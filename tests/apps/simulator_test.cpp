#include "apps/command.hpp"
#include "apps/fake_server.hpp"
#include "seeded.hpp"
#include "sim_visit.hpp"
#include "sim_world.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <set>

namespace demur {
namespace {

namespace json = boost::json;

/// Ranks as they come, or, if it listens, takes from the score of what shares a genre with what the user disliked.
class fake_ranker {
public:
  explicit fake_ranker(bool listens) : listens_(listens) {}

  fake_answer answer(const fake_request& request) {
    if (request.target == "/api/movies") return take_catalogue(request);
    if (request.target == "/api/dislike") return take_dislike(request);
    if (request.target == "/api/rerank") return rank(request);
    if (request.target == "/api/recommendation-sets") return {201, R"({"recommendation_set_id":77})"};
    return {200, R"({"stored":1})"};
  }

private:
  fake_answer take_catalogue(const fake_request& request) {
    const json::value rows = json::parse(request.body);
    for (const json::value& row : rows.as_array())
      genres_[row.at("movie_id").as_int64()] = json::value_to<std::vector<std::string>>(row.at("genres"));
    return {200, R"({"stored":1})"};
  }

  fake_answer take_dislike(const fake_request& request) {
    const json::value body = json::parse(request.body);
    if (body.as_object().count("reason") && body.at("reason") == "franchise_fatigue")
      return {422, R"({"field":"reason","detail":"No strategy.","allowed":"others"})"};
    if (listens_ && body.as_object().count("reason") && body.at("reason") == "wrong_genre")
      for (const auto& genre : json::value_to<std::vector<std::string>>(body.at("genres")))
        weights_[request.user_id][genre] *= 0.7;
    return {201, "{}"};
  }

  fake_answer rank(const fake_request& request) {
    json::array ranked = json::parse(request.body).at("candidates").as_array();
    for (json::value& item : ranked) {
      double weight = 0.0;
      const auto& genres = genres_.at(item.at("movie_id").as_int64());
      for (const auto& genre : genres) weight += weight_of(request.user_id, genre) / static_cast<double>(genres.size());
      item.as_object()["adjusted_score"] = item.at("score").to_number<double>() * weight;
    }
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      return a.at("adjusted_score").template to_number<double>() > b.at("adjusted_score").template to_number<double>();
    });
    return {200, json::serialize(json::object{{"model_version_id", 3}, {"candidates", std::move(ranked)}})};
  }

  double weight_of(const std::string& user, const std::string& genre) {
    return weights_[user].emplace(genre, 1.0).first->second;
  }

  bool listens_;
  std::map<std::int64_t, std::vector<std::string>> genres_;
  std::map<std::string, std::map<std::string, double>> weights_;
};

BOOST_AUTO_TEST_SUITE(simulator)

BOOST_AUTO_TEST_CASE(seeded_numbers_are_the_same_everywhere_and_spread_evenly) {
  cli::seeded a(5), b(5), other(6);
  BOOST_TEST(a.next() == b.next());
  BOOST_TEST(a.next() != other.next());
  std::vector<int> hits(10, 0);
  for (int i = 0; i < 10'000; ++i) ++hits[a.below(10)];
  for (const int count : hits) BOOST_TEST((count > 880 && count < 1'120));
  const auto places = a.places(20, 30);
  BOOST_TEST(places.size() == 20u);
  BOOST_TEST(std::set<std::size_t>(places.begin(), places.end()).size() == 20u);
}

BOOST_AUTO_TEST_CASE(the_same_seed_makes_the_same_world_with_ids_of_its_own) {
  const cli::sim_world one(20, 300, 4), two(20, 300, 4), other(20, 300, 5);
  std::size_t different = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    BOOST_TEST((one.movies()[i].row == two.movies()[i].row));
    BOOST_TEST(one.movies()[i].row.movie_id == 9'000'000 + static_cast<id>(i));
    different += one.movies()[i].row == other.movies()[i].row ? 0 : 1;
  }
  BOOST_TEST(different > 250u);
  BOOST_TEST(one.users()[0].user_id == "sim-1");
}

BOOST_AUTO_TEST_CASE(a_user_dislikes_what_he_loathes_for_the_right_reason) {
  const cli::sim_world world(1, 10, 1);
  const cli::sim_user& user = world.users()[0];
  cli::seeded random(1);
  const auto reasons = [&](const movie& item) {
    std::map<std::string, int> counts;
    for (int i = 0; i < 1'000; ++i) ++counts[world.judge(user, item, random).reason];
    return counts;
  };
  auto genre = reasons({1, "A", {user.loathed_genres[0], user.liked_genres[0]}, {user.loathed_cast[0]}, {}});
  BOOST_TEST((genre["wrong_genre"] > 800 && genre["wrong_genre"] < 900));
  BOOST_TEST(genre["poor_quality"] == 0);
  auto cast = reasons({1, "A", {}, {user.loathed_cast[1], "Somebody"}, {}});
  BOOST_TEST((cast["poor_quality"] > 640 && cast["poor_quality"] < 760));
  auto franchise = reasons({1, "A", {}, {}, user.loathed_franchise});
  BOOST_TEST((franchise["franchise_fatigue"] > 740 && franchise["franchise_fatigue"] < 860));
  auto harmless = reasons({1, "A", {user.liked_genres[0]}, {"Somebody"}, {}});
  BOOST_TEST(harmless[""] > 930);
}

BOOST_AUTO_TEST_CASE(the_propensity_is_the_probability_with_which_an_item_came_to_its_place) {
  const std::vector<cli::shown_item> ranking{{0, 0.9}, {1, 0.8}, {2, 0.7}, {3, 0.6}};
  cli::seeded random(1);
  int first_kept = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto shown = cli::choose_shown(ranking, 2, 0.2, random);
    BOOST_REQUIRE_EQUAL(shown.size(), 2u);
    BOOST_TEST(shown[0].propensity == (shown[0].movie == 0 ? 0.85 : 0.05), boost::test_tools::tolerance(1e-12));
    first_kept += shown[0].movie == 0 ? 1 : 0;
  }
  BOOST_TEST(first_kept / 20'000.0 == 0.85, boost::test_tools::tolerance(0.02));
  BOOST_TEST(cli::choose_shown({{0, 1.0}}, 6, 0.05, random).size() == 1u);
}

double late_share(bool listens, std::set<std::string>* unknown = nullptr) {
  fake_ranker ranker(listens);
  const fake_server server({[&](const fake_request& request) { return ranker.answer(request); }});
  cli::http_client client(cli::parse_server_url(server.url()));
  const cli::sim_world world(10, 300, 1);
  cli::sim_visits visits(world, client, 1);
  visits.send_catalogue();
  cli::visit_counts late;
  for (int i = 0; i < 300; ++i) {
    const cli::visit_counts came = visits.visit();
    if (i >= 200) late += came;
  }
  if (unknown) *unknown = visits.unknown_reasons();
  BOOST_TEST(visits.model_version_id() == 3);
  return late.dislikes_per_100();
}

BOOST_AUTO_TEST_CASE(a_server_that_listens_hears_fewer_dislikes) {
  std::set<std::string> unknown;
  const double deaf = late_share(false), listening = late_share(true, &unknown);
  BOOST_TEST(listening < 0.6 * deaf, deaf << " and " << listening << " per 100");
  BOOST_TEST((unknown == std::set<std::string>{"franchise_fatigue"}));
}

BOOST_AUTO_TEST_CASE(the_command_reports_and_waits_for_a_server_that_restarts) {
  fake_ranker ranker(true);
  std::size_t requests = 0;
  const fake_server server({[&](const fake_request& request) {
    fake_answer made = ranker.answer(request);
    made.hang_up = ++requests == 12;
    return made;
  }});
  const command_run run = run_command(
      {"simulate", "--users", "5", "--movies", "50", "--rate", "50", "--seconds", "3", "--server", server.url()});
  BOOST_TEST(run.code == 0, run.err);
  BOOST_TEST(run.says("5 users, 50 films, 50 visits a second"));
  BOOST_TEST(run.says("does not answer, waiting\nit is there again"));
  BOOST_TEST(run.says("dislikes per 100 shown"));
  BOOST_TEST(run_command({"simulate", "--server", "http://127.0.0.1:1"}).code == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
