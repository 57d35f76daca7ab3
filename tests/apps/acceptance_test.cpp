#include "apps/command.hpp"
#include "real_data.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

/// What learning from dislikes must achieve on real data. docs/learning.md has the figures that are reached.
namespace demur {
namespace {

namespace json = boost::json;

/// Ten splits, run once.
const json::value& report() {
  static const json::value whole = json::parse(run_command({"evaluate", real_folder(), "--json"}).out);
  return whole;
}

const json::value& arm(const std::string& name) {
  for (const json::value& each : report().at("arms").as_array())
    if (each.at("arm").as_string() == name) return each;
  throw std::runtime_error("there is no arm " + name);
}

double mean(const std::string& name, const char* figure) { return arm(name).at("mean").at(figure).as_double(); }

BOOST_AUTO_TEST_SUITE(acceptance, *boost::unit_test::precondition(if_there()))

BOOST_AUTO_TEST_CASE(the_data_are_those_that_their_readme_counts) {
  const auto& data = report().at("data");
  BOOST_TEST(data.at("users").as_int64() == 610);
  BOOST_TEST(data.at("likes").as_int64() == 48'580);
  BOOST_TEST(data.at("dislikes").as_int64() == 13'523);
}

BOOST_AUTO_TEST_CASE(likes_alone_rank_as_the_published_model_does) {
  BOOST_TEST(mean("likes_only", "ndcg_10") > 0.235);
  BOOST_TEST(mean("likes_only", "ndcg_10") < 0.265);
  BOOST_TEST(mean("popularity", "ndcg_10") < 0.7 * mean("likes_only", "ndcg_10"));
}

BOOST_AUTO_TEST_CASE(half_the_unseen_dislikes_leave_the_first_twenty_and_likes_stay) {
  const auto& fewer = arm("overlay").at("difference").at("dhr_20");
  BOOST_TEST(fewer.at("relative").as_double() < -0.50);
  BOOST_TEST(fewer.at("high").as_double() < 0.0);
  BOOST_TEST(mean("overlay", "ndcg_10") > 0.995 * mean("likes_only", "ndcg_10"));
  BOOST_TEST(mean("overlay", "auc") > mean("likes_only", "auc") + 0.05);
}

BOOST_AUTO_TEST_CASE(factors_that_learn_from_dislikes_are_better_without_the_overlay_too) {
  const auto& fewer = arm("dislikes").at("difference").at("dhr_20");
  BOOST_TEST(fewer.at("relative").as_double() < -0.15);
  BOOST_TEST(fewer.at("high").as_double() < 0.0);
  BOOST_TEST(mean("dislikes", "ndcg_10") > 0.99 * mean("likes_only", "ndcg_10"));
}

BOOST_AUTO_TEST_CASE(one_fresh_dislike_takes_more_than_a_fifth_of_what_is_like_it_away) {
  const auto& asked = report().at("responsiveness");
  const double before = asked.at("share_before").as_double(), after = asked.at("share_after_dislike").as_double();
  BOOST_TEST(after < 0.77 * before);
  BOOST_TEST(after < 0.70 * asked.at("share_after_like").as_double());
  BOOST_TEST(asked.at("ndcg_10_after").as_double() > 0.99 * asked.at("ndcg_10_before").as_double());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
